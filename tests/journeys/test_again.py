"""`streamsync up`, stopped and started again: nothing is left running, and the timeline goes on.

A player keeps the URL that it joined with, so what was listed there is compared with what is listed there later.
"""

import signal
import socket
from pathlib import Path

import pytest

from tests.packager.sources import TOOLS

from .conftest import Films
from .processes import at_work_in, linux_only, wait_ended, wait_for_ffmpeg
from .program import Machine
from .watching import Media, media, media_urls

pytestmark = pytest.mark.slow


@pytest.fixture
def slow(tmp_path: Path) -> dict[str, str]:
    """Settings with which the encode of the long film takes two minutes, so that it is under way when it is ended."""
    path, real = tmp_path / "ffmpeg", TOOLS.ffmpeg
    path.write_text(
        f'#!/bin/sh\ncase "$*" in */encoded/*) exec {real} -readrate 0.05 "$@" ;; esac\nexec {real} "$@"\n'
    )
    path.chmod(0o755)
    return {"STREAMSYNC_FFMPEG": str(path)}


def objects(machine: Machine) -> dict[Path, int]:
    """When each object was written."""
    root = machine.data / "objects"
    return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


def assert_the_same_timeline(before: Media, after: Media) -> None:
    common = before.segments.keys() & after.segments.keys()
    assert len(common) > 4
    assert {msn: before.segments[msn] for msn in common} == {msn: after.segments[msn] for msn in common}
    assert max(after.segments) >= max(before.segments)


@linux_only
def test_ctrl_c_leaves_nothing_running(stocked: Machine, films: Films) -> None:
    valkey = stocked.data / "valkey" / "valkey.sock"
    with stocked.running("up", films.one) as up:
        media(media_urls(stocked)[0])
        assert [line.split()[0].rpartition("/")[2] for line in at_work_in(stocked.data).values()] == ["valkey-server"]
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(valkey))
        assert up.stop(signal.SIGINT) == 0
    assert up.err.splitlines()[-1] == "stopped"
    assert at_work_in(stocked.data) == {}
    with socket.socket(socket.AF_UNIX) as knock, pytest.raises(OSError, match=r"refused|No such file"):
        knock.connect(str(valkey))
    with socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.bind(("127.0.0.1", stocked.port))


@linux_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_encoding_leaves_nothing_behind(
    empty: Machine, long_film: Path, slow: dict[str, str], number: signal.Signals
) -> None:
    with empty.running("up", long_film, ready="", **slow) as up:
        wait_for_ffmpeg(empty.data)
        assert up.stop(number) == 130
    assert "Traceback" not in up.err
    assert at_work_in(empty.data) == {}
    assert empty.records == []
    assert list((empty.data / "work").iterdir()) == []


@pytest.mark.parametrize("again", [False, True], ids=["without files", "with the same file"])
def test_a_second_up_goes_on_where_the_first_stopped(stocked: Machine, films: Films, again: bool) -> None:
    with stocked.running("up", films.one, films.two) as up:
        url = media_urls(stocked)[0]
        before = media(url)
        assert up.stop(signal.SIGINT) == 0
    kept = objects(stocked)
    with stocked.running("up", *([films.two, films.one] if again else [])):
        assert_the_same_timeline(before, media(url))
    assert objects(stocked) == kept


@linux_only
def test_a_killed_up_goes_on_too(stocked: Machine, films: Films) -> None:
    with stocked.running("up", films.one) as up:
        url = media_urls(stocked)[0]
        before = media(url)
        assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    with stocked.running("up") as up:
        assert_the_same_timeline(before, media(url))
        assert up.stop(signal.SIGTERM) == 0
    # Also the Valkey that the killed one left.
    assert at_work_in(stocked.data) == {}


def test_with_another_film_the_channel_begins_anew_above_every_number(stocked: Machine, films: Films) -> None:
    with stocked.running("up", films.one) as up:
        url = media_urls(stocked)[0]
        before = media(url)
        assert up.stop(signal.SIGINT) == 0
    with stocked.running("up", films.two):
        after = media(url)
    assert min(after.segments) > max(before.segments)
    assert min(one.dsn for one in after.segments.values()) > max(one.dsn for one in before.segments.values())
    assert not {one.uri for one in after.segments.values()} & {one.uri for one in before.segments.values()}


@linux_only
def test_a_killed_packaging_leaves_nothing_listed_and_can_be_repeated(
    empty: Machine, long_film: Path, slow: dict[str, str]
) -> None:
    with empty.running("package", long_film, ready="", **slow) as packaging:
        children = wait_for_ffmpeg(empty.data)
        assert packaging.stop(signal.SIGKILL) == -signal.SIGKILL
    for child in children:
        wait_ended(child)
    # Only the private Valkey, in which it held the asset: the next command stops it.
    assert [line for line in at_work_in(empty.data).values() if "valkey" not in line] == []
    assert empty.json("assets") == []
    assert at_work_in(empty.data) == {}
    assert empty.records == []
    (record,) = empty.json("package", long_film)
    assert empty.records == [f"{record['id']}.json"]
    assert [one["id"] for one in empty.json("assets")] == [record["id"]]
    assert list((empty.data / "work").iterdir()) == []
