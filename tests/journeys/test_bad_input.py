"""Bad input by the command line: one line that says what and why, the right exit code, and nothing half done."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.packager.sources import AAC, ffmpeg, plain, tone

from .conftest import Films, MakeMachine
from .program import Completed, Machine

pytestmark = pytest.mark.slow


def assert_refused(done: Completed, code: int, *words: str) -> None:
    """One line of error that holds all the words, and nothing else."""
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("error: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def _nothing(target: Path) -> None:
    del target


def _folder(target: Path) -> None:
    target.mkdir()


def _empty(target: Path) -> None:
    target.touch()


def _text(target: Path) -> None:
    target.write_text("Dear all, " * 500)


def _song(target: Path) -> None:
    ffmpeg(*tone(3), *AAC, target)


def _short(target: Path) -> None:
    plain(target, seconds=0.8)


def _cut_off(target: Path) -> None:
    plain(target)
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])


def _cut_off_with_its_index(target: Path) -> None:
    """The index first, as for the web: all headers promise a whole film."""
    whole = target.with_name("whole.mp4")
    plain(whole, size="640x360")
    ffmpeg("-i", whole, "-c", "copy", "-movflags", "+faststart", target)
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])


NOT_FILMS: dict[str, tuple[Callable[[Path], None], str]] = {
    "none.mp4": (_nothing, "no such file"),
    "folder.mp4": (_folder, "not a file"),
    "empty.mp4": (_empty, "the file is empty"),
    "letter.mp4": (_text, "not a video"),
    "song.mp4": (_song, "has sound but no video"),
    "short.mp4": (_short, "0.80 s long; the shortest that can be played is 1 s"),
    "headless.mp4": (_cut_off, "not a video (moov atom not found)"),
    "half.mp4": (_cut_off_with_its_index, "says 5.0 s but holds 2."),
    "two\nlines.mp4": (_text, "not a video"),
}


@pytest.mark.parametrize("name", NOT_FILMS)
def test_what_is_not_a_film_is_refused_in_one_line(empty: Machine, tmp_path: Path, name: str) -> None:
    make, reason = NOT_FILMS[name]
    make(tmp_path / name)
    done = empty.run("package", tmp_path / name)
    assert_refused(done, 3, f"error: {name}: ".replace("\n", "\\n"), reason)
    assert done.stdout == ""
    assert list((empty.data / "objects").glob("*")) == []
    assert list((empty.data / "work").glob("*")) == []


def test_none_of_them_is_listed(empty: Machine, tmp_path: Path) -> None:
    for name, (make, _) in NOT_FILMS.items():
        make(tmp_path / name)
    done = empty.run("package", *(tmp_path / name for name in NOT_FILMS))
    assert done.returncode == 3
    assert done.stderr.count("\n") == done.stderr.count("error: ") == len(NOT_FILMS)
    assert "Traceback" not in done.stderr
    assert empty.json("assets") == []
    assert empty.records == []


def test_a_name_that_is_not_text_is_refused(empty: Machine, films: Films, tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.mp4"
    try:
        shutil.copy(films.one, path)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert_refused(empty.run("package", path), 3, r"caf\udce9.mp4: its path is not UTF-8")


def test_a_good_film_among_bad_ones_becomes_an_asset(empty: Machine, films: Films, tmp_path: Path) -> None:
    _text(tmp_path / "letter.mp4")
    done = empty.run("package", tmp_path / "none.mp4", films.one, tmp_path / "letter.mp4", "--json")
    assert done.returncode == 3
    assert [line.split(": ")[:2] for line in done.stderr.splitlines()] == [
        ["error", "none.mp4"],
        ["error", "letter.mp4"],
    ]
    (record,) = json.loads(done.stdout)
    assert empty.json("assets") == [record]
    assert empty.records == [f"{record['id']}.json"]


def test_up_with_a_bad_film_serves_nothing(stocked: Machine, films: Films, tmp_path: Path) -> None:
    done = stocked.run("up", films.one, tmp_path / "none.mp4")
    assert_refused(done, 3, "none.mp4: no such file")
    assert done.stdout == ""
    assert stocked.run("channel", "show", "main").returncode == 4


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("STREAMSYNC_PORT", "x", "integer"),
        ("STREAMSYNC_PORT", "70000", "65535"),
        ("STREAMSYNC_ASPECT", "round", "'pad' or 'keep'"),
        ("STREAMSYNC_PREVIEW", "perhaps", "boolean"),
        # Neither can be a name at all, so that no name server is asked.
        ("STREAMSYNC_HOST", "a" * 64, "not an address"),
        ("STREAMSYNC_HOST", "é" * 64, "not an address"),
        ("STREAMSYNC_VALKEY", "/no/valkey", "not a program"),
    ],
)
def test_a_bad_setting_is_named_with_its_value_and_rule(empty: Machine, variable: str, value: str, rule: str) -> None:
    assert_refused(empty.run("serve", **{variable: value}), 2, f"{variable}='{value}': ", rule)


@pytest.mark.parametrize("command", ["assets", "package"])
def test_a_data_folder_that_cannot_be_one(empty: Machine, films: Films, command: str) -> None:
    words = [films.one] if command == "package" else []
    assert_refused(empty.run(command, *words, STREAMSYNC_DATA=str(films.two)), 7, str(films.two))


@pytest.fixture(scope="module")
def channels(new_machine: MakeMachine, library: Path) -> Iterator[Machine]:
    """A machine with the channel `main` on air and the channel `new` not started."""
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with PrivateValkey(Settings(data=machine.data)):  # so that not every command has to start it
        for words in (("create", "main"), ("create", "new"), ("start", "main")):
            done = machine.run("channel", *words)
            assert done.returncode == 0, done.stderr
        yield machine


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        ("channel show nope", 4, "no channel 'nope'"),
        ("channel start nope", 4, "no channel 'nope'"),
        ("channel stop nope", 4, "no channel 'nope'"),
        ("lineup alice --channel nope", 4, "no channel 'nope'"),
        ("channel create other --asset 00000000000000000000000000000000", 4, "no asset '0000"),
        ("channel start main", 5, "channel 'main' is on air already"),
        ("channel create main", 5, "channel 'main' exists already"),
        ("channel stop new", 5, "channel 'new' is not on air"),
        ("lineup alice --channel new", 6, "channel 'new' has not been started"),
        ("lineup alice --at 1", 6, "channel 'main' begins at 20"),
        ("channel create a/b", 2, "channel 'a/b': a name is 1 to 64 letters"),
        ("up --channel a/b", 2, "channel 'a/b': a name is 1 to 64 letters"),
        ("lineup a/b", 2, "viewer 'a/b': a name is 1 to 64 letters"),
        (f"lineup {'v' * 65}", 2, "a name is 1 to 64 letters"),
        ("lineup alice --at soon", 2, "instant 'soon': give Unix seconds or RFC 3339"),
        ("channel start new --at 99999-01-01", 2, "instant '99999-01-01'"),
        ("channel create other --asset zz", 2, "asset 'zz': an asset id is 32 hexadecimal digits"),
        ("lineups give main kids 00000000000000000000000000000000", 2, "first comes the lineup, and a channel"),
        ("channel pool main zz", 2, "asset 'zz': an asset id is 32 hexadecimal digits"),
    ],
)
def test_refused(channels: Machine, command: str, code: int, reason: str) -> None:
    done = channels.run(*command.split())
    assert_refused(done, code, reason)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command",
    ["frobnicate", "channel", "channel frobnicate", "package", "lineup", "lineup alice --count 0", "up --no"],
)
def test_wrong_usage(empty: Machine, command: str) -> None:
    done = empty.run(*command.split())
    assert done.returncode == 2
    assert "Usage: " in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not empty.data.exists()
