"""The verb of what viewers are told of a channel: its title and description, and how far back they may go."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from manifest_server.admin.actions import MARGIN_TICKS, Clock, check_version, deadline, replaced
from manifest_server.playout.ticks import position
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import Description, Heading, mistake
from storage.records import ChannelRecord, TimeShift

_FORMS: dict[str, TypeAdapter[Any]] = {
    "title": TypeAdapter(Heading), "description": TypeAdapter(Description), "timeshift_s": TypeAdapter(TimeShift),
}  # fmt: skip


async def describe_channel(
    catalogue: Catalogue, name: str, changes: Mapping[str, object], clock: Clock, version: int | None = None
) -> ChannelRecord:
    """Say something else of a channel, or let viewers go back by another time; what is not in `changes` stays.

    Safe to repeat. Raises BadInput, NotFound, Conflict.
    """
    said = {field: _checked(field, value) for field, value in changes.items()}
    deadline_ms = await deadline(catalogue, checked_name("channel", name))
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    if all(getattr(channel, field) == value for field, value in said.items()):
        return channel
    if "timeshift_s" not in said:
        return await replaced(catalogue, channel, None, **said)
    return await replaced(
        catalogue, channel, deadline_ms, **{**said, **shifted(channel, said["timeshift_s"], clock())}
    )


def shifted(channel: ChannelRecord, timeshift_s: int, now_ms: int) -> dict[str, object]:
    """The fields of a channel whose viewers may go back by another time.

    What can be listed no more may be deleted, so a longer time does not lead there: it grows from now on.
    """
    changes: dict[str, object] = {"timeshift_s": timeshift_s}
    if channel.epoch_ms is None or timeshift_s <= channel.timeshift_s:
        return changes
    tick = position(now_ms, channel.epoch_ms)
    if channel.stop_tick is not None:
        tick = min(tick, channel.stop_tick)
    return {**changes, "past_from": max(channel.past_from, tick + MARGIN_TICKS - channel.past_ticks)}


def _checked(field: str, value: object) -> Any:
    """The value as it is stored. Raises BadInput."""
    if field not in _FORMS:
        raise BadInput(f"{field!r} is nothing that can be said of a channel")
    try:
        return _FORMS[field].validate_python(value)
    except ValidationError as error:
        raise mistake(error, field) from None
