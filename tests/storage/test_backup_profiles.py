"""Profiles in a backup: with their channel's viewers, or left out."""

import asyncio
import gzip
import json
from io import BytesIO

import pytest

from storage import keys
from storage.backup import write_backup
from storage.catalogue import Catalogue
from storage.errors import BadInput, Unavailable
from storage.lineup_ids import lineup_digest
from storage.profile_records import ProfileRecord
from storage.redis_link import Link
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told
from tests.storage.test_backup import everything, filled

KNOWN = {f"v{number}": ProfileRecord(likes={"kids": number / 1000}) for number in range(300)}


async def known(catalogue: Catalogue) -> None:
    await filled(catalogue, 2)
    await catalogue.profiles.put_all("main0", KNOWN)
    await catalogue.profiles.put_all("main1", {"v1": ProfileRecord(most_rating=6)})


def test_profiles_come_back_with_their_channels(redis_url: str) -> None:
    told(redis_url, known)
    before, stored = everything(redis_url), backup(redis_url)
    flush(redis_url)
    assert restored(redis_url, stored) == 301 + 7
    assert everything(redis_url) == before


def test_those_that_are_there_go_when_a_catalogue_is_replaced(redis_url: str) -> None:
    told(redis_url, filled)
    stored = backup(redis_url)

    async def story(catalogue: Catalogue) -> None:
        await catalogue.profiles.put_all("main0", KNOWN)

    told(redis_url, story)
    restored(redis_url, stored, replace=True)

    async def after(catalogue: Catalogue) -> None:
        assert await catalogue.profiles.count("main0") == 0

    told(redis_url, after)


def test_they_are_left_out_when_they_are_not_wanted(redis_url: str) -> None:
    told(redis_url, known)

    async def whole() -> bytes:
        link, file = Link(redis_url), BytesIO()
        await write_backup(link, file, lambda count: None, profiles=False)
        await link.aclose()
        return file.getvalue()

    lines = [json.loads(line) for line in gzip.decompress(asyncio.run(whole())).splitlines()]
    assert {line["kind"] for line in lines} == {"head", "state", "viewer", "lineup", "channel", "end"}


def test_a_bad_one_is_told(redis_url: str) -> None:
    line = '{"kind":"profile","channel":"main","viewer":"a/b","record":{}}'
    head = '{"kind":"head","format":"streamsync catalogue","version":1}'
    file = gzip.compress(f'{head}\n{line}\n{{"kind":"end","lines":1}}\n'.encode())
    with pytest.raises(BadInput, match="line 2: viewer 'a/b'"):
        restored(redis_url, file)

    async def damaged(catalogue: Catalogue) -> None:
        await known(catalogue)
        name = next(iter(KNOWN))
        await catalogue.profiles.put_all("main0", {name: ProfileRecord()})
        shard = lineup_digest("main0", name)[0] << 6 | lineup_digest("main0", name)[1] >> 2
        key = keys.profiles_key("main0", shard)
        assert (await catalogue.link.ask(key, ("HSET", key, name, "[]"))) == [0]  # it was there

    told(redis_url, damaged)
    with pytest.raises(Unavailable, match="viewer 'v0' has no profile there"):
        backup(redis_url)
