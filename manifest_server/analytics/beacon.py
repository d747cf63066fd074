"""The beacon: what a player tells of itself. Its form, and what is no beacon. Pure.

What is not known is passed over, types of events too, so that players may be newer than servers. All else is held to
its form: of a beacon with anything wrong in it nothing is counted.
"""

from typing import Annotated, Literal

from msgspec import Meta, MsgspecError, Struct, json

BODY_LIMIT = 16_384  # bytes
EVENTS = 50  # at most, in one beacon

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Span = Annotated[float, Meta(ge=0, le=86_400_000)]  # milliseconds


class Event(Struct, gc=False):
    """Something that a player tells. `t` is by its own clock, and nothing follows from it.

    `stalls`, `stalled_ms` and `dropped` (frames) are since the event before that told of them.
    """

    type: Annotated[str, Meta(max_length=32)]
    t: Annotated[float, Meta(ge=0, le=1e15)] = 0
    asset: Annotated[str, Meta(max_length=64)] | None = None
    height: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    bitrate_kbps: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    sync_ms: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    startup_ms: Span | None = None
    stalls: Count = 0
    stalled_ms: Span = 0
    dropped: Count = 0
    code: Annotated[str, Meta(max_length=200)] = ""
    fatal: bool = False


class Beacon(Struct, gc=False):
    """What one player tells at once."""

    v: Literal[1]
    viewer: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
    session: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
    channel: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
    events: Annotated[list[Event], Meta(min_length=1, max_length=EVENTS)]


class NoBeacon(ValueError):
    """Why something is no beacon, for whoever wrote the player."""


_decode = json.Decoder(Beacon).decode


def parsed(body: bytes) -> Beacon:
    """The beacon in a body. Raises NoBeacon."""
    try:
        return _decode(body)
    except (MsgspecError, UnicodeDecodeError) as error:
        raise NoBeacon(f"no beacon: {error}") from None
    except RecursionError:
        raise NoBeacon("no beacon: it is nested too deeply") from None
