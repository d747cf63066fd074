"""Uploads in a store: what expires, and what a folder does beside."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.folder_objects import FolderObjects
from storage.folder_uploads import FolderParts
from storage.part_journal import Journal
from storage.settings import Settings
from storage.stores import uploads as uploads_of
from storage.upload_records import MOST_PARTS, PART_BYTES, SIZE_LIMIT, Part, Upload, Wish, part_size
from storage.uploads import ABANDONED_S, COMPLETE_KEPT_S, Uploads
from tests.storage.children import ENVIRONMENT

DATA = b"0123456789" * 100


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def wish(size: int = len(DATA), mark: str = "0") -> Wish:
    return Wish(name="film.mp4", title="film", fingerprint=mark * 64, size_bytes=size, priority=5)


def send(parts: FolderParts, upload: Upload, number: int, data: bytes, promised: bytes | None = None) -> None:
    part = Part(number=number, md5=md5(data if promised is None else promised))
    with parts.receiving(upload, part) as receiving:
        receiving.write(data)
        receiving.keep()


@pytest.fixture
def parts(tmp_path: Path) -> FolderParts:
    return FolderParts(tmp_path / "objects")


@pytest.fixture
def uploads(tmp_path: Path, parts: FolderParts) -> Uploads:
    return Uploads(FolderObjects(tmp_path / "objects"), parts)


@pytest.mark.parametrize("size", [1, PART_BYTES, PART_BYTES * MOST_PARTS, PART_BYTES * MOST_PARTS + 1, SIZE_LIMIT])
def test_there_are_never_more_parts_than_s3_takes(size: int) -> None:
    length = part_size(size)
    assert length >= PART_BYTES
    assert length % (1 << 20) == 0
    assert -(-size // length) <= MOST_PARTS


def test_a_record_that_is_none_ends_no_list_of_uploads(uploads: Uploads, tmp_path: Path) -> None:
    made = sorted(uploads.create(wish(mark=mark), 0).id for mark in "012345")
    for broken in (made[1], made[5]):
        (tmp_path / "objects" / "uploads" / f"{broken}.json").write_text("{")
    seen, page = [], uploads.uploads("", 2)
    while page:
        seen.append([one.id for one in page])
        page = uploads.uploads(page[-1].id, 2) if len(page) == 2 else ()
    assert seen == [[made[0], made[2]], [made[3], made[4]]]


def test_a_file_of_somebody_else_s_beside_the_records_is_passed_over(uploads: Uploads, tmp_path: Path) -> None:
    upload = uploads.create(wish(), 0)
    stray = tmp_path / "objects" / "uploads" / "notes.json"
    stray.write_text("{}")
    os.utime(stray, (0, 0))
    assert uploads.uploads("", 10) == (upload,)
    assert uploads.expire(stray.with_name(f"{upload.id}.json").stat().st_mtime) == 0
    assert stray.exists()


def test_an_abandoned_upload_expires_two_days_after_its_last_part(uploads: Uploads, parts: FolderParts) -> None:
    upload = uploads.create(wish(2 * PART_BYTES), 0)
    begun_s = (parts._folder(upload.id) / "data").stat().st_mtime
    assert uploads.expire(begun_s + ABANDONED_S - 60) == 0
    send(parts, upload, 1, bytes(PART_BYTES))
    journal = parts._folder(upload.id) / "journal"
    os.utime(journal, (begun_s + 1000, begun_s + 1000))
    assert uploads.expire(begun_s + ABANDONED_S + 900) == 0
    assert uploads.expire(begun_s + ABANDONED_S + 1100) == 1
    with pytest.raises(NotFound, match="has expired"):
        uploads.upload(upload.id)
    assert list(parts.strays()) == []
    assert uploads.expire(begun_s + ABANDONED_S + 1100) == 0


def test_two_who_complete_it_at_once_are_both_told_that_it_is(uploads: Uploads, tmp_path: Path) -> None:
    class Late(FolderParts):
        """Another request is faster."""

        def join(self, upload: Upload, parts: Sequence[Part]) -> None:
            super().join(upload, parts)
            super().join(upload, parts)

    late = Late(tmp_path / "objects")
    upload = uploads.create(wish(), 0)
    with pytest.raises(Conflict, match="parts are missing: 1"):
        Uploads(FolderObjects(tmp_path / "objects"), late).complete(upload, "ab" * 32)
    send(late, upload, 1, DATA)
    done = Uploads(FolderObjects(tmp_path / "objects"), late).complete(upload, "ab" * 32)
    assert (done.sha256, uploads.is_whole(upload)) == ("ab" * 32, True)


def test_a_source_is_kept_as_long_as_a_job_may_want_it(uploads: Uploads, parts: FolderParts) -> None:
    upload = uploads.create(wish(), 0)
    send(parts, upload, 1, DATA)
    uploads.complete(upload, hashlib.sha256(DATA).hexdigest())
    now_s = os.path.getmtime(parts._root / "uploads" / f"{upload.id}.json")
    assert uploads.expire(now_s + COMPLETE_KEPT_S - 60) == 0
    assert uploads.is_whole(upload)
    assert uploads.expire(now_s + COMPLETE_KEPT_S + 60) == 1
    assert not uploads.is_whole(upload)


def test_parts_that_no_upload_knows_expire(uploads: Uploads, parts: FolderParts) -> None:
    """Killed between making room and saying so."""
    parts.begin("0" * 32, 100)
    now_s = next(parts.strays()).begun_s
    assert uploads.expire(now_s + ABANDONED_S - 60) == 0
    assert uploads.expire(now_s + ABANDONED_S + 60) == 1
    assert list(parts.strays()) == []


@pytest.mark.slow
def test_s3_s_multipart_uploads_that_no_upload_knows_expire(s3_url: str, tmp_path: Path) -> None:
    uploads = uploads_of(Settings(data=tmp_path, objects_url=s3_url))
    known = uploads.create(wish(), 0)
    uploads.store.begin("f" * 32, 100)
    now_s = max(stray.begun_s for stray in uploads.store.strays())
    assert uploads.expire(now_s + ABANDONED_S - 60) == 0
    assert len(list(uploads.store.strays())) == 2
    assert uploads.expire(now_s + ABANDONED_S + 60) == 2
    assert list(uploads.store.strays()) == []
    with pytest.raises(NotFound):
        uploads.upload(known.id)


def test_a_journal_that_was_cut_off_loses_its_last_line_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.note(Part(number=1, md5=md5(b"1")))
    journal.note(Part(number=2, md5=md5(b"2")))
    whole = (tmp_path / "journal").read_bytes()
    for length in range(40, len(whole)):
        (tmp_path / "journal").write_bytes(whole[:length])
        assert [part.number for part in journal.parts()] == [1]
        journal.note(Part(number=3, md5=md5(b"3")))
        assert [part.number for part in journal.parts()] == [1, 3]


def test_a_part_that_is_written_over_is_not_there_meanwhile(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.note(Part(number=1, md5=md5(b"1")))
    journal.void(1)
    assert journal.parts() == ()


def test_a_part_that_is_short_long_or_changed_leaves_nothing(uploads: Uploads, parts: FolderParts) -> None:
    upload = uploads.create(wish(), 0)
    for data, told in ((DATA[:-1], "999 of its 1000"), (DATA + b"x", "longer"), (b"x" + DATA[1:], "changed")):
        with pytest.raises(BadInput, match=told):
            send(parts, upload, 1, data, promised=DATA)
    assert parts.parts(upload) == ()
    assert {path.name for path in parts._folder(upload.id).iterdir()} == {"data"}


def test_what_comes_after_the_end_changes_nothing(uploads: Uploads, parts: FolderParts) -> None:
    upload = uploads.create(wish(), 0)
    send(parts, upload, 1, DATA)
    with parts.receiving(upload, Part(number=1, md5=md5(b"x" * 1000))) as late:
        late.write(b"x" * 1000)
        uploads.complete(upload, "0" * 64)
        with pytest.raises(Conflict, match="takes no more parts"):
            late.keep()
    assert (parts._root / "uploads" / upload.id).read_bytes() == DATA


def test_a_link_where_an_upload_would_be_is_refused(uploads: Uploads, parts: FolderParts, tmp_path: Path) -> None:
    upload = uploads.create(wish(), 0)
    folder = parts._folder(upload.id)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="symbolic link"):
        send(parts, upload, 1, DATA)


FULL = """
import sys
from pathlib import Path
from storage.errors import NoRoom
from tests.storage.test_uploads import *
parts = FolderParts(Path(sys.argv[1]))
uploads = Uploads(FolderObjects(Path(sys.argv[1])), parts)
try:
    uploads.create(wish(1 << 30, "1"), 0)
except NoRoom as error:
    print(error)
upload = uploads.create(wish(1 << 20), 0)
(Path(sys.argv[1]) / "filler").write_bytes(bytes(1_500_000))
try:
    send(parts, upload, 1, bytes(1 << 20))
except NoRoom as error:
    print("no room" in str(error), parts.parts(upload))
(Path(sys.argv[1]) / "filler").unlink()
send(parts, upload, 1, bytes(1 << 20))
print(len(parts.parts(upload)))
"""


def test_a_full_disk_is_told_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no `unshare` to mount a small disk with")
    spaces = [unshare, "-m"] if os.geteuid() == 0 else [unshare, "-rm"]
    mount = [*spaces, "sh", "-ec", 'mount -t tmpfs -o size=3m tmpfs "$0"; exec "$@"', str(disk)]
    if (probe := subprocess.run([*mount, "true"], capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"no small disk can be mounted here: {probe.stderr.strip()}")
    argv = [*mount, sys.executable, "-c", FULL, str(disk)]
    told = subprocess.run(argv, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert told.stderr == ""
    assert told.stdout.splitlines() == ["no room for an upload of 1073741824 bytes", "True ()", "1"]
