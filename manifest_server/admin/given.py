"""A given lineup as a record, and what may be one. No I/O."""

from collections.abc import Sequence

from manifest_server.onair.channel import Channel
from manifest_server.programming.pool import DERIVED
from storage.clips import ClipRecord
from storage.errors import BadInput
from storage.keys import checked_name
from storage.records import LineupPart, LineupRecord


def check_given(lineup: str) -> None:
    """Raises BadInput for what cannot name a given lineup."""
    if checked_name("lineup", lineup).startswith(DERIVED):
        raise BadInput(f"lineup {lineup!r}: names that start with {DERIVED!r} are those of derived lineups")


def checked_clips(clips: Sequence[ClipRecord]) -> tuple[ClipRecord, ...]:
    """The clips, if there are any. Raises BadInput."""
    if not clips:
        raise BadInput("a lineup needs at least one clip")
    return tuple(clips)


def given(on: Channel, lineup: str, clips: Sequence[ClipRecord], *, repeats: bool) -> LineupRecord:
    """A lineup from the channel's epoch on. Raises BadInput."""
    check_given(lineup)
    part = LineupPart(start=0, msn=on.record.msn, dsn=on.record.dsn, clips=checked_clips(clips), repeats=repeats)
    return LineupRecord(id=lineup, run_msn=on.record.msn, parts=(part,))
