"""Garbage: objects that nothing will ever list, found in one walk over the sorted listings, in bounded memory.

Nothing is garbage that was touched within GRACE_S, or whose packaging is under way or can be gone on with. What is
found is looked at again when it is deleted, object by object: a packaging that begins meanwhile loses nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from math import inf

from storage import asset_states, keys
from storage.completeness import missing
from storage.errors import BadInput, Unavailable
from storage.folder_objects import FolderObjects
from storage.media_removal import Freed, delete_all
from storage.objects import Entry, Objects
from storage.uploads import Uploads

GRACE_S = 24 * 3600.0
_RECHECK = 50  # objects are deleted between two looks at whether they are garbage still

Check = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something of no use. `deletable`: not what somebody has to look at."""

    kind: str
    name: str
    why: str
    objects: int = 1
    size_bytes: int = 0
    deletable: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What the object store does not know itself. The functions block.

    `busy`: whether an asset's packaging is under way, or failed and can be gone on with. `referred`: those of the
    deleted assets that a channel or lineup names; None: nobody can tell. `forget`: remove an asset's last traces.
    `planned`: the versions of the plans that a channel names; None: likewise.
    """

    now_s: float
    busy: Callable[[str], bool]
    referred: Callable[[set[str]], set[str] | None]
    forget: Callable[[str], None]
    planned: Callable[[str], set[int] | None] = lambda channel: None


class Collector:
    """Finds garbage, and removes it."""

    def __init__(self, objects: Objects, uploads: Uploads, facts: Facts) -> None:
        self._objects = objects
        self._uploads = uploads
        self._facts = facts
        self._until_s = facts.now_s - GRACE_S

    def find(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """All garbage, each with what removes it."""
        yield from self._media()
        yield from self._work()
        yield from self._records()
        yield from self._marks()
        yield from self._metadata()
        yield from self._plans()
        for expired in self._uploads.expired(self._facts.now_s):
            found = Garbage("upload", expired.name, "nobody goes on with it", size_bytes=expired.size_bytes)
            yield found, partial(_freed, found, expired.remove)
        if isinstance(self._objects, FolderObjects):
            for entry in self._objects.unfinished():
                if entry.modified_s <= self._until_s:
                    why = "a put that was killed left it"
                    found = Garbage("unfinished", entry.key, why, size_bytes=entry.size_bytes)
                    yield found, partial(_freed, found, partial(self._objects.discard_unfinished, entry.key))

    def _media(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """Groups of objects without a record, and records whose objects are missing."""
        recorded = _Names(self._objects.keys(keys.RECORDS))
        for asset, entries in _groups(self._objects, keys.ASSETS):
            if recorded.has(asset) and not self._is_deleted(asset):
                yield from self._incomplete(asset, entries)
            else:
                why = "it was deleted" if recorded.has(asset) else "no record names it: a packaging was not finished"
                kind = "deleted" if recorded.has(asset) else "orphan"
                prefix = keys.asset_prefix(asset)
                yield from self._group(kind, asset, prefix, entries, why, partial(self._is_gone, asset))

    def _work(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """Intermediates whose packaging has ended."""
        for asset, entries in _groups(self._objects, keys.WORK):
            prefix, why = keys.work_prefix(asset), "its packaging has ended"
            yield from self._group("work", asset, prefix, entries, why, partial(self._is_idle, asset))

    def _group(
        self, kind: str, asset: str, prefix: str, entries: Iterable[Entry], why: str, check: Check
    ) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        count = size_bytes = 0
        newest_s = -inf
        for entry in entries:
            count, size_bytes = count + 1, size_bytes + entry.size_bytes
            newest_s = max(newest_s, entry.modified_s)
        if newest_s <= self._until_s and check():
            yield Garbage(kind, asset, why, count, size_bytes), partial(self._delete, prefix, check)

    def _incomplete(self, asset: str, entries: Iterable[Entry]) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        try:
            record = asset_states.stored_record(self._objects, asset)
        except Unavailable as error:
            yield Garbage("damaged", asset, str(error), deletable=False), Freed
            return
        absent = missing(record, (entry.key for entry in entries)) if record else 0
        if absent:
            why = f"{absent} of its segments are missing"
            yield Garbage("incomplete", asset, why, absent, deletable=False), Freed

    def _records(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """Records of deleted assets that nothing refers to, and of others without a single object."""
        tombstones = []
        for asset in _Names(self._objects.keys(keys.RECORDS)):
            empty = next(iter(self._objects.keys(keys.asset_prefix(asset))), None) is None
            if empty and self._is_deleted(asset):
                tombstones.append(asset)
            elif empty and self._objects.exists(keys.record_key(asset)):
                yield Garbage("incomplete", asset, "all its segments are missing", 0, deletable=False), Freed
        yield from self._forgettable("record", tombstones, "it was deleted, and nothing refers to it")

    def _marks(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """Marks of assets that there is no record of."""
        recorded, marks = _Names(self._objects.keys(keys.RECORDS)), _Names(self._objects.keys(keys.STATES))
        alone = [asset for asset in marks if not recorded.has(asset)]
        yield from self._forgettable("mark", alone, "there is no record of the asset")

    def _metadata(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """What is said of assets that there is no record of."""
        recorded = _Names(self._objects.keys(keys.RECORDS))
        for entry in self._objects.entries(keys.METADATA):
            asset = entry.key.removeprefix(keys.METADATA).removesuffix(".json")
            alone = _is_asset(asset) and not recorded.has(asset)
            if alone and entry.modified_s <= self._until_s and self._is_gone(asset):
                found = Garbage("metadata", asset, "there is no record of the asset", 1, entry.size_bytes)
                yield found, partial(_freed, found, partial(self._objects.delete, entry.key))

    def _plans(self) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        """Plans that no channel names: not published, or of an earlier run. A file of `drafts` is one of its own."""
        entries = self._objects.entries(keys.PLANS)
        for (channel, version, prefix), group in groupby(entries, lambda entry: keys.plan_of(entry.key)):
            if version:
                why = "no channel names it"
                check = partial(self._is_unplanned, channel, version)
                yield from self._group("plan", f"{channel} {version}", prefix, group, why, check)

    def _is_unplanned(self, channel: str, version: int) -> bool:
        named = self._facts.planned(channel)
        return named is not None and version not in named

    def _forgettable(self, kind: str, assets: list[str], why: str) -> Iterator[tuple[Garbage, Callable[[], Freed]]]:
        needed = self._facts.referred(set(assets)) if assets else set()
        for asset in assets:
            old = self._marked_s(asset) <= self._until_s
            if needed is not None and asset not in needed and old and self._is_gone(asset):
                found = Garbage(kind, asset, why)
                yield found, partial(_freed, found, partial(self._facts.forget, asset))

    def _delete(self, prefix: str, check: Check) -> Freed:
        """Delete what is under a prefix and old, for as long as it is garbage."""
        old = (entry for entry in self._objects.entries(prefix) if entry.modified_s <= self._until_s)
        freed = Freed()
        while check() and (some := list(islice(old, _RECHECK))):
            done = delete_all(self._objects, some, lambda _: None)
            freed = Freed(freed.objects + done.objects, freed.size_bytes + done.size_bytes)
        return freed

    def _is_gone(self, asset: str) -> bool:
        """Whether there is no such asset, and none in the making."""
        return self._is_idle(asset) and (not self._objects.exists(keys.record_key(asset)) or self._is_deleted(asset))

    def _is_idle(self, asset: str) -> bool:
        return not self._facts.busy(asset)

    def _is_deleted(self, asset: str) -> bool:
        try:
            return asset_states.is_deleted(self._objects, asset)
        except Unavailable:
            return False  # nobody knows what the mark says

    def _marked_s(self, asset: str) -> float:
        try:
            state = asset_states.state_of(self._objects, asset)
            return state.at_s if state is not None else inf
        except Unavailable:
            return inf


class _Names:
    """The assets that a sorted listing has a `{asset}.json` of, in step with another sorted listing."""

    def __init__(self, listing: Iterable[str]) -> None:
        self._names = filter(_is_asset, (key.rpartition("/")[2].removesuffix(".json") for key in listing))
        self._next = next(self._names, None)

    def __iter__(self) -> Iterator[str]:
        while self._next is not None:
            name, self._next = self._next, next(self._names, None)
            yield name

    def has(self, asset: str) -> bool:
        """Whether it is in the listing; asked in ascending order."""
        while self._next is not None and self._next < asset:
            self._next = next(self._names, None)
        return self._next == asset


def _groups(objects: Objects, prefix: str) -> Iterator[tuple[str, Iterable[Entry]]]:
    """The objects under a prefix, asset by asset; what is not an asset's is passed over."""
    for asset, entries in groupby(objects.entries(prefix), lambda entry: entry.key.split("/")[1]):
        if _is_asset(asset):
            yield asset, entries


def _is_asset(name: str) -> bool:
    try:
        return keys.checked_asset(name) == name
    except BadInput:
        return False


def _freed(found: Garbage, remove: Callable[[], None]) -> Freed:
    remove()
    return Freed(found.objects, found.size_bytes)
