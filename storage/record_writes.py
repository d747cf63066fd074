"""How the records of channels, their lineups and viewers are written, and what is noted of it in the audit trail."""

from dataclasses import replace

from storage import keys
from storage.audit import note, removal
from storage.catalogue_writes import CHANNEL_FIELD, Write
from storage.records import ChannelRecord, LineupRecord, ViewerRecord


def channel_write(record: ChannelRecord) -> Write:
    """How a channel is stored. Raises BadInput."""
    name = keys.checked_name("channel", record.name)
    return Write(keys.channel_key(name), CHANNEL_FIELD, record.stored(), "channel", name, f"channel {name!r}")


def viewer_write(channel: str, record: ViewerRecord) -> Write:
    """How a viewer is stored. Raises BadInput."""
    keys.checked_name("channel", channel)
    name = keys.checked_name("viewer", record.name)
    what = f"viewer {name!r} of channel {channel!r}"
    return Write(keys.viewers_key(channel), name, record.stored(), "viewer", channel, what)


def lineup_write(channel: str, record: LineupRecord) -> Write:
    """How a lineup is stored. Raises BadInput."""
    keys.checked_name("channel", channel)
    name = keys.checked_name("lineup", record.id)
    what = f"lineup {name!r} of channel {channel!r}"
    return Write(keys.lineups_key(channel), name, record.stored(), "lineup", channel, what, record.run_msn)


def changed_channel(record: ChannelRecord, before: ChannelRecord | None) -> Write:
    """The same, for the audit trail too; `before` is what was stored."""
    return replace(channel_write(record), note=note("channel", record.name, before, record))


def changed_viewer(channel: str, record: ViewerRecord, before: ViewerRecord | None) -> Write:
    """Likewise."""
    return replace(viewer_write(channel, record), note=note("viewer", record.name, before, record))


def changed_lineup(channel: str, record: LineupRecord, before: LineupRecord | None) -> Write:
    """Likewise."""
    taken_away = record.removed and before is not None and not before.removed
    said = f"lineup {record.id} taken away" if taken_away else ""
    return replace(lineup_write(channel, record), note=note("lineup", record.id, before, record, said))


def removed_lineup(channel: str, record: LineupRecord) -> Write:
    """How a lineup is forgotten."""
    return replace(lineup_write(channel, record), record="", run_msn=None, note=removal("lineup", record.id, record))
