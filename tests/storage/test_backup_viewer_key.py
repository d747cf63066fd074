"""The key of viewers in a backup: after a restore on a new Redis everybody is who they were."""

import gzip
from pathlib import Path

import httpx
import pytest
from redis import Redis

from manifest_server.admin.actions import create_channel
from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Unavailable
from storage.viewer_key import ViewerKey
from tests.redis_servers import server
from tests.stage import asset, visited
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told

WATCH = "/api/v1/watch/main"
KEY, OTHER = "ab" * 32, "cd" * 32


async def known(catalogue: Catalogue) -> str | None:
    return await ViewerKey(catalogue.link).known()


def test_a_viewer_is_the_same_after_a_restore_on_a_new_redis(redis_url: str, tmp_path: Path) -> None:
    async def first(client: httpx.AsyncClient, catalogue: Catalogue) -> tuple[str, str]:
        await catalogue.index_asset(asset(1))
        await create_channel(catalogue, "main", [asset(1).id])
        answer = await client.post(WATCH)
        return answer.json()["viewer"], answer.headers["set-cookie"].split(";")[0]

    viewer, cookie = visited(redis_url, first)
    stored = backup(redis_url)

    async def again(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(asset(1))  # as `reindex` does
        found = (await client.post(WATCH, headers={"Cookie": cookie})).json()
        assert (found["viewer"], found["registered"]) == (viewer, False)

    with server(tmp_path / "redis") as other:
        restored(other.url, stored)
        visited(other.url, again)


@pytest.mark.parametrize("replace", [False, True])
def test_the_key_of_the_backup_takes_the_place_of_another(redis_url: str, replace: bool) -> None:
    told(redis_url, lambda catalogue: ViewerKey(catalogue.link).put(KEY))
    stored = backup(redis_url)
    flush(redis_url)
    told(redis_url, lambda catalogue: ViewerKey(catalogue.link).put(OTHER))
    assert restored(redis_url, stored, replace=replace) == 1
    assert told(redis_url, known) == KEY


def test_a_backup_without_a_key_leaves_the_one_that_there_is(redis_url: str) -> None:
    stored = backup(redis_url)
    told(redis_url, lambda catalogue: ViewerKey(catalogue.link).put(OTHER))
    assert restored(redis_url, stored, replace=True) == 0
    assert told(redis_url, known) == OTHER


def test_what_is_no_key_is_neither_backed_up_nor_restored_nor_told(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.set(keys.VIEWER_KEY, "short")
        with pytest.raises(Unavailable, match="does not hold a key"):
            backup(redis_url)
        redis.set(keys.VIEWER_KEY, KEY)
        damaged = gzip.compress(gzip.decompress(backup(redis_url)).replace(KEY.encode(), KEY[:-1].encode() + b"X"))
        redis.set(keys.VIEWER_KEY, OTHER)
        with pytest.raises(BadInput, match=r"^line 2: viewer-key\.key: ") as error:
            restored(redis_url, damaged, replace=True)
        assert KEY[:-1] not in str(error.value)
        assert redis.get(keys.VIEWER_KEY) == OTHER.encode()
