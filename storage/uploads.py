"""Uploads: files on their way into the store, in parts that may come in any order, and twice.

All that is known of an upload is in the store, so any server answers any request of it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.keys import UPLOADS, checked_upload, upload_key, upload_record_key
from storage.objects import Objects
from storage.record import first_fault
from storage.upload_records import Part, Stray, Target, Upload, Wish, checked_file_name, part_size

ABANDONED_S = 48 * 3600  # after the last activity
# By then a job has had its time; until then it can be tried again, and a file is known without being sent again.
COMPLETE_KEPT_S = 14 * 86_400
_SHOWN = 10

_log = logging.getLogger("streamsync.uploads")


class Unreadable(Unavailable):
    """The record of an upload is none."""


class PartStore(Protocol):
    """Where parts are until all are there. Blocks; safe to share between threads. Raises Unavailable."""

    def begin(self, upload: str, size_bytes: int) -> str:
        """Make room for the parts; the place to find them by. Raises NoRoom."""
        ...

    def parts(self, upload: Upload) -> tuple[Part, ...]:
        """The parts that are there, whole, by number. Raises NotFound when the place is gone."""
        ...

    def targets(self, upload: Upload, parts: Sequence[Part], now_ms: int) -> tuple[Target, ...]:
        """Where to PUT these parts within the next quarter of an hour."""
        ...

    def join(self, upload: Upload, parts: Sequence[Part]) -> None:
        """Make the parts the object `upload_key`. Raises NotFound when the place is gone."""
        ...

    def discard(self, upload: str, place: str) -> None:
        """Remove the parts. Without any, nothing happens."""
        ...

    def strays(self) -> Iterator[Stray]:
        """All places that have not been joined."""
        ...

    def touched_s(self, upload: str, place: str) -> float:
        """When a part last came, Unix seconds; 0 when none did."""
        ...


class Expired(NamedTuple):
    """Something of an upload that nobody goes on with. `size_bytes`: what is known of it, parts not counted."""

    name: str
    size_bytes: int
    remove: Callable[[], None]


class Uploads:
    """The uploads of a store. Blocks: async callers use threads. Every method raises Unavailable."""

    def __init__(self, objects: Objects, store: PartStore) -> None:
        self._objects = objects
        self.store = store

    def create(self, wish: Wish, now_ms: int) -> Upload:
        """The upload of this file: a new one, or the one that is under way. Raises BadInput, NoRoom."""
        checked_file_name(wish.name)
        try:
            known = self.upload(wish.upload)
            if known.sha256 is not None or self._is_there(known):
                return known
            # A lifecycle rule of the bucket, perhaps. Whoever else does the same at once begins anew with us.
            self._objects.delete(upload_record_key(known.id))
        except NotFound:
            pass
        made = Upload(
            id=wish.upload,
            name=wish.name,
            title=wish.title,
            priority=wish.priority,
            size_bytes=wish.size_bytes,
            part_size_bytes=part_size(wish.size_bytes),
            created_ms=now_ms,
            place=self.store.begin(wish.upload, wish.size_bytes),
        )
        if self._objects.put(upload_record_key(made.id), made.model_dump_json().encode(), if_absent=True):
            return made
        winner = self.upload(made.id)
        if winner.place != made.place:
            self.store.discard(made.id, made.place)
        return winner

    def upload(self, upload: str) -> Upload:
        """An upload. Raises BadInput, NotFound."""
        try:
            return Upload.model_validate_json(self._objects.read(upload_record_key(checked_upload(upload))))
        except NotFound:
            raise NotFound(f"no upload {upload!r}: it was never begun, was removed, or has expired") from None
        except ValidationError as error:
            raise Unreadable(f"the record of upload {upload!r} cannot be read: {first_fault(error)}") from None

    def uploads(self, after: str, limit: int) -> tuple[Upload, ...]:
        """The next `limit` uploads by id, from behind `after` ("" is before all); fewer: there are no more."""
        found = (key.removeprefix(UPLOADS).removesuffix(".json") for key in self._records())
        # One that cannot be read takes no other's place, or a page would seem to be the last.
        kept = (self._readable(upload) for upload in found if upload > after)
        return tuple(islice((upload for upload in kept if upload is not None), limit))

    def parts(self, upload: Upload) -> tuple[Part, ...]:
        """The parts that need not be sent again; none of one that is complete."""
        if upload.sha256 is not None:
            return ()
        try:
            return self.store.parts(upload)
        except NotFound:
            if self.is_whole(upload):
                return ()
            raise

    def is_whole(self, upload: Upload) -> bool:
        """Whether the source is there as an object."""
        return self._objects.exists(upload_key(upload.id))

    def targets(self, upload: Upload, parts: Sequence[Part], now_ms: int) -> tuple[Target, ...]:
        """Where to PUT these parts. Raises BadInput for a part that is none, Conflict when it is complete."""
        if upload.sha256 is not None:
            raise Conflict(f"upload {upload.id} is complete: it takes no more parts")
        for part in parts:
            upload.part_bytes(part.number)
        return self.store.targets(upload, parts, now_ms)

    def complete(self, upload: Upload, sha256: str) -> Upload:
        """Make the parts one object; safe to repeat. Raises Conflict naming what is missing."""
        if upload.sha256 is not None:
            if upload.sha256 != sha256:
                raise Conflict(f"upload {upload.id} is complete, with other bytes: its SHA-256 is {upload.sha256}")
            return upload
        try:
            parts = self.store.parts(upload)
            _check_all_there(upload, parts)
            # Noted first: whoever finds them put together, but not said to be complete, knows what they should be.
            if upload.declared != sha256:
                upload = self.renew(upload.model_copy(update={"declared": sha256}))
            self.store.join(upload, parts)
        except (NotFound, Conflict):
            # Joined by another request: one beside this, or one whose answer or whose last line below was lost.
            if not self.is_whole(upload):
                raise
        return self.renew(upload.model_copy(update={"declared": sha256, "sha256": sha256}))

    def renew(self, upload: Upload) -> Upload:
        """Write what is known of an upload, which is kept from now on; the same upload."""
        self._objects.put(upload_record_key(upload.id), upload.model_dump_json().encode())
        return upload

    def whole(self) -> Iterator[tuple[Upload, float]]:
        """The uploads whose source is there as an object, each with when its record was written (Unix seconds)."""
        entries = {entry.key: entry for entry in self._objects.entries(UPLOADS)}
        for key in entries:
            record = entries.get(f"{key}.json")
            found = None if record is None else self._readable(key.removeprefix(UPLOADS))
            if record is not None and found is not None:
                yield found, record.modified_s

    def packaged(self, upload: Upload) -> None:
        """Remove the source of an upload that is an asset; the record stays for whoever sends the file again."""
        self._objects.delete(upload_key(upload.id))

    def delete(self, upload: Upload) -> None:
        """Remove an upload with all that there is of it; what is on its way into it is lost."""
        self.store.discard(upload.id, upload.place)
        self._objects.delete(upload_key(upload.id))
        self._objects.delete(upload_record_key(upload.id))

    def expire(self, now_s: float) -> int:
        """Remove what nobody goes on with; how many. Cheap; several may do it at once."""
        gone = 0
        for one in self.expired(now_s):
            one.remove()
            gone += 1
        return gone

    def expired(self, now_s: float) -> Iterator[Expired]:
        """What nobody goes on with; nothing of an upload whose record cannot be read."""
        entries = {entry.key: entry for entry in self._objects.entries(UPLOADS)}
        for key, entry in entries.items():
            if now_s - entry.modified_s <= ABANDONED_S:
                continue
            if key.endswith(".json"):
                upload = key.removeprefix(UPLOADS).removesuffix(".json")
                found = self._expired(upload, entry.modified_s, now_s, whole=upload_key(upload) in entries)
                if found is not None:
                    source = entries.get(upload_key(upload), entry)
                    yield Expired(upload, source.size_bytes, partial(self.delete, found))
            elif f"{key}.json" not in entries:
                yield Expired(key, entry.size_bytes, partial(self._objects.delete, key))
        for stray in self.store.strays():
            touched_s = max(stray.begun_s, self.store.touched_s(stray.upload, stray.place))
            if now_s - touched_s > ABANDONED_S and not self._is_known(stray):
                yield Expired(f"parts of {stray.upload}", 0, partial(self.store.discard, stray.upload, stray.place))

    def _readable(self, upload: str) -> Upload | None:
        """An upload, unless it was removed meanwhile, or its record is none: others are not to wait for that."""
        try:
            return self.upload(upload)
        except (BadInput, NotFound):  # a file of somebody else's is no upload either
            return None
        except Unreadable as error:
            _log.warning("event=unreadable upload=%s record=%s why=%s", upload, upload_record_key(upload), error)
            return None

    def _expired(self, upload: str, modified_s: float, now_s: float, *, whole: bool) -> Upload | None:
        found = self._readable(upload)
        if found is None:
            return None
        if whole or found.sha256 is not None:
            keep = now_s - modified_s <= COMPLETE_KEPT_S
        else:
            keep = now_s - self.store.touched_s(upload, found.place) <= ABANDONED_S
        return None if keep else found

    def _is_known(self, stray: Stray) -> bool:
        try:
            found = self.upload(stray.upload)
        except NotFound:
            return False
        except Unreadable:
            return True  # as far as anybody can say
        return found.place == stray.place and found.sha256 is None

    def _is_there(self, upload: Upload) -> bool:
        try:
            self.parts(upload)
        except NotFound:
            return False
        return True

    def _records(self) -> Iterator[str]:
        return (key for key in self._objects.keys(UPLOADS) if key.endswith(".json"))


def _check_all_there(upload: Upload, parts: Sequence[Part]) -> None:
    missing = sorted(set(range(1, upload.parts + 1)) - {part.number for part in parts})
    if missing:
        shown = ", ".join(map(str, missing[:_SHOWN])) + (", ..." if len(missing) > _SHOWN else "")
        raise Conflict(f"upload {upload.id}: {len(missing)} of {upload.parts} parts are missing: {shown}")
