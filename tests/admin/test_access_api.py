"""The API's doors to who may watch: a channel opened and closed, and playback tokens issued."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from tests.stage import Clock, asset, on_air, visited
from tests.viewer.playback import KEYS, NOW_S

CHANNEL = "/api/v1/channels/main"

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]
Tell = Callable[[Story], None]


def telling(redis_url: str, data: Path, keys: str | None) -> Tell:
    def told(story: Story) -> None:
        async def with_channel(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
            client.headers["Authorization"] = "Bearer secret"
            await on_air(catalogue, asset(1))
            await story(client, catalogue)

        clock = Clock(NOW_S * 1000 + 999)
        visited(redis_url, with_channel, data=data, clock=clock, token="secret", playback_keys=keys)  # noqa: S106

    return told


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    """Tell a story of a channel on air on a server with keys, by somebody who has the owner's token."""
    return telling(redis_url, tmp_path, KEYS)


def test_a_channel_is_closed_a_token_is_issued_and_opens_it(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        closed = await client.put(f"{CHANNEL}/access", json={"access": "token"})
        assert (closed.status_code, closed.json()["public"], closed.headers["etag"]) == (200, False, '"3"')
        again = await client.put(f"{CHANNEL}/access", json={"access": "token"})
        assert again.json() == closed.json()
        made = await client.post(f"{CHANNEL}/playback-tokens", json={"viewer": "alice", "expires": "90m"})
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        said = made.json()
        assert (said["expires"], said["path"]) == ("2026-01-01T01:31:40.000Z", "/live/main/alice/index.m3u8")
        answer = await client.get(said["path"], params={"t": said["token"]})
        assert answer.status_code == 200
        opened = await client.put(f"{CHANNEL}/access", json={"access": "public"}, headers={"If-Match": '"3"'})
        assert opened.json()["public"] is True
        assert (await catalogue.channel("main")).public

    tell(story)


@pytest.mark.parametrize(
    ("method", "place", "body", "headers", "status", "says"),
    [
        ("PUT", "main/access", {"access": "private"}, {}, 400, "access: "),
        ("PUT", "main/access", {"access": "token", "x": 1}, {}, 400, "x: "),
        ("PUT", "main/access", {}, {}, 400, "access: "),
        ("PUT", "main/access", {"access": "token"}, {"If-Match": '"9"'}, 409, "channel 'main' is at version 2"),
        ("PUT", "other/access", {"access": "token"}, {}, 404, "no channel 'other'"),
        ("PUT", "a%20b/access", {"access": "token"}, {}, 400, "channel 'a b'"),
        ("POST", "main/playback-tokens", {"viewer": "a/b"}, {}, 400, "viewer 'a/b'"),
        ("POST", "main/playback-tokens", {"viewer": "x" * 10_240}, {}, 400, "viewer 'xxx"),
        ("POST", "main/playback-tokens", {"viewer": "\U0001f600"}, {}, 400, "viewer '"),
        ("POST", "main/playback-tokens", {}, {}, 400, "viewer: "),
        ("POST", "main/playback-tokens", {"viewer": "alice", "expires": "31d"}, {}, 400, "at most 30 days"),
        ("POST", "main/playback-tokens", {"viewer": "alice", "expires": "never"}, {}, 400, "span 'never'"),
        ("POST", "other/playback-tokens", {"viewer": "alice"}, {}, 404, "no channel 'other'"),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_what_cannot_be_is_said(
    tell: Tell, method: str, place: str, body: object, headers: dict[str, str], status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        before = await catalogue.channel("main")
        answer = await client.request(method, f"/api/v1/channels/{place}", json=body, headers=headers)
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
        assert 'token":"ey' not in answer.text
        assert await catalogue.channel("main") == before

    tell(story)


def test_without_keys_no_token_is_issued(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.post(f"{CHANNEL}/playback-tokens", json={"viewer": "alice"})
        assert (answer.status_code, answer.json()["error"]) == (
            409,
            "no key to sign with: set STREAMSYNC_PLAYBACK_KEYS",
        )

    telling(redis_url, tmp_path, None)(story)
