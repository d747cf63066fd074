"""The doors that viewers' pages come through: who they are, where they watch, and who may ask from where."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest

from manifest_server.admin.access import set_public
from manifest_server.viewer.viewer_tokens import LASTS_S, new_viewer, signed, visitor
from storage.catalogue import Catalogue
from storage.viewer_key import ViewerKey
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited
from tests.viewer.playback import KEYS, NOW_S, token

WATCH = "/api/v1/watch/main"
OTHER_KEY = "00" * 32
DAY_MS = 86_400_000

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW_S * 1000)


@pytest.fixture
def tell(redis_url: str, clock: Clock) -> Tell:
    """Tell a story of the channel main, on air."""

    def told(story: Story) -> None:
        async def with_channel(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
            await on_air(catalogue, asset(1), asset(2))
            await story(client, catalogue)

        visited(redis_url, with_channel, clock=clock, playback_keys=KEYS)

    return told


async def watched(client: httpx.AsyncClient, **wish: object) -> dict[str, Any]:
    answer = await client.post(WATCH, json=wish)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def key_of(catalogue: Catalogue) -> str:
    return await ViewerKey(catalogue.link).shared(OTHER_KEY)


def test_who_comes_without_a_name_is_given_one_and_keeps_it(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        first = await watched(client)
        assert re.fullmatch(r"v-[a-z2-7]{20}", first["viewer"])
        assert first == {
            "viewer": first["viewer"], "registered": True, "viewer_token": None, "channel": "main", "title": "main",
            "description": "", "state": "on air", "on_air_from": "2026-01-01T00:00:00.000Z", "on_air_until": None,
            "stream": f"/live/main/{first['viewer']}/index.m3u8", "now_ms": clock.now_ms, "timeshift_s": 0,
            "beacon_s": 30,
        }  # fmt: skip
        assert (await client.get(first["stream"])).status_code == 200
        again = await watched(client)
        assert again == {**first, "registered": False}
        client.cookies.clear()
        assert (await watched(client))["viewer"] != first["viewer"]

    tell(story)


@pytest.mark.parametrize(("base", "secure"), [("http://tv.example", False), ("https://tv.example", True)])
def test_the_cookie_is_for_the_server_alone_and_lasts(tell: Tell, base: str, secure: bool) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.post(base + WATCH)
        name, *rest = answer.headers["set-cookie"].split("; ")
        assert name.startswith("__Host-streamsync_viewer=ey" if secure else "streamsync_viewer=ey")
        expected = {"HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=lax"} | ({"Secure"} if secure else set())
        assert set(rest) == expected
        assert answer.headers["cache-control"] == "no-store"

    tell(story)


def test_a_cookie_is_renewed_once_a_day_and_ends_for_who_stays_away(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        held = (await client.post(WATCH)).cookies["streamsync_viewer"]
        client.cookies.clear()  # httpx would let it expire by its own clock
        headers = {"Cookie": f"streamsync_viewer={held}"}
        known = (await client.post(WATCH, headers=headers)).json()
        for days, registered, renewed in (
            (0.9, False, False),
            (1, False, True),
            (399.9, False, True),
            (400, True, True),
        ):
            clock.now_ms = NOW_S * 1000 + int(days * DAY_MS)
            answer = await client.post(WATCH, headers=headers)
            client.cookies.clear()
            assert answer.json()["registered"] == registered
            assert (answer.json()["viewer"] == known["viewer"]) != registered
            assert ("set-cookie" in answer.headers) == renewed

    tell(story)


def test_a_page_of_another_origin_carries_the_token_itself(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.post(WATCH, json={"portable": True})
        assert "set-cookie" not in answer.headers
        first = answer.json()
        again = await watched(client, viewer_token=first["viewer_token"], portable=True)
        assert (again["viewer"], again["registered"]) == (first["viewer"], False)
        held = {"Authorization": f"Viewer {first['viewer_token']}"}
        assert (await client.get(f"{WATCH}/guide", headers=held)).status_code == 200
        # Who may keep a cookie after all is given one.
        kept = await client.post(WATCH, json={"viewer_token": first["viewer_token"]})
        assert (kept.json()["viewer"], kept.json()["viewer_token"]) == (first["viewer"], None)
        assert (await watched(client))["viewer"] == first["viewer"]

    tell(story)


def test_two_servers_know_each_others_viewers(redis_url: str, tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        first = await watched(client, portable=True)

        async def elsewhere(other: httpx.AsyncClient, _: Catalogue) -> dict[str, Any]:
            return await watched(other, viewer_token=first["viewer_token"])

        found = await asyncio.to_thread(visited, redis_url, elsewhere, clock=clock)
        assert (found["viewer"], found["registered"]) == (first["viewer"], False)

    tell(story)


def forged(key: str, now_ms: int) -> dict[str, str]:
    said = {"aud": "streamsync:viewer", "sub": new_viewer(), "iat": now_ms // 1000, "exp": now_ms // 1000 + 60}
    kid = jwt.get_unverified_header(signed("v-" + "a" * 20, key, now_ms))["kid"]
    head = {"kid": kid}
    return {
        "another key": signed(new_viewer(), OTHER_KEY, now_ms),
        "another key under this one's id": jwt.encode(said, OTHER_KEY, "HS256", head),
        "no signature": jwt.encode(said, "", "none", head),
        "another algorithm": jwt.encode(said, key, "HS512", head),
        "expired": jwt.encode({**said, "exp": now_ms // 1000}, key, "HS256", head),
        "for something else": jwt.encode({**said, "aud": "main"}, key, "HS256", head),
        "a name that people have": jwt.encode({**said, "sub": "alice"}, key, "HS256", head),
        "without a name": jwt.encode({k: v for k, v in said.items() if k != "sub"}, key, "HS256", head),
        "a playback token": token(),
        "no token": "x",
        "nothing": "",
        "too long": "x" * 2000,
        "emoji": "\U0001f600",
    }


def test_who_carries_a_token_that_is_none_is_given_another_name(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await watched(client)
        for why, bad in forged(await key_of(catalogue), clock.now_ms).items():
            client.cookies.clear()
            found = await watched(client, viewer_token=bad)
            assert found["registered"], why
            client.cookies.clear()
            if bad.isascii():
                answer = await client.post(WATCH, headers={"Cookie": f"streamsync_viewer={bad}"})
                assert answer.json()["registered"], why
                client.cookies.clear()
                guide = await client.get(f"{WATCH}/guide", headers={"Authorization": f"Viewer {bad}"})
                assert guide.status_code == 401, why

    tell(story)


def test_a_token_counts_to_its_last_millisecond() -> None:
    mine = signed("v-" + "a" * 20, OTHER_KEY, EPOCH_MS)
    ends_ms = EPOCH_MS + LASTS_S * 1000
    found = visitor(mine, (OTHER_KEY,), ends_ms - 1)
    assert found is not None
    assert (found.viewer, found.issued_s) == ("v-" + "a" * 20, EPOCH_MS / 1000)
    assert visitor(mine, (OTHER_KEY,), ends_ms) is None
    assert visitor(mine, ("11" * 32,), EPOCH_MS) is None
    assert visitor(mine, ("11" * 32, OTHER_KEY), EPOCH_MS) is not None


def test_on_a_channel_with_playback_tokens_the_token_says_who_it_is(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await set_public(catalogue, "main", public=False)
        for body, query, status in (({}, {}, 401), ({"playback_token": "x"}, {"t": "x"}, 403)):
            answers = await client.post(WATCH, json=body), await client.get(f"{WATCH}/guide", params=query)
            for answer in answers:
                assert answer.status_code == status
                assert "playback token" in answer.json()["error"]
                assert answer.headers["access-control-allow-origin"] == "*"
        answer = await client.post(WATCH, json={"playback_token": token()})
        found = answer.json()
        assert (found["viewer"], found["registered"], found["viewer_token"]) == ("alice", False, None)
        assert "set-cookie" not in answer.headers
        assert (await client.get(found["stream"])).status_code == 200
        assert (await client.get(f"{WATCH}/guide", params={"t": token()})).status_code == 200
        for wrong in (token({"aud": "other"}), token({"exp": NOW_S}), token({"lineup": "kids"})):
            assert (await client.post(WATCH, json={"playback_token": wrong})).status_code == 403
        listed = (await client.get("/api/v1/watch")).json()["channels"]
        assert [one["name"] for one in listed] == []

    tell(story)


@pytest.mark.parametrize(
    ("place", "body", "status", "says"),
    [
        ("other", {}, 404, "no channel 'other'"),
        ("a%20b", {}, 400, "channel 'a b'"),
        ("main", {"x": 1}, 400, "x: "),
        ("main", {"portable": "perhaps"}, 400, "portable: "),
        ("main", {"viewer_token": "x" * 3000}, 400, "viewer_token: "),
        ("main", {"viewer_token": "x" * 9000}, 413, "the body is over 8192 bytes long"),
        ("main", [], 400, "body: "),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_said(tell: Tell, place: str, body: object, status: int, says: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.post(f"/api/v1/watch/{place}", json=body)
        assert answer.status_code == status, answer.text
        assert says in answer.json()["error"]
        assert "set-cookie" not in answer.headers
        assert answer.headers["access-control-allow-origin"] == "*"

    tell(story)


def test_any_page_may_ask_and_nothing_else_is_open(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        asks = {"Origin": "https://blog.example", "Access-Control-Request-Method": "POST"}
        asks["Access-Control-Request-Headers"] = "authorization, content-type"
        allowed = await client.options(WATCH, headers=asks)
        assert allowed.status_code == 204
        assert "POST" in allowed.headers["access-control-allow-methods"]
        assert "Authorization" in allowed.headers["access-control-allow-headers"]
        answer = await client.post(WATCH, headers={"Origin": "https://blog.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        for place in ("/api/v1/watch", f"{WATCH}/guide"):
            head, whole = await client.head(place), await client.get(place)
            assert (head.status_code, head.headers["cache-control"]) == (200, whole.headers["cache-control"])
        for method, place in (
            ("POST", "/api/v1/watch"), ("GET", WATCH), ("DELETE", WATCH), ("POST", f"{WATCH}/guide"),
            ("GET", "/api/v1/watchers"), ("GET", f"{WATCH}/guide/x"), ("GET", "/api/v1/channels/watch"),
        ):  # fmt: skip
            assert (await client.request(method, place)).status_code == 401, (method, place)

    tell(story)


def test_a_flood_leaves_nothing_behind(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await watched(client)
        before = [await catalogue.link.ask("", ("DBSIZE",))]
        for number in range(30):
            client.cookies.clear()
            await client.post(WATCH, headers={"Idempotency-Key": f"flood {number}"})
        assert [await catalogue.link.ask("", ("DBSIZE",))] == before

    tell(story)
