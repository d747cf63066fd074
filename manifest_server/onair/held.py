"""Lineups that are ready for playout, as long as they are held: bounded by their number and their clips. No I/O."""

from collections import OrderedDict
from collections.abc import Iterator

from manifest_server.onair.channel import Channel
from manifest_server.onair.remembered import Kept
from manifest_server.onair.stream import Stream
from storage.records import LineupRecord

LINEUPS_KEPT = 100_000
CLIPS_KEPT = 4_000_000  # of all lineups kept, at 24 bytes a clip

Key = tuple[str, str]  # channel and lineup


class Held:
    """A stream while it is held, and what it hangs on. None after that: who remembers this keeps no stream alive."""

    __slots__ = ("_channel", "_stored", "public", "stream", "used")

    def __init__(self, stream: Stream) -> None:
        self.stream: Stream | None = stream
        self.used = False  # since it was last looked whether it may go
        self.public = False
        self._channel: Kept[Channel] | None = None  # None: nobody has looked yet
        self._stored: Kept[LineupRecord] | Kept[LineupRecord | None] | None = None

    def hang_on(
        self, channel: Kept[Channel], stored: Kept[LineupRecord] | Kept[LineupRecord | None] | None
    ) -> "Held":
        """It was found to be what comes of these two."""
        self._channel, self._stored = channel, stored
        self.public = channel.value.record.public
        return self

    @property
    def airs(self) -> Stream:
        """The lineup, while this is good."""
        stream = self.stream
        assert stream is not None  # noqa: S101 - see `good`
        return stream

    def good(self, clock_s: float) -> bool:
        """Whether it still holds at a monotonic instant. Who asks uses it: what nobody uses is no longer followed."""
        channel, stored = self._channel, self._stored
        if channel is None:
            return False
        term = channel.term
        term.used = self.used = True
        return (
            clock_s < term.good_until
            and (stored is None or clock_s < stored.term.good_until)
            and self.stream is not None
        )


class Streams:
    """The streams of all channels; those that nobody has used for longest go first."""

    def __init__(self, limit: int = LINEUPS_KEPT, clips: int = CLIPS_KEPT) -> None:
        self._limit = limit
        self._clips_limit = clips
        self._clips = 0
        self._held: OrderedDict[Key, Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Held | None:
        """What is held of it."""
        held = self._held.get(key)
        if held is not None:
            held.used = True
        return held

    def hold(self, key: Key, stream: Stream) -> Held:
        """Hold a stream, in the place of the one that is held of it."""
        self._forget(key)
        held = self._held[key] = Held(stream)
        self._clips += stream.clips
        while len(self._held) > self._limit or (self._clips > self._clips_limit and len(self._held) > 1):
            oldest, one = next(iter(self._held.items()))
            if one.used or one is held:
                one.used = False
                self._held.move_to_end(oldest)
            else:
                self._forget(oldest)
        return held

    def __iter__(self) -> Iterator[tuple[Key, Stream]]:
        return ((key, held.stream) for key, held in list(self._held.items()) if held.stream is not None)

    def _forget(self, key: Key) -> None:
        held = self._held.pop(key, None)
        if held is not None and held.stream is not None:
            self._clips -= held.stream.clips
            held.stream = None
