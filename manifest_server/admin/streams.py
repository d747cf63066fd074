"""A lineup's stream for a change of it: made beforehand, so that it takes no time between the clock and the write."""

from collections.abc import Callable

from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.records import ChannelRecord, LineupRecord

Reader = Callable[[str], bytes]  # the bytes of an object


async def loaded_stream(catalogue: Catalogue, read: Reader | None, name: str, lineup: str) -> Stream:
    """What a lineup airs. `read` is for plans. Raises NotFound, and Unavailable for a plan that cannot be read."""
    channels = Channels(catalogue, read)
    return await channels.on_air(await channels.channel(name), lineup)


def check_unchanged(stream: Stream, record: ChannelRecord, known: LineupRecord) -> None:
    """Raises Conflict if a stream is not that of these records."""
    made_of = stream.channel.record.version, None if stream.record is None else stream.record.version
    if made_of != (record.version, known.version):
        raise Conflict(f"lineup {known.id!r} of channel {record.name!r} was changed meanwhile")


def takes_effect(stream: Stream, tick: int, now_ms: int) -> int:
    """Before which tick nothing of a stream depends on what counts from its first clip boundary at `tick` on."""
    found = stream.succession(day_of(now_ms), tick).boundary(tick)
    return NEVER if found is None else found.tick
