"""Events: what changes is told to whoever listens, on any server, for as long as they may and keep up."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from redis import Redis

from manifest_server.admin import feed
from manifest_server.admin.accounts import change_account
from manifest_server.admin.actions import assign_viewer, create_channel, give_lineup
from manifest_server.admin.tokens import create_token, revoke_token
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.metadata import AssetMetadata
from storage.records import ViewerRecord
from tests.redis_servers import Server as RedisServer
from tests.redis_servers import server as redis_server
from tests.stage import Clock, asset

from .listening import EVENTS, OWNER, Site, ear, serving, told
from .people import COOKIE, joined, signed_in

FILM = asset(1)
now = Clock()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for more to come."""
    monkeypatch.setattr(feed, "SOURCES_S", 0.01)
    monkeypatch.setattr(feed, "JOBS_S", 0.01)


async def main(catalogue: Catalogue) -> None:
    """The channel main."""
    await catalogue.index_asset(FILM)
    await create_channel(catalogue, "main", [FILM.id])


def test_what_changes_is_told_by_its_name(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        async with ear(site) as one:
            assert one.response.headers["content-type"].startswith("text/event-stream")
            assert one.response.headers["x-accel-buffering"] == "no"
            assert one.response.headers["cache-control"] == "no-store"
            hello = await one.next()
            assert (hello.kind, hello.data) == ("hello", {})
            await catalogue.index_asset(FILM)
            assert (await one.next()).data == {"name": FILM.id, "kinds": ["asset"]}
            await create_channel(catalogue, "main", [FILM.id])
            heard = await one.until("channel")
            assert heard.data == {"name": "main", "kinds": ["channel"], "names": ["main"]}
            await give_lineup(catalogue, "main", "kids", [ClipRecord(asset=FILM.id)], repeats=True, clock=now)
            await one.until("channel", name="main", kinds=["lineup"], names=["kids"])
            await assign_viewer(catalogue, "main", "alice", "kids")
            await one.until("channel", name="main", kinds=["viewer"], names=["alice"])
            await catalogue.metadata.put(AssetMetadata(asset=FILM.id, version=1, title="The Film"))
            await one.until("asset", name=FILM.id, kinds=["metadata"])
            made = await create_token(catalogue, "read", now, name="ci")
            token = await one.until("token", name=made.record.id)
            assert made.token not in str(token)
            ids = [heard.id for heard in one.heard]
            assert len(set(ids)) == len(ids)

    told(redis_url, tmp_path, story)


def test_jobs_and_uploads_are_told_as_they_move(redis_url: str, tmp_path: Path) -> None:
    facts = JobFacts(
        asset=FILM.id, name="film.mp4", title="Film", source_key=None, source_sha256="a" * 64, size_bytes=1
    )

    async def story(site: Site, _: Catalogue) -> None:
        async with ear(site) as one, httpx.AsyncClient(base_url=site.origin, headers=OWNER) as client:
            await one.until("hello")
            with Redis.from_url(redis_url) as redis:
                jobs = Jobs(redis, "here")
                jobs.submit(facts)
                queued = await one.until("job", name=FILM.id)
                assert (queued.data["job"]["state"], queued.data["job"]["title"]) == ("queued", "Film")
                lease = jobs.claim("w1")
                assert lease is not None
                jobs.renew(lease, 0.5, "hash")
                running = await one.until("job", name=FILM.id)
                assert (running.data["job"]["state"], running.data["job"]["done"]) == ("running", 0.5)
                jobs.cancel(FILM.id)
                assert (await one.until("job")).data["job"]["state"] == "cancelled"
            wish = {"name": "film.mp4", "size_bytes": 5, "fingerprint": "5f" * 32}
            begun = (await client.post("/api/v1/uploads", json=wish)).raise_for_status().json()
            await one.until("upload", name=begun["id"])

    told(redis_url, tmp_path, story)


@pytest.mark.slow  # two servers
def test_two_servers_tell_of_each_others_changes(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        await main(catalogue)
        async with serving(redis_url, tmp_path) as other, ear(site) as one, ear(other) as two:
            await one.until("hello")
            await two.until("hello")
            async with httpx.AsyncClient(base_url=other.origin, headers=OWNER) as client:
                (await client.post("/api/v1/channels/main/start")).raise_for_status()
            await one.until("channel", name="main", kinds=["channel"])
            await two.until("channel", name="main", kinds=["channel"])

    told(redis_url, tmp_path, story)


def test_who_was_cut_off_goes_on_where_they_were_or_loads_anew(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        async with ear(site) as one:
            hello = await one.until("hello")
        await main(catalogue)
        async with ear(site) as other:  # so that it is surely told
            await other.until("hello")
            await create_channel(catalogue, "second", [FILM.id])
            await other.until("channel", name="second")
        async with ear(site, {**OWNER, "Last-Event-ID": hello.id}) as again:
            missed = [await again.next() for _ in range(3)]
            assert [(one.kind, one.data["name"]) for one in missed] == [
                ("asset", FILM.id), ("channel", "main"), ("channel", "second"),
            ]  # fmt: skip
            assert (await again.next()).kind == "hello"
        for unknown in ("", "x", "0-1", hello.id + "9", hello.id.replace("-", "-x")):
            async with ear(site, {**OWNER, "Last-Event-ID": unknown}) as lost:
                assert [(await lost.next()).kind for _ in range(2)] == ["reset", "hello"]

    told(redis_url, tmp_path, story)


def test_very_many_changes_are_one_event(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        await main(catalogue)
        async with ear(site) as one:
            await one.until("hello")
            await catalogue.many.put_viewers("main", [ViewerRecord(name=f"v{number}") for number in range(500)])
            heard = await one.until("channel", name="main", names=[])
            assert "viewer" in heard.data["kinds"]

    told(redis_url, tmp_path, story)


@pytest.mark.slow  # as long as a server may remember a token
def test_a_revoked_token_hears_no_more_and_no_secrets_before(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        made = await create_token(catalogue, "read", now)
        async with ear(site, {"Authorization": f"Bearer {made.token}"}) as one:
            await one.until("hello")
            await create_token(catalogue, "own", now)
            await main(catalogue)
            await revoke_token(catalogue, made.record.id)
            await one.end()
            assert {heard.kind for heard in one.heard} == {"hello", "asset", "channel"}, "tokens are the owner's"
        async with httpx.AsyncClient(base_url=site.origin) as client:
            assert (await client.get(EVENTS)).status_code == 401

    told(redis_url, tmp_path, story)


@pytest.mark.slow  # as long as a server may remember a session
def test_who_has_another_role_comes_back_and_hears_what_that_one_may(
    redis_url: str, tmp_path: Path, cheap_passwords: None
) -> None:
    async def story(site: Site, catalogue: Catalogue) -> None:
        for name in ("ann", "bob", "cleo"):
            await joined(catalogue, name)
        async with httpx.AsyncClient(base_url=site.origin) as client:
            await signed_in(client)
            cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
        async with ear(site, cookie) as one:
            await one.until("hello")
            await change_account(catalogue, "ann", role="editor")
            await one.until("account", name="ann")
            await one.end()
        async with ear(site, cookie) as one:
            await one.until("hello")
            await change_account(catalogue, "cleo", role="viewer")
            await catalogue.index_asset(asset(2))
            await one.until("asset")
            assert "account" not in {heard.kind for heard in one.heard}
            await change_account(catalogue, "ann", role="viewer")
            await one.end()

    told(redis_url, tmp_path, story)


def test_no_more_listen_than_there_is_room_for(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LISTENERS", 1)

    async def story(site: Site, _: Catalogue) -> None:
        async with ear(site) as one, httpx.AsyncClient(base_url=site.origin, headers=OWNER) as client:
            await one.until("hello")
            answer = await client.get(EVENTS)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert answer.json() == {"error": "too many listen to events"}

    told(redis_url, tmp_path, story)


def test_the_server_ends_although_somebody_listens(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, _: Catalogue) -> None:
        async with ear(site) as one:
            await one.until("hello")
            await asyncio.gather(site.stop(), one.end())  # within seconds, where its patience is a minute

    told(redis_url, tmp_path, story)


def test_who_does_not_read_is_sent_away(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "WAITING", 10)
    monkeypatch.setattr("manifest_server.admin.events_api.SEND_S", 0.1)

    async def story(site: Site, catalogue: Catalogue) -> None:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            loop = asyncio.get_running_loop()
            host, port = site.origin.removeprefix("http://").split(":")
            await loop.sock_connect(deaf, (host, int(port)))
            head = f"GET {EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: {OWNER['Authorization']}\r\n\r\n"
            await loop.sock_sendall(deaf, head.encode())
            async with ear(site) as one:
                await one.until("hello")
                state = site.server.server_state
                assert len(state.connections) == 2
                # What fills the buffers on the way, and then the listener's own.
                while len(state.connections) == 2:
                    await catalogue.words.say("upload", "x" * 60_000)
                    await one.until("upload")

    told(redis_url, tmp_path, story)


def test_who_missed_more_than_may_wait_is_sent_all_of_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "WAITING", 3)

    async def story(site: Site, catalogue: Catalogue) -> None:
        async with ear(site) as one:
            await one.until("hello")
            for number in range(6):
                await catalogue.words.say("upload", str(number))
                await one.until("upload", name=str(number))
            first = one.heard[1].id
        async with ear(site, {**OWNER, "Last-Event-ID": first}) as one:
            for number in range(1, 6):
                assert (await one.next()).data["name"] == str(number)
            await one.until("hello")
            await catalogue.words.say("upload", "new")
            await one.until("upload", name="new")

    told(redis_url, tmp_path, story)


def test_a_restart_of_redis_is_told(tmp_path: Path) -> None:
    async def story(server: RedisServer) -> None:
        async with (
            Catalogue.connect(server.url) as catalogue,
            serving(server.url, tmp_path) as site,
            ear(site) as one,
        ):
            await one.until("hello")
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await one.until("reset")
            await catalogue.index_asset(FILM)
            await one.until("asset", name=FILM.id)

    with redis_server(tmp_path / "redis") as server:
        asyncio.run(story(server))
