"""The verbs of profiles: what is known of viewers. They count from the next plan on.

An import looks at all rows before any is applied. Applying may be repeated: the same profile has the same version.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from pydantic import ValidationError

from manifest_server.admin.bulk_names import Names
from manifest_server.admin.profile_lines import profile_rows, written
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.keys import checked_asset, checked_name
from storage.metadata import mistake, tidy
from storage.profile_records import HISTORY_KEPT, ProfileRecord

TOLD_LIMIT = 100  # bad rows that are told of
TWICE_LIMIT = 10_000  # after so many that contradict others it is some other file
_BATCH = 500
_ATTEMPTS = 5

Lines = Callable[[], Iterable[bytes]]  # from the first on, as often as they are asked for


@dataclass(slots=True)
class ProfileImport:
    """What an import found and did. `bad`: the first of the bad rows, with why; `stored`: profiles that were."""

    rows: int = 0
    bad_rows: int = 0
    stored: int = 0
    applied: bool = False
    bad: dict[int, str] = field(default_factory=dict)


async def show_profile(catalogue: Catalogue, channel: str, viewer: str) -> ProfileRecord:
    """What is known of a viewer. Raises BadInput, NotFound."""
    await catalogue.channel(checked_name("channel", channel))
    found = await catalogue.profiles.of(channel, checked_name("viewer", viewer))
    if found is None:
        raise NotFound(f"nothing is known of viewer {viewer!r} of channel {channel!r}")
    return found


async def change_profile(
    catalogue: Catalogue, channel: str, viewer: str, changes: Mapping[str, object]
) -> ProfileRecord:
    """Know something else of a viewer. Of `likes` those that are named change, and None takes one back; anything else
    takes the place of what was known. Raises BadInput, NotFound, Conflict.
    """
    await catalogue.channel(checked_name("channel", channel))

    def changed(known: ProfileRecord) -> ProfileRecord:
        said = {**known.model_dump(), **changes}
        liked = changes.get("likes")
        if isinstance(liked, Mapping):
            tidied = {_tidied(tag): like for tag, like in liked.items()}
            likes = {**known.likes, **tidied}
            said["likes"] = {tag: like for tag, like in likes.items() if like is not None}
        try:
            return ProfileRecord.model_validate(said)
        except ValidationError as error:
            raise mistake(error, "profile") from None

    return await _replaced(catalogue, channel, viewer, changed)


async def note_watched(catalogue: Catalogue, channel: str, viewer: str, asset: str, part: float) -> ProfileRecord:
    """Know that a viewer has seen a part of an asset, from 0 to 1. Raises BadInput, NotFound, Conflict."""
    await catalogue.channel(checked_name("channel", channel))
    await catalogue.asset(checked_asset(asset))

    def changed(known: ProfileRecord) -> ProfileRecord:
        kept = [one for one in known.history if one[0] != asset][-HISTORY_KEPT + 1 :]
        try:
            return ProfileRecord.model_validate({**known.model_dump(), "history": (*kept, (asset, part))})
        except ValidationError as error:
            raise mistake(error, "part") from None

    return await _replaced(catalogue, channel, viewer, changed)


async def forget_profile(catalogue: Catalogue, channel: str, viewer: str) -> None:
    """Know nothing of a viewer any more. Safe to repeat. Raises BadInput, NotFound, Conflict."""
    await catalogue.channel(checked_name("channel", channel))
    for _ in range(_ATTEMPTS):
        known = await catalogue.profiles.of(channel, checked_name("viewer", viewer))
        if known is None:
            return
        try:
            await catalogue.profiles.replace(channel, viewer, known, None)
        except Conflict:
            continue
        return
    raise Conflict(f"the profile of viewer {viewer!r} keeps changing")


async def import_profiles(
    catalogue: Catalogue, channel: str, lines: Lines, *, skip_bad: bool = False
) -> ProfileImport:
    """Store the profiles of a file, in constant memory. Nothing is stored if a row is bad, unless those are skipped.

    A row is bad, too, that says something else of a viewer than one before. Viewers that no row names stay. Raises
    BadInput, NotFound, and Unavailable; what was stored by then stays, and it is safe to repeat.
    """
    await catalogue.channel(checked_name("channel", channel))
    done = ProfileImport()
    with closing(Names()) as names:
        for row in profile_rows(lines()):
            done.rows += 1
            if row.fault is None:
                names.says("viewer", row.viewer, row.profile.version << 1, row.number)
            else:
                done.bad_rows += 1
                if len(done.bad) < TOLD_LIMIT:
                    done.bad[row.number] = row.fault
            if done.rows % _BATCH == 0:
                await asyncio.sleep(0)  # others want to go on
        twice = _twice(names)
        stored = names.different
    if twice:
        done.bad_rows += len(twice)
        _tell_twice(done, lines, twice)
    if done.bad_rows and not skip_bad:
        return done
    # Before the first: whatever becomes of it, the trail has that it was begun.
    await catalogue.audit.tell(channel, f"profiles: {done.rows - done.bad_rows} rows are stored")
    batch: dict[str, ProfileRecord] = {}
    for row in profile_rows(lines()):
        if row.fault is None and row.number not in twice:
            batch[row.viewer] = row.profile
        if len(batch) == _BATCH:
            await catalogue.profiles.put_all(channel, batch)
            batch = {}
    await catalogue.profiles.put_all(channel, batch)
    done.stored, done.applied = stored, True
    return done


def _twice(names: Names) -> dict[int, int]:
    """The rows that contradict others, each with the one before it. Raises BadInput when there are too many."""
    twice: dict[int, int] = {}
    for fault in names.faults():
        twice[fault.row] = fault.before or 0
        if len(twice) > TWICE_LIMIT:
            raise BadInput(f"over {TWICE_LIMIT} rows say something else of a viewer than a row before")
    return twice


def _tell_twice(done: ProfileImport, lines: Lines, twice: Mapping[int, int]) -> None:
    """Note the first of them: what is kept of names are digests, so the rows are read once more."""
    told = set(sorted(twice)[:TOLD_LIMIT])
    for row in profile_rows(lines()):
        if row.number in told:
            done.bad[row.number] = f"viewer {row.viewer!r} was something else in row {twice[row.number]}"
            told.discard(row.number)
            if not told:
                break
    done.bad = dict(sorted(done.bad.items())[:TOLD_LIMIT])


async def export_profiles(catalogue: Catalogue, channel: str) -> AsyncIterator[bytes]:
    """All profiles as lines of JSON, in no order. Raises NotFound before the first."""
    await catalogue.channel(checked_name("channel", channel))
    return _exported(catalogue, channel)


async def _exported(catalogue: Catalogue, channel: str) -> AsyncIterator[bytes]:
    async for viewer, stored in catalogue.profiles.stored(channel):
        yield written(viewer, stored)


async def _replaced(
    catalogue: Catalogue, channel: str, viewer: str, changed: Callable[[ProfileRecord], ProfileRecord]
) -> ProfileRecord:
    for _ in range(_ATTEMPTS):
        known = await catalogue.profiles.of(channel, checked_name("viewer", viewer))
        profile = changed(known or ProfileRecord())
        try:
            await catalogue.profiles.replace(channel, viewer, known, profile)
        except Conflict:
            continue
        return profile
    raise Conflict(f"the profile of viewer {viewer!r} keeps changing")


def _tidied(tag: object) -> str:
    try:
        return tidy(str(tag))
    except ValueError:
        return str(tag)  # the record says what is wrong with it
