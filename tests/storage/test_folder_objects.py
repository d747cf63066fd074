"""What the folder promises beside: one winner, nothing half-written, nothing outside."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from storage.errors import Conflict, NotFound, Unavailable
from storage.folder_objects import FolderObjects
from tests.storage.children import ENVIRONMENT, child, go, line

WRITERS = 6
RACES = 20
RACER = """
import sys
from pathlib import Path
from storage.folder_objects import FolderObjects
root, name, races = sys.argv[1:]
objects = FolderObjects(Path(root))
print("ready", flush=True)
sys.stdin.readline()
data = name.encode() * 100_000
print("".join(str(int(objects.put(f"r/{race}", data, if_absent=True))) for race in range(int(races))))
"""


def test_of_racing_processes_exactly_one_puts_and_its_bytes_are_whole(tmp_path: Path) -> None:
    names = [str(number) for number in range(WRITERS)]
    with ExitStack() as stack:
        racers = [stack.enter_context(child(RACER, str(tmp_path), name, str(RACES))) for name in names]
        assert [line(racer) for racer in racers] == ["ready"] * WRITERS
        for racer in racers:
            go(racer)
        won = [line(racer) for racer in racers]
    objects = FolderObjects(tmp_path)
    for race in range(RACES):
        winners = [name for name, wins in zip(names, won, strict=True) if wins[race] == "1"]
        assert len(winners) == 1
        assert objects.read(f"r/{race}") == winners[0].encode() * 100_000


KILLED = """
import os, sys, time
from pathlib import Path
from storage.folder_objects import FolderObjects
def stall(descriptor):
    print("written, not synced", flush=True)
    time.sleep(600)
os.fsync = stall
FolderObjects(Path(sys.argv[1])).put("a/b", b"half", if_absent=sys.argv[2] == "if_absent")
"""


@pytest.mark.parametrize("how", ["replace", "if_absent"])
def test_a_writer_killed_in_mid_put_leaves_nothing_to_see(tmp_path: Path, how: str) -> None:
    with child(KILLED, str(tmp_path), how) as writer:
        assert line(writer) == "written, not synced"
        writer.kill()
        writer.wait()
    objects = FolderObjects(tmp_path)
    assert list(objects.keys("")) == []
    assert not objects.exists("a/b")
    with pytest.raises(NotFound):
        objects.path("a/b")
    assert objects.put("a/b", b"whole", if_absent=True) is True
    assert objects.read("a/b") == b"whole"


FULL = """
import sys
from pathlib import Path
from storage.errors import NoRoom
from storage.folder_objects import FolderObjects
root, source = map(Path, sys.argv[1:])
objects = FolderObjects(root)
objects.put("old", b"old")
def refused(put):
    try:
        put()
    except NoRoom as error:
        print(error)
        assert list(objects.keys("")) == ["old"] and objects.read("old") == b"old"
        assert list((root / "~incoming").iterdir()) == []
    else:
        raise AssertionError("it went in")
big = bytes(2_000_000)
refused(lambda: objects.put("old", big))
refused(lambda: objects.put("new", big))
refused(lambda: objects.put("new", big, if_absent=True))
refused(lambda: objects.put_file("new", source))
objects.put("new", b"small")
"""


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    disk, source = tmp_path / "disk", tmp_path / "source"
    disk.mkdir()
    source.write_bytes(bytes(2_000_000))
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no `unshare` to mount a small disk with")
    # A mount namespace of its own: the mount is gone with the child.
    spaces = [unshare, "-m"] if os.geteuid() == 0 else [unshare, "-rm"]
    mount = [*spaces, "sh", "-ec", 'mount -t tmpfs -o size=1m tmpfs "$0"; exec "$@"', str(disk)]
    if (probe := subprocess.run([*mount, "true"], capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"no small disk can be mounted here: {probe.stderr.strip()}")
    told = subprocess.run(
        [*mount, sys.executable, "-c", FULL, str(disk), str(source)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        "no room for object 'old': No space left on device",
        "no room for object 'new': No space left on device",
        "no room for object 'new': No space left on device",
        "no room for object 'new': No space left on device",
    ]


def test_a_file_is_taken_without_a_copy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    objects = FolderObjects(tmp_path / "objects")
    objects.put_file("a", file)
    assert objects.path("a").samefile(file)
    objects.put_file("a", file)
    assert file.stat().st_nlink == 2


def test_a_link_to_a_file_is_put_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    objects = FolderObjects(tmp_path / "objects")
    objects.put_file("a", tmp_path / "link")
    assert objects.read("a") == b"x"


def test_a_missing_file_is_told_and_nothing_is_put(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "objects")
    with pytest.raises(Unavailable, match="object 'a': No such file or directory"):
        objects.put_file("a", tmp_path / "missing")
    assert not objects.exists("a")


def test_an_object_has_a_path_for_a_server(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a/b", b"x")
    assert objects.path("a/b") == tmp_path.resolve() / "a" / "b"
    with pytest.raises(NotFound, match="no object 'a'"):
        objects.path("a")


def test_an_object_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        objects = FolderObjects(tmp_path)
        objects.put("a", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(objects.path("a").stat().st_mode) == 0o644


@pytest.mark.parametrize("key", ["out/secret", "out/new", "out/deep/new", "leaf", "loop"])
def test_a_symbolic_link_in_the_folder_leads_nowhere(tmp_path: Path, key: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "out").symlink_to(outside)
    (root / "leaf").symlink_to(outside / "secret")
    (root / "loop").symlink_to("loop/x")
    objects = FolderObjects(root)
    for use in (objects.read, objects.path, lambda key: objects.put(key, b"x")):
        with pytest.raises((Unavailable, NotFound, Conflict)):
            use(key)
    assert list(objects.keys("")) == []
    assert [path.name for path in outside.rglob("*")] == ["secret"]
    assert (outside / "secret").read_bytes() == b"secret"


def test_the_folder_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to("disk")
    objects = FolderObjects(tmp_path / "root")
    objects.put("a", b"x")
    assert objects.read("a") == b"x"


def test_files_that_no_key_names_are_not_listed(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a", b"x")
    (tmp_path / "not a key").write_bytes(b"x")
    (tmp_path / "~incoming" / "left").write_bytes(b"x")
    assert list(objects.keys("")) == ["a"]


@pytest.mark.parametrize("if_absent", [False, True])
@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a", "a/b/c")])
def test_no_object_is_in_another(tmp_path: Path, first: str, second: str, if_absent: bool) -> None:
    objects = FolderObjects(tmp_path)
    objects.put(first, b"first")
    with pytest.raises(Conflict):
        objects.put(second, b"second", if_absent=if_absent)
    assert list(objects.keys("")) == [first]
    assert list((tmp_path / "~incoming").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_with_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="object 'a'"):
        FolderObjects(tmp_path / "file" / "objects").put("a", b"x")


def test_a_store_that_was_never_written_to_is_empty(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "none")
    assert list(objects.keys("")) == []
    assert not objects.exists("a")
    assert not (tmp_path / "none").exists()
