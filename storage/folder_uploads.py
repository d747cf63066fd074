"""Parts in a folder: one sparse file for each upload, which becomes the object by a rename, and a journal beside it.

A part is received beside the file, checked, and only then copied to its place and noted in the journal, so what is
noted is sound: whatever is sent again, by two at once, or cut off. The copy is of pages still in memory.
"""

import base64
import errno
import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from storage import part_urls
from storage.errors import BadInput, Conflict, NoRoom, NotFound, Unavailable
from storage.folder_key import folder_key
from storage.keys import checked_upload, upload_key
from storage.part_journal import Journal
from storage.upload_records import Part, Stray, Target, Upload

# As "~incoming", and in the same file system: no key names what is in here.
_FOLDER = "~uploads"
_DATA, _JOURNAL, _GONE = "data", "journal", "~"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOCK_S, _AGAIN_S = 30.0, 0.01
_COPY_BYTES = 1 << 20


class FolderParts:
    """Parts as a PartStore keeps them, for uploads to our own server. The folder's key signs their URLs."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))

    def begin(self, upload: str, size_bytes: int) -> str:
        """See PartStore. Room is asked for at once, not after hours, but not taken: the file is sparse."""
        folder = self._folder(upload)
        with _told(upload):
            folder.mkdir(parents=True, exist_ok=True)
            room = os.statvfs(folder)
            if room.f_bavail * room.f_frsize < size_bytes:
                raise NoRoom(f"no room for an upload of {size_bytes} bytes")
            descriptor = os.open(folder / _DATA, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
            try:
                os.ftruncate(descriptor, size_bytes)
            finally:
                os.close(descriptor)
        return ""

    def parts(self, upload: Upload) -> tuple[Part, ...]:
        """See PartStore."""
        folder = self._folder(upload.id)
        with _told(upload.id):
            if not (folder / _DATA).is_file():
                raise NotFound(f"upload {upload.id} has no parts any more")
            return Journal(folder / _JOURNAL).parts()

    def targets(self, upload: Upload, parts: Sequence[Part], now_ms: int) -> tuple[Target, ...]:
        """See PartStore. URLs of this server, whose name we do not know. Raises Unavailable if there is no key."""
        key, expires_s = folder_key(self._root), now_ms // 1000 + part_urls.LIFE_S
        return tuple(
            Target(
                part.number,
                part_urls.url(key, upload.id, part, upload.part_bytes(part.number), expires_s),
                {"Content-MD5": base64.b64encode(bytes.fromhex(part.md5)).decode()},
            )
            for part in parts
        )

    def is_signed(self, upload: str, part: Part, length: int, expires_s: int, signature: str) -> bool:
        """Whether a URL that came back is one of `targets`."""
        return part_urls.is_signed(folder_key(self._root), upload, part, length, expires_s, signature)

    @contextmanager
    def receiving(self, upload: Upload, part: Part) -> Iterator["Receiving"]:
        """Receives the bytes of a part. Raises NoRoom, Conflict when the upload is complete meanwhile."""
        folder = self._folder(upload.id)
        incoming = folder / f"{_GONE}{uuid.uuid4().hex}"
        with _told(upload.id):
            try:
                descriptor = os.open(incoming, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:
                raise _complete_or_gone(upload.id) from None
        try:
            # Without a name from the start: whatever ends us, nothing is left of it.
            incoming.unlink(missing_ok=True)
            yield Receiving(folder, upload, part, descriptor)
        finally:
            os.close(descriptor)

    def join(self, upload: Upload, parts: Sequence[Part]) -> None:
        """See PartStore. By a rename, so it takes no longer for 50 GB."""
        folder, place = self._folder(upload.id), self._root / upload_key(upload.id)
        with _told(upload.id):
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.realpath(place) != str(place):
                raise Unavailable(f"upload {upload.id}: there is a symbolic link on the way to its object")
            with _locked(folder / _DATA, upload.id):
                if Journal(folder / _JOURNAL).parts() != tuple(parts):
                    raise Conflict(f"upload {upload.id}: parts came while it was being completed; complete it again")
                (folder / _DATA).replace(place)
                _sync(place.parent)
            _remove(folder)

    def discard(self, upload: str, place: str) -> None:
        """See PartStore."""
        del place  # the id is all it takes
        with _told(upload):
            _remove(self._folder(upload))

    def strays(self) -> Iterator[Stray]:
        """See PartStore. What a killed removal left goes now."""
        with _told("list"):
            for folder in self._listed():
                if folder.name.startswith(_GONE):
                    shutil.rmtree(folder, ignore_errors=True)
                else:
                    with suppress(FileNotFoundError):  # removed meanwhile
                        yield Stray(folder.name, "", folder.stat().st_mtime)

    def touched_s(self, upload: str, place: str) -> float:
        """See PartStore."""
        del place
        with _told(upload):
            try:
                return (self._folder(upload) / _JOURNAL).stat().st_mtime
            except FileNotFoundError:
                return 0.0

    def _listed(self) -> list[Path]:
        folder = self._root / _FOLDER
        return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []

    def _folder(self, upload: str) -> Path:
        folder = self._root / _FOLDER / checked_upload(upload)
        if os.path.realpath(folder) != str(folder):
            raise Unavailable(f"upload {upload}: there is a symbolic link on the way to its parts")
        return folder


class Receiving:
    """A part on its way in."""

    def __init__(self, folder: Path, upload: Upload, part: Part, descriptor: int) -> None:
        self._folder = folder
        self._upload = upload
        self.part = part
        self._descriptor = descriptor
        self._digest = hashlib.md5(usedforsecurity=False)
        self._bytes = 0
        self._due = upload.part_bytes(part.number)

    def write(self, data: bytes) -> None:
        """Take some bytes. Raises BadInput beyond the part's length, NoRoom."""
        self._bytes += len(data)
        if self._bytes > self._due:
            raise BadInput(f"part {self.part.number}: it is longer than its {self._due} bytes")
        self._digest.update(data)
        with _told(self._upload.id):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def keep(self) -> None:
        """All bytes are here: put them to their place. Raises BadInput if they are not what was promised."""
        if self._bytes < self._due:
            raise BadInput(f"part {self.part.number}: {self._bytes} of its {self._due} bytes came")
        if self._digest.hexdigest() != self.part.md5:
            raise BadInput(f"part {self.part.number}: its bytes were changed on the way: send it again")
        with _told(self._upload.id), _locked(self._folder / _DATA, self._upload.id) as data:
            journal = Journal(self._folder / _JOURNAL)
            kept = {part.number: part for part in journal.parts()}.get(self.part.number)
            if kept == self.part:
                return
            if kept is not None:
                journal.void(self.part.number)
            _copy(self._descriptor, data, (self.part.number - 1) * self._upload.part_size_bytes, self._due)
            os.fdatasync(data)
            journal.note(self.part)


