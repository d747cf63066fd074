"""The catalogue in a file and back: whole, or not at all."""

import gzip
import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from storage import keys
from storage.backup import read_backup
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, Unavailable
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision, ViewerRecord
from storage.token_record import SCOPES, TokenRecord
from tests.redis_servers import cluster, cluster_url, watched
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import LINEUP, MAIN, told

ASSET_IDS = [f"{number:032x}" for number in range(4)]
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
ASSETS = st.sampled_from(ASSET_IDS)
TICKS = st.integers(0, 1 << 50)
CLIPS = st.builds(ClipRecord, asset=ASSETS, first=st.integers(0, 9), last=st.none() | st.integers(10, 99))
PARTS = st.builds(
    LineupPart, start=TICKS, msn=TICKS, dsn=TICKS, clips=st.lists(CLIPS, min_size=1, max_size=4).map(tuple),
    repeats=st.booleans(),
)  # fmt: skip
LINEUPS = st.builds(
    LineupRecord, id=NAMES, version=st.integers(1, 99), run_msn=TICKS, parts=st.lists(PARTS, min_size=1, max_size=3)
)  # fmt: skip
VIEWERS = st.builds(ViewerRecord, name=NAMES, lineup=st.none() | NAMES)
REVISIONS = st.builds(PoolRevision, tick=TICKS, assets=st.lists(ASSETS, min_size=1, max_size=3).map(tuple))
CHANNELS = st.builds(
    ChannelRecord, name=NAMES, version=st.integers(1, 99), revisions=st.lists(REVISIONS, min_size=1, max_size=3),
    epoch_ms=st.none() | TICKS, msn=TICKS, stop_tick=st.none() | TICKS, public=st.booleans(),
)  # fmt: skip
TOKENS = st.builds(
    TokenRecord, id=st.from_regex(r"[0-9a-f]{16}", fullmatch=True), scope=st.sampled_from(SCOPES),
    name=st.text("abc \u00e5'\"", max_size=9), digest=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    created_ms=TICKS, expires_ms=st.none() | TICKS,
)  # fmt: skip
ON_CHANNELS = st.tuples(CHANNELS, st.lists(VIEWERS, max_size=4), st.lists(LINEUPS, max_size=4))
CATALOGUES = st.tuples(
    st.lists(ON_CHANNELS, max_size=3, unique_by=lambda drawn: drawn[0].name),
    st.dictionaries(ASSETS, st.sampled_from(["retired", "deleted"])),
    st.lists(TOKENS, max_size=3, unique_by=lambda token: token.id),
)


async def filled(catalogue: Catalogue, channels: int = 1, lineups: int = 1) -> None:
    for name in [f"main{number}" for number in range(channels)]:
        await catalogue.create_channel(MAIN.model_copy(update={"name": name}))
        await catalogue.put_viewer(name, ViewerRecord(name="alice", lineup="kids0"))
        for number in range(lineups):
            await catalogue.create_lineup(name, LINEUP.model_copy(update={"id": f"kids{number}"}))
    await catalogue.put_asset_state("f" * 32, "retired")


def everything(url: str) -> dict[str, object]:
    """What Redis holds, by another client than ours; not the changes, which are told anew."""
    with Redis.from_url(url, decode_responses=True) as redis:
        found: dict[str, object] = {}
        for key in redis.scan_iter("*"):
            if redis.type(key) == "hash":
                found[key] = redis.hgetall(key)
            elif redis.type(key) == "set":
                found[key] = redis.smembers(key)
        return found


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CATALOGUES)
def test_whatever_was_backed_up_is_restored(
    redis_url: str,
    drawn: tuple[
        list[tuple[ChannelRecord, list[ViewerRecord], list[LineupRecord]]], dict[str, str], list[TokenRecord]
    ],
) -> None:
    channels, states, tokens = drawn
    flush(redis_url)

    async def story(catalogue: Catalogue) -> None:
        for channel, viewers, lineups in channels:
            await catalogue.create_channel(channel)
            for viewer in viewers:
                await catalogue.put_viewer(channel.name, viewer)
            for lineup in {one.id: one for one in lineups}.values():
                await catalogue.create_lineup(channel.name, lineup)
        for asset, state in states.items():
            await catalogue.put_asset_state(asset, state)
        for token in tokens:
            await catalogue.tokens.create(token)

    told(redis_url, story)
    before, stored = everything(redis_url), backup(redis_url)
    flush(redis_url)
    restored(redis_url, stored)
    assert everything(redis_url) == before
    assert sorted(lines(backup(redis_url))) == sorted(lines(stored))


def test_hundreds_of_lineups_come_back(redis_url: str) -> None:
    told(redis_url, lambda catalogue: filled(catalogue, 2, 450))
    before, stored = everything(redis_url), backup(redis_url)
    flush(redis_url)
    assert restored(redis_url, stored) == 905
    assert everything(redis_url) == before


