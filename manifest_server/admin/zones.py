"""Time zones: how far each is ahead of UTC, as this machine knows it now.

What is found is kept with the rules that it was found for, so that all servers go by the same, and what has aired
stays when a machine is told of another law.
"""

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from storage.errors import BadInput
from storage.programme import Offsets

YEARS = 26
_STEP = timedelta(days=1)  # no zone changes, and changes back, within a day
_MINUTE = timedelta(minutes=1)


def offsets_of(zone: str, now_ms: int) -> Offsets:
    """From when on a time zone is how far ahead of UTC, from a year ago or more to 20 years ahead or more.

    Those years are of five years each, so rules that are set again are mostly the same. Raises BadInput.
    """
    clock = ZoneInfo(checked_zone(zone))
    year = datetime.fromtimestamp(now_ms / 1000, UTC).year - 1
    first = year - year % 5
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(first + YEARS, 1, 1, tzinfo=UTC)
    found = [(at, _ahead(clock, at))]
    while at < end:
        after = at + _STEP
        if _ahead(clock, after) != found[-1][1]:
            change = _change(clock, at, after)
            found.append((change, _ahead(clock, change)))
        at = after
    return tuple((round(since.timestamp()) * 1000, ahead // _MINUTE) for since, ahead in found)


def checked_zone(zone: str) -> str:
    """`zone` if it is the name of a time zone, written as IANA does. Raises BadInput."""
    if zone not in _names():
        known = {name.casefold(): name for name in _names()}
        cities = {name.rpartition("/")[2]: name for name in sorted(known)}  # somebody may give the city alone
        near = get_close_matches(zone.casefold(), known, 1, 0.9) or get_close_matches(zone.casefold(), cities, 1, 0.9)
        meant = f": is it {known[cities.get(near[0], near[0])]}?" if near else ": it is a name such as Europe/Berlin"
        raise BadInput(f"no time zone {zone!r}{meant}")
    return zone


@cache
def _names() -> frozenset[str]:
    """Those of the package: what a machine has beside them, such as `localtime`, is not the same everywhere."""
    return frozenset((files("tzdata") / "zones").read_text().split()) - {"Factory"}


def _ahead(clock: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(clock).utcoffset()
    assert found is not None  # noqa: S101 - a zone has one
    return found


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute from which on a zone has the offset of `after`."""
    before_offset = _ahead(clock, before)
    while after - before > _MINUTE:
        between = before + (after - before) // _MINUTE // 2 * _MINUTE
        if _ahead(clock, between) == before_offset:
            before = between
        else:
            after = between
    return after