@contextmanager
def _locked(data: Path, upload: str) -> Iterator[int]:
    """The data file, held against all who would write to it or rename it. Raises Conflict when it is complete."""
    try:
        descriptor = os.open(data, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise _complete_or_gone(upload) from None
    try:
        deadline = time.monotonic() + _LOCK_S
        while not _is_ours(descriptor):
            if time.monotonic() > deadline:
                raise Unavailable(f"upload {upload}: its file is locked")
            time.sleep(_AGAIN_S)
        try:
            same = os.path.samestat(os.fstat(descriptor), data.lstat())
        except FileNotFoundError:
            same = False
        if not same:
            raise _complete_or_gone(upload)
        yield descriptor
    finally:
        os.close(descriptor)


def _is_ours(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _complete_or_gone(upload: str) -> Conflict:
    return Conflict(f"upload {upload} takes no more parts: it is complete, or was removed")


def _copy(source: int, target: int, offset: int, length: int) -> None:
    done = 0
    while done < length:
        data = os.pread(source, min(_COPY_BYTES, length - done), done)
        if not data:
            raise Unavailable("a part that was received cannot be read back")
        rest = memoryview(data)
        while rest:
            written = os.pwrite(target, rest, offset + done)
            done += written
            rest = rest[written:]


def _remove(folder: Path) -> None:
    """Remove a folder for whoever looks at once, whatever writes into it still."""
    gone = folder.with_name(f"{_GONE}{uuid.uuid4().hex}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(upload: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(f"no room for upload {upload}: {error.strerror}") from error
        raise Unavailable(f"upload {upload}: {error.strerror or error}") from error
