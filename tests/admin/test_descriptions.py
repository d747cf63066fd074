"""What viewers are told of a channel, and how far back they may go: said, exported, taken back, and what it keeps."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from manifest_server.admin import actions, removal
from manifest_server.admin.descriptions import describe_channel
from manifest_server.admin.undo import undo_change
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.objects import Objects
from storage.records import ChannelRecord
from tests.admin.removing import A, B, at, tell
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited
from tests.storage.catalogues import told

MAIN = "/api/v1/channels/main"
SECOND = 90_000

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]


def asked(redis_url: str, story: Story) -> None:
    async def with_channel(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        client.headers["Authorization"] = "Bearer secret"
        await on_air(catalogue, asset(1))
        await story(client, catalogue)

    visited(redis_url, with_channel, token="secret")  # noqa: S106


def test_it_is_said_kept_listed_and_taken_back(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        said = {"title": " Channel One ", "description": "Films,\nall day.", "timeshift_s": 7200}
        answer = await client.patch(MAIN, json=said, headers={"If-Match": '"2"'})
        assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
        expected = {"title": "Channel One", "description": "Films,\nall day.", "timeshift_s": 7200}
        assert expected.items() <= answer.json().items()
        assert expected.items() <= (await client.get("/api/v1/channels")).json()["channels"][0].items()
        # The same again changes nothing; a part leaves the rest.
        assert (await client.patch(MAIN, json=said)).headers["etag"] == '"3"'
        assert (await client.patch(MAIN, json={})).headers["etag"] == '"3"'
        left = (await client.patch(MAIN, json={"title": ""})).json()
        assert (left["title"], left["timeshift_s"], left["version"]) == ("", 7200, 4)
        stale = await client.patch(MAIN, json={"title": "x"}, headers={"If-Match": '"3"'})
        assert (stale.status_code, stale.json()["now"]["version"]) == (409, 4)
        audit = (await client.get(f"{MAIN}/audit?limit=1")).json()["entries"][0]
        assert (audit["verb"], audit["text"]) == ("describe_channel", "channel main: title was Channel One, is ")
        assert (await client.post(f"{MAIN}/undo", json={})).status_code == 200
        assert (await client.get(MAIN)).json()["title"] == "Channel One"

    asked(redis_url, story)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"title": "x" * 201}, "title: "),
        ({"title": "a\x00b"}, "title: "),
        ({"title": 3}, "title: "),
        ({"description": "x" * 4001}, "description: "),
        ({"timeshift_s": -1}, "timeshift_s: "),
        ({"timeshift_s": 86_401}, "timeshift_s: "),
        ({"timeshift_s": "2h"}, "timeshift_s: "),
        ({"public": False}, "public: "),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_said_changes_nothing(redis_url: str, body: object, says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.patch(MAIN, json=body)
        assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text
        assert (await catalogue.channel("main")).version == 2
        with pytest.raises(BadInput, match="'public' is nothing that can be said of a channel"):
            await describe_channel(catalogue, "main", {"public": False}, Clock())

    asked(redis_url, story)


def test_it_is_in_an_export_and_an_import(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        assert b'"texts"' not in (await client.get(f"{MAIN}/export")).content
        await client.patch(MAIN, json={"title": "Eins \U0001f600", "timeshift_s": 600})
        rows = (await client.get(f"{MAIN}/export")).content
        assert json.loads(rows.splitlines()[2]) == {
            "kind": "texts", "title": "Eins \U0001f600", "description": "", "timeshift_s": 600,
        }  # fmt: skip
        await actions.create_channel(catalogue, "other", [asset(1).id])
        done = (await client.post("/api/v1/channels/other/import", content=rows)).json()
        assert (done["applied"], done["changed"]) == (True, ["texts"])
        other = await catalogue.channel("other")
        assert (other.title, other.timeshift_s) == ("Eins \U0001f600", 600)

    asked(redis_url, story)


def test_a_record_from_before_is_read() -> None:
    record = ChannelRecord.model_validate({"name": "main", "revisions": [{"tick": 0, "assets": [A.id]}]})
    assert (record.title, record.description, record.timeshift_s, record.past_from) == ("", "", 0, 0)


def test_a_longer_time_grows_from_now_on(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS + 10_000_000)
        await on_air(catalogue, asset(1))

        async def shifted(timeshift_s: int) -> tuple[int, int]:
            found = await describe_channel(catalogue, "main", {"timeshift_s": timeshift_s}, clock)
            return found.timeshift_s, found.past_from

        # Ten thousand seconds on air, of which a minute was listed, and in the 9 s of the margin as much goes.
        assert await shifted(3600) == (3600, 9949 * SECOND)
        clock.now_ms += 2_000_000
        assert await shifted(600) == (600, 9949 * SECOND)
        # By then an hour would be there again, but for what was let go meanwhile.
        assert await shifted(3600) == (3600, 11_349 * SECOND)
        await undo_change(catalogue, "main", clock)
        assert (await catalogue.channel("main")).timeshift_s == 600
        await actions.stop_channel(catalogue, "main", clock)
        clock.now_ms += 100_000_000
        assert await shifted(7200) == (7200, 11_358 * SECOND)
        started = await actions.start_channel(catalogue, "main", clock.now_ms)
        assert (started.timeshift_s, started.past_from) == (7200, 0)

    told(redis_url, story)


def test_an_asset_is_not_deleted_while_somebody_may_go_back_to_it(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        free = {}
        for timeshift_s in (0, 7200):
            await describe_channel(catalogue, "main", {"timeshift_s": timeshift_s}, at(50))
            if not timeshift_s:
                await removal.retire(catalogue, objects, [A.id], at(100))
            found = await removal.examine(catalogue, objects, A.id, at(200)())
            free[timeshift_s] = [one.free_ms for one in found.listings]
        assert len(free[0]) == 1
        # It leaves the last list two hours later, and a player that has that one may take two hours to play it.
        assert [one + 2 * 7_200_000 for one in free[0] if one is not None] == free[7200]
        with pytest.raises(Conflict, match="can be listed"):
            await removal.delete(catalogue, objects, A.id, at(7200), removal.Ways(settle_s=0))

    tell(redis_url, tmp_path, story, A, B)