def test_a_catalogue_with_channels_is_replaced_only_when_asked_to_and_then_wholly(redis_url: str) -> None:
    told(redis_url, filled)
    stored, before = backup(redis_url), everything(redis_url)

    async def more(catalogue: Catalogue) -> None:
        await catalogue.create_channel(MAIN.model_copy(update={"name": "other"}))
        await catalogue.create_lineup("main0", LINEUP.model_copy(update={"id": "late"}))
        await catalogue.put_asset_state("e" * 32, "deleted")

    told(redis_url, more)
    changed = everything(redis_url)
    with pytest.raises(Conflict, match=r"the catalogue is not empty \(channels: 2.*\): --replace removes what is"):
        restored(redis_url, stored)
    assert everything(redis_url) == changed
    restored(redis_url, stored, replace=True)
    assert everything(redis_url) == before


def test_servers_are_told_that_everything_changed(redis_url: str) -> None:
    told(redis_url, filled)
    stored = backup(redis_url)

    async def last(catalogue: Catalogue) -> tuple[str, str]:
        return await catalogue.last_change("main0"), await catalogue.last_change(keys.ALL_ASSETS)

    channel, assets = told(redis_url, last)
    restored(redis_url, stored, replace=True)

    async def since(catalogue: Catalogue) -> list[bool]:
        return [
            (await catalogue.changes(*place)).complete for place in (("main0", channel), (keys.ALL_ASSETS, assets))
        ]

    assert told(redis_url, since) == [False, False]


def lines(stored: bytes) -> list[bytes]:
    return gzip.decompress(stored).splitlines(keepends=True)


@pytest.fixture
def whole(redis_url: str) -> bytes:
    """A backup of seven lines; the catalogue is empty again."""
    told(redis_url, lambda catalogue: filled(catalogue, 1, 2))
    stored = backup(redis_url)
    flush(redis_url)
    return stored


def test_a_backup_is_lines_of_json_that_a_person_can_read(whole: bytes) -> None:
    kinds = [json.loads(line)["kind"] for line in lines(whole)]
    assert kinds == ["head", "state", "viewer", "lineup", "lineup", "channel", "end"]
    assert lines(whole)[0] == b'{"kind":"head","format":"streamsync catalogue","version":1}\n'
    assert lines(whole)[-1] == b'{"kind":"end","lines":5}\n'


@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        (lambda all_lines: all_lines[:-1], "line 7: it is cut off here"),
        (lambda all_lines: [*all_lines[:2], all_lines[2][:-9]], "line 3: "),
        (lambda all_lines: [*all_lines[:3], b"{}\n", *all_lines[3:]], "line 4: "),
        (lambda all_lines: [*all_lines[:3], *all_lines[4:]], "line 6: it ends after 4 records, and had 5"),
        (lambda all_lines: all_lines[1:], "line 1: it is no backup of a catalogue"),
        (lambda all_lines: [all_lines[0].replace(b"1", b"2"), *all_lines[1:]], "line 1: it is of version 2"),
        (lambda all_lines: [*all_lines, b"more\n"], "line 8: something comes after its end"),
        (lambda all_lines: [*all_lines[:4], *all_lines], "line 5: another backup begins here"),
        (lambda all_lines: [line.replace(b"alice", b"a/b") for line in all_lines], "line 3: viewer 'a/b'"),
        (lambda all_lines: [line.replace(b'"msn":7', b'"msn":"x"') for line in all_lines], "line 4: lineup.record"),
        (lambda all_lines: [], "line 1: it is cut off here"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_by_the_line_and_nothing_is_changed(
    redis_url: str, whole: bytes, change: object, told_of: str
) -> None:
    assert callable(change)
    told(redis_url, lambda catalogue: catalogue.create_channel(MAIN))
    before = everything(redis_url)
    with pytest.raises(BadInput) as error:
        restored(redis_url, gzip.compress(b"".join(change(lines(whole)))), replace=True)
    assert str(error.value).startswith(told_of)
    assert everything(redis_url) == before


def test_no_piece_of_a_file_and_no_flipped_byte_passes_for_the_whole(whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(BadInput):
            list(read_backup(BytesIO(whole[:length])))
    for place in range(10, len(whole)):  # before that, there is a time that means nothing
        with pytest.raises(BadInput):
            list(read_backup(BytesIO(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])))
    with pytest.raises(BadInput, match="line 1: it is damaged or cut off"):
        list(read_backup(BytesIO(b"not gzip")))


def test_a_damaged_record_is_told_when_it_is_backed_up_not_when_it_is_needed(redis_url: str) -> None:
    told(redis_url, filled)
    with Redis.from_url(redis_url) as redis:
        redis.hset(keys.lineups_key("main0"), "kids0", "{}")
    with pytest.raises(Unavailable, match="field 'kids0' is damaged"):
        backup(redis_url)


@pytest.mark.slow
def test_it_goes_from_a_cluster_to_sentinel(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster") as nodes:
        url = cluster_url(nodes)
        told(url, lambda catalogue: filled(catalogue, 4, 3))
        stored = backup(url)
        restored(url, stored, replace=True)
        assert sorted(lines(backup(url))) == sorted(lines(stored))
    with watched(tmp_path / "watched") as servers:
        assert restored(servers.url, stored) == 21
        assert sorted(lines(backup(servers.url))) == sorted(lines(stored))
