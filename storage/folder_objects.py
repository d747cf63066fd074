"""The folder that keeps objects as files."""

import errno
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import Conflict, NoRoom, NotFound, Unavailable
from storage.objects import SEGMENT, Entry, Objects, checked_key, checked_prefix

# "~" cannot be in a key, so no key names what is in here and no listing shows it.
_INCOMING = "~incoming"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# Another file system, one without hard links, one that refuses them for files of others, or too many.
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})


class FolderObjects(Objects):
    """Objects as files of a folder, which is made when first written to. Symbolic links in it are refused.

    Of two keys one cannot be a folder of the other: putting the second raises Conflict.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    def path(self, key: str) -> Path:
        """The file of an object, for a server that answers files. Raises NotFound."""
        place = self._place(key)
        if not _is_object(place, key):
            raise NotFound(f"no object {key!r}")
        return place

    def put_file(self, key: str, path: Path) -> None:
        """See Objects. Takes the file by hard link where it can."""
        place = self._place(key)
        with _told(key), self._incoming() as incoming:
            _link_or_copy(path.resolve(strict=True), incoming)
            _make_folder(place)
            incoming.replace(place)

    def put(self, key: str, data: bytes, *, if_absent: bool = False) -> bool:
        """See Objects. A put with `if_absent` has reached the disk when it returns True."""
        place = self._place(key)
        with _told(key):
            if if_absent and place.is_file():
                return False
            with self._incoming() as incoming:
                _write(incoming, lambda descriptor: _write_all(descriptor, data))
                _make_folder(place)
                if if_absent:
                    return _publish(incoming, place)
                incoming.replace(place)
                return True

    def read(self, key: str) -> bytes:
        """See Objects."""
        place = self._place(key)
        with _told(key):
            try:
                return place.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                raise NotFound(f"no object {key!r}") from None

    def exists(self, key: str) -> bool:
        """See Objects."""
        return _is_object(self._place(key), key)

    def keys(self, prefix: str) -> Iterator[str]:
        """See Objects. Links, and files whose names are not keys, are passed over."""
        folder = checked_prefix(prefix).rpartition("/")[0]
        if folder:
            self._place(folder)
        return _walk(self._root, f"{folder}/" if folder else "", prefix)

    def fetch(self, key: str, target: Path) -> None:
        """See Objects. By hard link where it can: the target must not be written to."""
        place = self._place(key)
        with _told(key):
            unfinished = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
            try:
                _link_or_copy(place, unfinished)
                unfinished.replace(target)
            except (FileNotFoundError, NotADirectoryError):
                if _is_object(place, key):
                    raise  # it is the target's folder that is not there
                raise NotFound(f"no object {key!r}") from None
            finally:
                unfinished.unlink(missing_ok=True)

    def entries(self, prefix: str) -> Iterator[Entry]:
        """See Objects. One that is deleted meanwhile is passed over."""
        for key in self.keys(prefix):
            with _told(key):
                try:
                    found = (self._root / key).lstat()
                except FileNotFoundError:
                    continue
            # A file put by hard link keeps its time of change; that of its inode is when it got this name.
            yield Entry(key, found.st_size, max(found.st_mtime, found.st_ctime))

    def delete(self, key: str) -> None:
        """See Objects. Folders stay: one that is empty may be about to be written to."""
        place = self._place(key)
        if _is_object(place, key):
            with _told(key):
                place.unlink(missing_ok=True)

    def unfinished(self) -> Iterator[Entry]:
        """Files that a killed put left, or that are being put now, each under its name."""
        with _told(_INCOMING):
            try:
                paths = sorted((self._root / _INCOMING).iterdir())
            except FileNotFoundError:
                return
        for path in paths:
            with _told(_INCOMING), suppress(FileNotFoundError):  # it is put in place just now
                found = path.lstat()
                if stat.S_ISREG(found.st_mode):
                    yield Entry(path.name, found.st_size, max(found.st_mtime, found.st_ctime))

    def discard_unfinished(self, name: str) -> None:
        """Remove one of them. Without one, nothing happens."""
        with _told(_INCOMING):
            (self._root / _INCOMING / checked_key(name)).unlink(missing_ok=True)

    def _place(self, key: str) -> Path:
        """Where the object of `key` is or would be: in the root, with no link on the way."""
        place = self._root / checked_key(key)
        if os.path.realpath(place) != str(place):
            raise Unavailable(f"object {key!r}: there is a symbolic link on the way to it")
        return place

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A name for a file that nobody sees, in the root's file system; free again afterwards."""
        folder = self._root / _INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink():
            raise Unavailable(f"objects: {folder} is a symbolic link")
        incoming = folder / uuid.uuid4().hex
        try:
            yield incoming
        finally:
            # Even after a replace: renaming onto another link of the same file leaves both names (POSIX).
            incoming.unlink(missing_ok=True)


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Tell an error of the file system in our own words."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(f"no room for object {key!r}: {error.strerror}") from error
        raise Unavailable(f"object {key!r}: {error.strerror or error}") from error


def _is_object(place: Path, key: str) -> bool:
    with _told(key):
        try:
            return stat.S_ISREG(place.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False


def _make_folder(place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Conflict(f"{place.name!r} cannot be in {place.parent.name!r}: an object has its name") from None
    if place.is_dir():
        raise Conflict(f"{place.name!r} cannot be an object: other objects are in a folder of its name")


def _publish(incoming: Path, place: Path) -> bool:
    try:
        # Unlike a rename, a link never replaces: one winner, by the file system's word.
        os.link(incoming, place)
    except FileExistsError:
        return False
    # The journals of ext4, xfs and APFS keep order: this also makes all earlier names last, so that a
    # record that survives a power cut has the segments put before it.
    _sync(place.parent)
    return True


def _link_or_copy(source: Path, incoming: Path) -> None:
    try:
        os.link(source, incoming)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        _write(incoming, lambda descriptor: _copy_all(descriptor, source))
    else:
        _sync(source)


def _write(path: Path, fill: Callable[[int], None]) -> None:
    # Readable by whom the umask lets, as a web server may answer the file; a mkstemp file would not be.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        fill(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copy_all(descriptor: int, source: Path) -> None:
    with source.open("rb") as reader, open(descriptor, "wb", closefd=False) as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(root: Path, folder: str, prefix: str) -> Iterator[str]:
    """The keys in `folder` ("" or "a/b/") that start with `prefix`, depth first in byte order."""
    for name in _names(root, folder):
        key = folder + name
        if not name.endswith("/"):
            if key.startswith(prefix):
                yield key
        elif key.startswith(prefix) or prefix.startswith(key):
            yield from _walk(root, key, prefix)


def _names(root: Path, folder: str) -> list[str]:
    with _told(folder):
        try:
            with os.scandir(root / folder) as entries:
                # "/" sorts between "." and "0": a folder's place among files is that of its keys.
                return sorted(
                    entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
                    for entry in entries
                    if SEGMENT.fullmatch(entry.name) and not entry.is_symlink()
                )
        except (FileNotFoundError, NotADirectoryError):
            return []
