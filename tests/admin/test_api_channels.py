"""The API's channels, lineups and viewers: a life of each, stale edits, pages, and what cannot be."""

from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.records import ViewerRecord
from tests.admin.api_stories import CHANNELS, FILMS, A, B, C, Tell, teller
from tests.stage import Clock

MAIN = f"{CHANNELS}/main"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, clock: Clock) -> Tell:
    return teller(redis_url, tmp_path, clock)


async def made(client: httpx.AsyncClient) -> None:
    """The channel main of the films A and B, on air since 2026."""
    assert (await client.post(CHANNELS, json={"name": "main", "assets": [A, B]})).status_code == 201
    assert (await client.post(f"{MAIN}/start", json={"at": "2026-01-01T00:00:00Z"})).status_code == 200


def test_a_channel_lives_through_the_api(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        created = await client.post(CHANNELS, json={"name": "main"})
        assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
        assert created.json()["state"] == "not started"
        assert created.json()["revisions"][-1]["assets"] == [film.id for film in FILMS]
        started = (await client.post(f"{MAIN}/start", json={"at": 1_767_225_600})).json()
        assert (started["state"], started["on_air_from"]) == ("on air", "2026-01-01T00:00:00.000Z")
        pool = await client.put(f"{MAIN}/pool", json={"assets": [C, A]}, headers={"If-Match": '"2"'})
        assert pool.headers["ETag"] == '"3"'
        assert pool.json()["revisions"][-1]["assets"] == [C, A]
        await client.patch(f"/api/v1/assets/{B}", json={"tags": ["kids"], "title": "Bears"})
        tried = await client.post(f"{MAIN}/query/try", json={"tags": ["Kids"]})
        assert tried.json() == {"assets": [{"id": B, "title": "Bears"}]}
        followed = (await client.put(f"{MAIN}/query", json={"tags": ["Kids"]})).json()
        assert (followed["query"]["tags"], followed["revisions"][-1]["assets"]) == (["kids"], [B])
        stopped = (await client.post(f"{MAIN}/stop")).json()
        assert (stopped["state"], stopped["version"]) == ("stopped", 5)
        shown = await client.get(MAIN)
        assert shown.json() == stopped
        stored = await catalogue.channel("main")
        assert shown.json()["stop_tick"] == stored.stop_tick

    tell(story)


def test_what_begins_later_is_said_to(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main"})
        assert (await client.post(f"{MAIN}/start", json={"at": "2030-01-01"})).json()["state"] == "to begin"
        seen = await client.get(f"{MAIN}/viewers/alice/preview")
        assert (seen.status_code, seen.headers["X-Error-Kind"]) == (503, "NotOnAir")
        assert int(seen.headers["Retry-After"]) > 0

    tell(story)


def test_a_lineup_is_given_edited_and_removed(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await made(client)
        place = f"{MAIN}/lineups"
        given = await client.post(place, json={"id": "kids", "clips": [{"asset": A, "last": 2}, {"asset": C}]})
        assert (given.status_code, given.headers["ETag"]) == (201, '"1"')
        edited = await client.put(f"{place}/kids", json={"clips": [{"asset": B}], "repeats": False})
        assert [clip["asset"] for clip in edited.json()["parts"][-1]["clips"]] == [B]
        assert len(edited.json()["parts"]) == 2
        listed = (await client.get(place)).json()
        assert listed == {"lineups": [{"id": "kids", "version": 2, "clips": 1, "repeats": False}], "next": None}
        assert (await client.put(f"{MAIN}/viewers/alice", json={"lineup": "kids"})).json() == {
            "name": "alice",
            "lineup": "kids",
            "given": True,
        }
        tried = await client.delete(f"{place}/kids", params={"dry_run": True})
        assert (tried.status_code, tried.json()["text"]) == (200, "it changes what airs")
        assert (await client.get(f"{place}/kids")).json() == edited.json()
        assert (await client.delete(f"{place}/kids", headers={"If-Match": '"2"'})).status_code == 204
        assert (await client.get(f"{place}/kids")).status_code == 404
        assert (await client.get(place)).json()["lineups"] == []
        back = (await client.get(f"{MAIN}/viewers/alice")).json()
        assert (back["given"], back["lineup"][:2]) == (False, "d-")
        assert (await client.get(f"{MAIN}/viewers")).json()["viewers"] == [back]
        again = await client.post(place, json={"id": "kids", "clips": [{"asset": A}]})
        assert (again.status_code, "was taken away" in again.json()["error"]) == (409, True)

    tell(story)


def test_a_viewer_is_seen_at_any_instant(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await made(client)
        place = f"{MAIN}/viewers/alice/preview"
        seen = (await client.get(place, params={"at": "2026-01-01T00:00:13Z", "count": 3})).json()
        assert (seen["position_s"], len(seen["airings"]), seen["at"]) == (1.0, 3, "2026-01-01T00:00:13.000Z")
        assert {one["asset"] for one in seen["airings"][:2]} == {A, B}
        assert (await client.get(place)).json()["at"] == "2026-01-01T00:01:40.000Z"

    tell(story)


@pytest.mark.parametrize(
    ("method", "place", "body"),
    [
        ("PUT", "pool", {"assets": [C]}),
        ("PUT", "query", {}),
        ("POST", "stop", None),
        ("PUT", "lineups/kids", {"clips": [{"asset": C}]}),
        ("DELETE", "lineups/kids", None),
    ],
)
def test_a_stale_edit_is_refused_with_what_is_newer(tell: Tell, method: str, place: str, body: object) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await made(client)
        await client.post(f"{MAIN}/lineups", json={"id": "kids", "clips": [{"asset": A}]})
        whole = f"{MAIN}/{place}" if place.startswith("lineups") else MAIN
        known = await client.get(whole)
        # Somebody else is faster.
        await client.put(f"{MAIN}/pool", json={"assets": [B]})
        await client.put(f"{MAIN}/lineups/kids", json={"clips": [{"asset": B}]})
        newer = await client.get(whole)
        assert newer.headers["ETag"] != known.headers["ETag"]
        headers = {"If-Match": known.headers["ETag"]}
        stale = await client.request(method, f"{MAIN}/{place}", json=body, headers=headers)
        assert (stale.status_code, stale.headers["ETag"]) == (409, newer.headers["ETag"])
        assert f"not {known.json()['version']}" in stale.json()["error"]
        assert stale.json()["now"] == newer.json()
        assert (await client.get(whole)).json() == newer.json()
        headers = {"If-Match": f"W/{stale.headers['ETag']}"}
        assert (await client.request(method, f"{MAIN}/{place}", json=body, headers=headers)).is_success

    tell(story)


def test_lists_come_in_pages(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for name in ("b", "main", "a", "c"):
            await client.post(CHANNELS, json={"name": name, "assets": [A]})
        await catalogue.many.put_viewers("main", [ViewerRecord(name=f"v{number:03}") for number in range(250)])
        for place, field, limit in ((CHANNELS, "channels", 3), (f"{MAIN}/viewers", "viewers", 100)):
            seen: list[str] = []
            after, pages = None, 0
            while pages == 0 or after is not None:
                page = (await client.get(place, params={"limit": limit} | ({"after": after} if after else {}))).json()
                assert len(page[field]) <= limit
                seen += [one["name"] for one in page[field]]
                after, pages = page["next"], pages + 1
            wanted = ["a", "b", "c", "main"] if field == "channels" else [f"v{number:03}" for number in range(250)]
            assert (seen if field == "channels" else sorted(seen)) == wanted

    tell(story)


LONG = "x" * 10_000
CLIP = {"clips": [{"asset": A}]}


@pytest.mark.parametrize(
    ("method", "place", "more", "status", "says"),
    [
        ("GET", "other", {}, 404, "no channel 'other'"),
        ("GET", "a%2Fb", {}, 404, ""),
        ("GET", "%F0%9F%98%80", {}, 400, "channel '😀'"),
        ("GET", "..%2e", {}, 400, "channel '...'"),
        ("GET", LONG[:3000], {}, 400, "channel 'xxx"),
        ("GET", "%00", {}, 400, "channel '\\x00'"),
        ("GET", "", {"params": {"limit": 0}}, 400, "limit: "),
        ("GET", "", {"params": {"limit": 10**9}}, 400, "limit: "),
        ("GET", "", {"params": {"after": "a/b"}}, 400, "channel 'a/b'"),
        ("GET", "main/viewers", {"params": {"after": "garbage"}}, 400, "after 'garbage'"),
        ("GET", "main/lineups", {"params": {"after": LONG[:2000]}}, 400, "after 'xxx"),
        ("GET", "main/lineups/other", {}, 404, "no lineup 'other' of channel 'main'"),
        ("GET", "other/viewers/alice", {}, 404, "no channel 'other'"),
        ("GET", "main/viewers/%F0%9F%98%80", {}, 400, "viewer '😀'"),
        ("GET", "main/viewers/a/preview", {"params": {"at": "soon"}}, 400, "instant 'soon'"),
        ("GET", "main/viewers/a/preview", {"params": {"count": 10**9}}, 400, "count: "),
        ("POST", "", {"json": {"name": "main"}}, 409, "channel 'main' exists already"),
        ("POST", "", {"json": {"name": "a/b"}}, 400, "channel 'a/b'"),
        ("POST", "", {"json": {"name": LONG}}, 400, "channel 'xxx"),
        ("POST", "", {"json": {"name": 7}}, 400, "name: Input should be a valid string"),
        ("POST", "", {"json": {"name": "x", "colour": 1}}, 400, "colour: Extra inputs"),
        ("POST", "", {"json": {"name": "x", "assets": []}}, 400, "at least one asset"),
        ("POST", "", {"json": {"name": "x", "assets": ["f" * 32]}}, 404, "no asset"),
        ("POST", "", {"json": {"name": "x", "assets": [A] * 10_001}}, 413, "the body is over"),
        ("POST", "", {"content": b"{"}, 400, "body: "),
        ("POST", "", {"content": b"[]"}, 400, "body: Input should be a valid dictionary"),
        ("POST", "main/start", {"json": {}}, 409, "is on air already"),
        ("POST", "main/start", {"json": {"at": True}}, 400, "at"),
        ("POST", "main/start", {"json": {"at": "soon"}}, 400, "instant 'soon'"),
        ("POST", "main/start", {"json": {"at": 1e300}}, 400, "instant '1e+300'"),
        ("POST", "main/stop", {"headers": {"If-Match": "x"}}, 400, "If-Match 'x'"),
        ("POST", "main/stop", {"headers": {"If-Match": '"²"'.encode()}}, 400, "If-Match"),
        ("POST", "main/stop", {"headers": {"If-Match": '"9999999999"'}}, 400, "If-Match"),
        ("PUT", "main/pool", {"json": {"assets": "all"}}, 400, "assets: "),
        ("PUT", "main/pool", {"json": {"assets": ["../etc"]}}, 400, "an asset id is"),
        ("PUT", "main/query", {"json": {"colour": "red"}}, 400, "colour: "),
        ("PUT", "main/query", {"json": {"tags": ["nobody"]}}, 409, "its pool would be empty"),
        ("PUT", "main/query", {"json": {"tags": ["a"], "no_tags": ["A"]}}, 400, "is asked for and ruled out"),
        ("POST", "other/query/try", {"json": {}}, 404, "no channel 'other'"),
        ("POST", "main/lineups", {"json": {"id": "d-x", **CLIP}}, 400, "those of derived lineups"),
        ("POST", "main/lineups", {"json": {"id": "x", "clips": []}}, 400, "at least one clip"),
        ("POST", "main/lineups", {"json": {"id": "x", "clips": [{"asset": "f" * 32}]}}, 404, "no asset"),
        ("POST", "main/lineups", {"json": {"id": "x", "clips": [{"asset": A, "first": 9}]}}, 404, ""),
        ("POST", "main/lineups", {"json": {"id": "x", "clips": [{"asset": "x"}]}}, 400, "an asset id is"),
        ("POST", "other/lineups", {"json": {"id": "x", **CLIP}}, 404, "no channel 'other'"),
        ("PUT", "main/lineups/other", {"json": CLIP}, 404, "no lineup 'other'"),
        ("DELETE", "main/lineups/other", {}, 404, "no lineup 'other'"),
        ("DELETE", "main/lineups/%F0%9F%98%80", {}, 400, "lineup '😀'"),
        ("PUT", "main/viewers/alice", {"json": {"lineup": "other"}}, 404, "no lineup 'other'"),
        ("PUT", "main/viewers/alice", {"json": {}}, 400, "lineup: Field required"),
        ("PUT", "main/viewers/alice", {"json": {"lineup": "a/b"}}, 400, "lineup 'a/b'"),
        ("PUT", "main/viewers/" + LONG[:200], {"json": {"lineup": None}}, 400, "viewer 'xxx"),
        ("DELETE", "main", {}, 405, "Method Not Allowed"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said_and_changes_nothing(
    tell: Tell, method: str, place: str, more: dict[str, object], status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await made(client)
        answer = await client.request(method, f"{CHANNELS}/{place}".rstrip("/"), **more)  # type: ignore[arg-type]
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
        assert len(answer.text) < 5000
        assert [one.version for one in await catalogue.channels()] == [2]
        assert [one async for one in catalogue.all_lineups("main")] == []
        assert [one async for one in catalogue.all_viewers("main")] == []

    tell(story)
