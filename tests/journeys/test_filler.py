"""Filler from the command line: made of one video, stopped and gone on with, given to a channel."""

import signal
import time
from fractions import Fraction
from pathlib import Path

import pytest

from manifest_server.programming.filler import frame_counts
from tests.packager.sources import AAC, H264, ffmpeg, picture, tone

from .program import COMMAND_S, Machine

pytestmark = pytest.mark.slow

TITLES = [f"filler {count / 25:.2f} s" for count in frame_counts(Fraction(25))]  # 28, from 1.00 s to 4.00 s


@pytest.fixture(scope="module")
def ident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ident") / "ident.mp4"
    ffmpeg(*picture("160x90"), *tone(), *H264, *AAC, path)
    return path


def left(machine: Machine) -> list[str]:
    return [path.name for path in (machine.data / "work").glob("*")]


def test_a_set_is_made_stopped_gone_on_with_and_given(stocked: Machine, ident: Path) -> None:
    before = len(stocked.records)
    assert stocked.run("channel", "create", "main").returncode == 0
    with stocked.running("filler", "make", ident, ready="") as making:
        deadline = time.monotonic() + COMMAND_S
        while len(stocked.records) < before + 3:
            assert time.monotonic() < deadline, making.err
            time.sleep(0.02)
        assert making.stop(signal.SIGINT) == 130
    assert "Traceback" not in making.err
    assert left(stocked) == []
    stopped_at = len(stocked.records)
    assert before + 3 <= stopped_at < before + 28
    made = stocked.json("filler", "make", ident, "--channel", "main")
    assert [record["title"] for record in made] == TITLES
    assert [record["ticks"] for record in made] == [[0, count * 3600] for count in frame_counts(Fraction(25))]
    assert len(stocked.records) == before + 28
    ids = [record["id"] for record in made]
    channel = stocked.json("channel", "show", "main")
    assert channel["revisions"][-1]["filler"] == ids
    # The channel was made of all that is there; those are no filler, nor is filler what a query finds.
    assert len(channel["revisions"][-1]["assets"]) == before
    assert len(stocked.json("channel", "follow", "main", "--dry-run")) == before
    again = stocked.run("filler", "set", "main", *ids[:-1])
    assert (again.returncode, again.stdout) == (2, "")
    assert "of a set that does, 4.00 s are missing" in again.stderr
    assert stocked.run("filler", "set", "main", *ids).returncode == 0
    done = stocked.run("asset", "retire", ids[0])
    assert done.returncode == 5
    assert "it is filler there" in done.stderr


def test_a_length_that_fails_is_named_and_the_others_are_made(empty: Machine, tmp_path: Path) -> None:
    path = tmp_path / "worn.mkv"
    ffmpeg(*picture("160x90"), *tone(), *H264, "-g", "25", *AAC, path)
    spoiled = bytearray(path.read_bytes())
    for at in range(len(spoiled) * 6 // 10, len(spoiled) * 7 // 10, 61):  # from 3.0 s to 3.5 s
        spoiled[at] ^= 0xFF
    path.write_bytes(spoiled)
    done = empty.run("filler", "make", path, "--channel", "main")
    assert done.returncode == 3, done.stderr
    assert "error: filler 4.00 s: worn.mkv: damaged in its first 4.00 s" in done.stderr
    assert "filler 2.00 s" not in done.stderr
    assert "filler 2.00 s" in done.stdout
    assert "no channel" not in done.stderr  # it was not asked to have a set that is not whole
    assert len(empty.records) in {26, 27}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["none.mp4"], 3, "none.mp4: no such file"),
        (["none.mp4", "--fps", "26"], 2, "--fps '26': it is one of 5, 6, 15/2"),
        (["none.mp4", "--fps", "0"], 2, "--fps '0'"),
        (["none.mp4", "--fps", "1e9999999"], 2, "--fps '1e9999999'"),
        (["none.mp4", "--channel", "a/b"], 2, "channel 'a/b'"),
    ],
)
def test_what_cannot_be_done_is_told(empty: Machine, words: list[str], code: int, message: str) -> None:
    done = empty.run("filler", "make", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
