"""Bytes that are not what they should be: changed on the way, or while they were read; none becomes an asset."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from streamsync.sending import _File
from tests.admin.uploading import md5
from tests.storage.s3_proxy import Proxied, none, s3_proxy

from .conftest import Films
from .uploads import MIB, PART, Held, Site, film, new_site

pytestmark = pytest.mark.slow

PARTS = 8


@pytest.fixture(params=["folder", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, s3_credentials: None) -> Site:
    return new_site(tmp_path, redis_url, request.getfixturevalue("s3_url") if request.param == "s3" else None)


@pytest.fixture
def at_folder(tmp_path: Path, redis_url: str) -> Site:
    return new_site(tmp_path, redis_url)


def flipped(request: Proxied) -> None:
    """A bit of a part is another when it arrives; what else is put arrives whole."""
    if "/parts/" in request.path or "partNumber=" in request.path:
        request.body = request.body[:100] + bytes([request.body[100] ^ 1]) + request.body[101:]
    else:
        request.proxy.trouble("PUT", flipped)
    none(request)


def part_puts(seen: list[tuple[str, str, str | None]]) -> int:
    return sum(method == "PUT" and ("/parts/" in path or "partNumber=" in path) for method, path, _ in seen)


@pytest.mark.parametrize("times", [1, 20])
def test_a_part_that_was_changed_on_the_way_is_sent_again(site: Site, tmp_path: Path, times: int) -> None:
    path = film(tmp_path / "film.mp4", 2 * MIB)
    before = site.machine.origin if site.objects_url is None else site.objects_url.partition("endpoint=")[2]
    with s3_proxy(before) as proxy:
        proxy.trouble("PUT", flipped, times)
        environment = site.server
        if site.objects_url is not None:
            environment["STREAMSYNC_OBJECTS_URL"] = site.objects_url.replace(before, proxy.endpoint)
        server = proxy.endpoint if site.objects_url is None else site.machine.origin
        with site.machine.running("serve", **environment):
            if times == 1:
                [sent] = site.upload(path, server=server)
                assert site.stored(sent["upload"]) == path.read_bytes()
                assert sent["sent_bytes"] == 2 * 2 * MIB
                assert part_puts(proxy.seen) == 2
            else:
                done = site.machine.run("upload", "--no-wait", path, "--server", server, **site.client)
                assert done.returncode == 7
                assert "film.mp4: part 1 does not get through: the store answers 400" in done.stderr
                assert part_puts(proxy.seen) == 3
                assert (site.jobs(), site.parts_done()) == ([], 0)


def test_a_file_that_is_not_what_was_declared_fails_with_the_reason_and_can_be_sent_again(
    at_folder: Site, films: Films, tmp_path: Path
) -> None:
    site, data = at_folder, films.one.read_bytes()
    wrong, sha256 = bytes([data[0] ^ 1]) + data[1:], hashlib.sha256(data).hexdigest()
    wish = {"name": "one.mp4", "size_bytes": len(data), "fingerprint": _File(films.one).fingerprint()}
    with (
        site.machine.running("serve", **site.server),
        site.machine.running("worker", "-p", "1", ready="event=started", **site.server) as worker,
    ):
        upload = site.ask("POST", "/uploads", json=wish)["id"]
        wanted = {"parts": [{"number": 1, "md5": md5(wrong)}]}
        [target] = site.ask("POST", f"/uploads/{upload}/parts", json=wanted)["parts"]
        assert httpx.put(site.machine.origin + target["url"], content=wrong, headers=target["headers"]).is_success
        job = site.ask("POST", f"/uploads/{upload}/complete", json={"sha256": sha256})["job"]
        worker.wait_for("event=failed")
        told = site.ask("GET", f"/jobs/{job}")
        assert told["state"] == "failed"
        assert told["reason"].startswith("one.mp4: damaged in transit: its SHA-256 is ")
        shown = site.machine.run("jobs", "show", job, **site.client)
        assert (shown.returncode, told["reason"] in shown.stdout) == (0, True), shown.stdout
        done = site.machine.run("upload", "--json", films.one, **site.client)
        assert done.returncode == 0, done.stderr
        [sent] = json.loads(done.stdout)
        done = site.machine.run("upload", film(tmp_path / "noise.mp4", 1000), **site.client)
    assert (done.returncode, done.stderr.count("noise.mp4: ")) == (3, 1), done.stderr
    assert (sent["asset"], sent["state"], sent["sent_bytes"]) == (job, "done", len(data))
    assert site.machine.records == [f"{job}.json"]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _rewrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(PARTS * PART // 2)
        file.write(b"other bytes")


def _truncate(path: Path) -> None:
    os.truncate(path, 5 * PART // 2)


@pytest.mark.parametrize("change", [_append, _rewrite, _truncate])
def test_a_file_that_changes_while_it_is_sent_is_refused_and_then_sent_anew(
    at_folder: Site, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    site, path = at_folder, film(tmp_path / "film.mp4", PARTS * PART)
    held = Held(tmp_path / "held", 2)
    with site.machine.running("serve", **site.server):
        words = ("upload", "--no-wait", path)
        with site.machine.running(*words, ready="", **site.client, **held.client) as client:
            site.wait_parts(1)
            change(path)
            held.let(PARTS)
            assert client.process.wait(60) == 3
        assert client.err == "error: film.mp4: changed while it was being uploaded\n"
        assert client.out == ""
        assert site.jobs() == []
        [sent] = site.upload(path)
        assert site.stored(sent["upload"]) == path.read_bytes()
        [job] = site.jobs()
        assert job["id"] == sent["asset"]
        declared = site.ask("GET", f"/uploads/{sent['upload']}")["sha256"]
        assert declared == hashlib.sha256(path.read_bytes()).hexdigest()
    assert site.machine.records == []
