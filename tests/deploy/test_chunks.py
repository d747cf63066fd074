"""Segments and uploads through the shipped edge, a real nginx."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from storage.keys import segment_key
from tests.seaweed import s3, seaweed
from tests.stage import asset

from .asking import ask, ask_at_once
from .conftest import OnAir
from .edge import edge, needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]

KEY = segment_key(asset(1).id, "cmaf", "240p", 1)
BODY = KEY.encode() * 10  # tests.stage.store


@pytest.mark.parametrize(
    ("asked", "status", "expected", "content_range"),
    [
        (None, 200, BODY, None),
        ("bytes=0-9", 206, BODY[:10], f"bytes 0-9/{len(BODY)}"),
        ("bytes=100-", 206, BODY[100:], f"bytes 100-{len(BODY) - 1}/{len(BODY)}"),
        ("bytes=-7", 206, BODY[-7:], f"bytes {len(BODY) - 7}-{len(BODY) - 1}/{len(BODY)}"),
        (f"bytes={len(BODY)}-", 416, None, f"bytes */{len(BODY)}"),
    ],
)
def test_a_range_is_right_the_first_time_and_from_the_cache(
    on_air: OnAir, asked: str | None, status: int, expected: bytes | None, content_range: str | None
) -> None:
    url = f"{on_air.edge.origin}/chunks/{KEY}"
    for turn in ("MISS", "HIT"):
        answer = ask(url, **({"Range": asked} if asked else {}))
        assert (answer.status_code, answer.headers.get("content-range")) == (status, content_range)
        if expected is not None:
            assert answer.content == expected
            assert answer.headers["x-cache"] == turn
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"] == "video/iso.segment"
            assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    # A range that is none stops the fetch, so that nothing is kept of the first.
    assert len(on_air.servers.asked("/chunks/")) == (1 if expected is not None else 2)


def test_a_crowd_for_a_new_segment_fetches_it_once(on_air: OnAir) -> None:
    answers = ask_at_once([f"{on_air.edge.origin}/chunks/{KEY}?t=token-{n}" for n in range(50)])
    assert {answer.content for answer in answers} == {BODY}
    assert [query for _, _, query in on_air.servers.asked("/chunks/")] == [""]


def test_a_head_of_a_segment_tells_its_length(on_air: OnAir) -> None:
    for _ in range(2):
        answer = ask(f"{on_air.edge.origin}/chunks/{KEY}", "HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) == len(BODY)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_nobody_writes_through_the_edge(on_air: OnAir, method: str) -> None:
    assert ask(f"{on_air.edge.origin}/chunks/{KEY}", method).status_code == 405
    assert on_air.servers.asked("/chunks/") == []


def test_a_missing_segment_is_not_kept_as_missing(on_air: OnAir) -> None:
    url = f"{on_air.edge.origin}/chunks/assets/{'f' * 32}/cmaf/240p/0.m4s"
    assert [ask(url).status_code for _ in range(2)] == [404, 404]
    assert len(on_air.servers.asked("/chunks/")) == 2
    assert on_air.edge.kept() == []


def test_segments_come_from_a_bucket_when_the_operator_says_so(on_air: OnAir, tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    with seaweed(tmp_path / "s3") as endpoint:
        bucket = s3(endpoint)
        bucket.create_bucket(Bucket="media")
        bucket.put_bucket_policy(Bucket="media", Policy=PUBLIC)
        told = {"ContentType": "video/iso.segment", "CacheControl": "public, max-age=31536000, immutable"}
        bucket.put_object(Bucket="media", Key=f"films/{KEY}", Body=b"from the bucket", **told)
        store = endpoint.removeprefix("http://")
        changes = {
            f"_chunks {{\n{SERVERS}": f"_chunks {{\n    server {store};\n",
            "default /chunks;": "default /media/films;",
            "default $host;": f"default {store};",
        }
        with edge(tmp_path / "other", on_air.servers.ports, upstreams=changes) as other:
            for asked, status, body in (
                ("bytes=5-7", 206, b"the"), ("bytes=0-3", 206, b"from"), ("bytes=0-", 206, b"from the bucket")
            ):  # fmt: skip
                answer = ask(f"{other.origin}/chunks/{KEY}", Range=asked, Origin="http://player.example")
                assert (answer.status_code, answer.content) == (status, body)
                assert answer.headers.get_list("access-control-allow-origin") == ["*"]
                assert answer.headers["content-type"] == "video/iso.segment"
            assert ask(f"{other.origin}/chunks/assets/none.m4s").status_code in {403, 404}
            assert len(other.kept()) == 1
    assert on_air.servers.asked("/chunks/") == []


SERVERS = "".join(f"    server 127.0.0.1:{port} max_fails=2 fail_timeout=1s;\n" for port in (8000, 8001))
PUBLIC = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}]}"""


def test_a_part_of_an_upload_streams_through(tmp_path: Path) -> None:
    """The server sees its first bytes before the client has sent the last, and the edge has none of it on disk."""
    arrived = asyncio.Event()

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/api/v1/uploads/" in head:
            left = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
            while left:
                left -= len(await reader.read(65536))
                arrived.set()
        writer.write(b"HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536
            await asyncio.wait_for(arrived.wait(), 10)

    async def story() -> None:
        listener = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        with edge(tmp_path, (port, port)) as one:
            async with listener, httpx.AsyncClient(base_url=one.origin, timeout=20) as client:
                size = {"Content-Length": str(64 * 65536)}
                answer = await client.put("/api/v1/uploads/u/parts/1", content=parts(), headers=size)
                assert answer.text == "ok"
                assert not [path for path in (tmp_path / "client_body").rglob("*") if path.is_file()]
                for _ in range(2):  # whatever a server says, nothing of the API is kept
                    assert (await client.get("/api/v1/assets")).text == "ok"
                assert one.kept() == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "mebibytes", "status"),
    [("/api/v1/uploads/u", 66, 413), ("/api/v1/channels", 2, 413), ("/live/main/alice/index.m3u8", 1, 413)],
)
def test_bodies_have_a_bound(on_air: OnAir, path: str, mebibytes: int, status: int) -> None:
    line = HTTPConnection("127.0.0.1", on_air.edge.port, timeout=10)
    with closing(line):
        line.putrequest("POST", path)
        line.putheader("Content-Length", str(mebibytes << 20))
        line.endheaders()
        assert line.getresponse().status == status
    assert on_air.servers.asked("/") == []
