"""`streamsync upload` against a real server: to a folder and to SeaweedFS, interrupted, killed, refused."""

import hashlib
import json
import signal
from pathlib import Path

import pytest

from .uploads import PART, Held, Site, film, new_site

pytestmark = pytest.mark.slow


@pytest.fixture(params=["folder", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, s3_credentials: None) -> Site:
    return new_site(tmp_path, redis_url, request.getfixturevalue("s3_url") if request.param == "s3" else None)


def test_a_file_arrives_whole_and_is_not_sent_twice(site: Site, tmp_path: Path) -> None:
    path = film(tmp_path / "a\nfilm.mp4", 3 * PART + 5)
    with site.machine.running("serve", **site.server):
        [sent] = site.upload(path)
        assert sent["sent_bytes"] == 3 * PART + 5
        assert sent["state"] == "queued"
        stored = site.stored(sent["upload"])
        assert hashlib.sha256(stored).digest() == hashlib.sha256(path.read_bytes()).digest()
        [again] = site.upload(path)
        assert (again["sent_bytes"], again["kept_bytes"]) == (0, 3 * PART + 5)
        assert again["asset"] == sent["asset"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_client_that_is_stopped_sends_only_what_is_missing(site: Site, tmp_path: Path, number: int) -> None:
    size = 12 * PART
    path, held = film(tmp_path / "film.mp4", size), Held(tmp_path / "held", 6)
    with site.machine.running("serve", **site.server):
        words = ("upload", "--no-wait", path)
        with site.machine.running(*words, ready="", **site.client, **held.client) as client:
            site.wait_parts(3)
            code = client.stop(number)
        if number == signal.SIGINT:
            assert code == 130
            assert "the same command goes on where it was" in client.err
        there = site.parts_done()
        assert 3 <= there <= 6
        [sent] = site.upload(path)
        # What was in flight then may still have arrived.
        assert there * PART <= sent["kept_bytes"] <= (there + 4) * PART
        assert sent["sent_bytes"] + sent["kept_bytes"] == size
        assert len(site.stored(sent["upload"])) == size


def test_a_client_waits_for_a_server_that_was_killed(site: Site, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", 20 * PART)
    words = ("upload", "--no-wait", "--json", path)
    with (
        site.machine.running("serve", **site.server) as server,
        site.machine.running(*words, ready="", **site.client) as client,
    ):
        site.wait_parts(2)
        server.stop(signal.SIGKILL)
        with site.machine.running("serve", **site.server):
            assert client.process.wait(60) == 0, client.err
        client.stop(signal.SIGTERM)
        [sent] = json.loads(client.out)
    stored = site.stored(sent["upload"])
    assert hashlib.sha256(stored).digest() == hashlib.sha256(path.read_bytes()).digest()


def test_what_is_wrong_is_told_on_one_line(tmp_path: Path, redis_url: str, s3_credentials: None) -> None:
    site = new_site(tmp_path, redis_url)
    machine = site.machine
    empty, good = tmp_path / "empty.mp4", film(tmp_path / "good.mp4", 1000)
    empty.touch()
    with machine.running("serve", **site.server):
        cases: list[tuple[tuple[str | Path, ...], dict[str, str], int, str]] = [
            ((good,), {}, 2, "STREAMSYNC_SERVER is not set"),
            ((good,), {"STREAMSYNC_SERVER": machine.origin}, 2, "STREAMSYNC_TOKEN is not set"),
            ((good,), {**site.client, "STREAMSYNC_TOKEN": "wrong"}, 2, "refuses the token"),
            ((empty,), site.client, 3, "empty.mp4: it is empty"),
            ((tmp_path / "none.mp4",), site.client, 3, "none.mp4: cannot be read: No such file"),
            ((tmp_path,), site.client, 3, "it is not a file"),
            ((good, "--server", "ftp://x"), site.client, 2, "STREAMSYNC_SERVER: it is http://"),
        ]
        for words, environment, code, told in cases:
            done = machine.run("upload", *words, **environment)
            assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
            assert told in done.stderr
        # One that fails does not keep the next from its turn.
        [sent] = site.upload(empty, good, status=3)
        assert sent["file"] == str(good)
