"""Media playlists from prepared parts: answered from the bytes of a request, without a wait, or not at all.

It knows a strict part of what HTTP allows: one GET or HEAD for a media playlist whose lineup is in memory. Whatever
else comes is None here, and goes the way of all requests; what is answered is what the route would answer.
"""

import re
import time
from collections.abc import Callable
from sys import intern

from cryptography.hazmat.primitives.hmac import HMAC

from manifest_server.onair.held import Held
from manifest_server.onair.making import DAY_MARK, Maker
from manifest_server.onair.playlists import Playlists, parsed
from manifest_server.viewer.answers import TARGET_LIMIT
from manifest_server.viewer.asking import NO_WISHES, Wishes, asked_by, wishes_of
from manifest_server.viewer.finished import OPEN_LINES, Finished, matches
from manifest_server.viewer.generations import Generations
from manifest_server.viewer.measures import LATE_LIMIT_MS, UNTIMED, Served
from manifest_server.viewer.playback_tokens import SIGNATURE_BYTES, Keyring, is_signed
from storage.errors import StreamSyncError
from storage.settings import DEFAULT_PLAYLISTS_MB

PATHS_KEPT = DEFAULT_PLAYLISTS_MB << 20  # bytes: two thirds for playlists and what URLs lead to, one for long URLs
HEADS_KEPT = 4 << 20
_VERSION = b" HTTP/1.1\r"
_VERSION_BYTES = len(_VERSION)
_HEAD_BEGIN = len(b"HEAD ")
_ENTRY_WEIGHT = 650  # bytes of an entry without its playlist
_TARGET_WEIGHT = 200

_NAME = rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PATH = re.compile(rb"/live/(%b)/lineups/(%b%b[1-9][0-9]{0,5})/(%b)\.m3u8" % (_NAME, _NAME, DAY_MARK.encode(), _NAME))

Chosen = tuple[Finished, int, bool]  # a playlist, the instant it is for, whether the channel is public


class Entry:
    """A playlist that URLs lead to, and what it was last.

    URLs that are remembered have theirs; so what it takes is given up when it is no longer kept itself.
    """

    __slots__ = ("back_s", "channel", "day", "finished", "kept", "key", "lineup", "maker", "ready", "rendition")

    def __init__(self, key: bytes, channel: str, lineup: str, day: int, rendition: str, back_s: int) -> None:
        self.key = key
        self.kept = False
        self.channel = channel
        self.lineup = lineup
        self.day = day
        self.rendition = rendition
        self.back_s = back_s
        self.ready: Held | None = None
        self.maker: Maker | None = None
        self.finished: Finished | None = None

    def let_go(self) -> None:
        """It is no longer kept."""
        self.kept = False
        self.ready = self.maker = self.finished = None


class Target:
    """What is behind GET, where that is not the playlist's own URL: that, and where the token is.

    Once that was verified, from when until when it counts (Unix milliseconds), and by which key and signature it is
    verified again each time.
    """

    __slots__ = ("begin", "begins_ms", "entry", "expires_ms", "key", "signature", "size")

    def __init__(self, entry: Entry, begin: int, size: int) -> None:
        self.entry = entry
        self.begin = begin
        self.size = size
        self.begins_ms = self.expires_ms = 0.0
        self.key: HMAC | None = None
        self.signature = b""

    def signed(self, asked: bytes) -> bytes:
        """What the token's signature is of."""
        return asked[self.begin : self.begin + self.size - SIGNATURE_BYTES - 1]


class Lane:
    """Answers for one process. `served` are its counts; whoever sends what it answers counts that, too."""

    def __init__(
        self,
        playlists: Playlists,
        keyring: Keyring,
        now_ms: Callable[[], int],
        served: Served,
        paths_kept: int = PATHS_KEPT,
    ) -> None:
        """With `paths_kept` of 0 each answer is made anew."""
        self.playlists = playlists
        self._channels = playlists.channels
        self.keyring = keyring
        self._now_ms = now_ms
        self.served = served
        third = (paths_kept or PATHS_KEPT) // 3
        self._entries = Generations[bytes, Entry](2 * third, Entry.let_go)
        self._targets = Generations[bytes, Target](third)
        self._finishes = paths_kept > 0
        self._heads = Generations[bytes, Wishes](HEADS_KEPT)
        self.read = NO_WISHES  # of the last request that was understood
        self._dated: object = None
        self._begin = b""  # of each answer that is a 200, up to the playlist's own lines

    def answer(
        self, data: bytes, begin: int, default_headers: list[tuple[bytes, bytes]], seen: Wishes = NO_WISHES
    ) -> bytes | None:
        """The whole answer to a request that is `data`, whose target begins at `begin`; None: ask the application.

        `seen`: what the request before it on its connection asked for; `read` after that: this one. Players
        ask for the same again and again, and to compare takes a tenth of what a look-up does.
        """
        end = data.find(b"\n", begin, TARGET_LIMIT)  # one byte is looked for in a tenth of the time of two
        if data[end - _VERSION_BYTES : end] != _VERSION:
            return None
        if len(data) - end - 1 != seen.size or not data.endswith(seen.head):
            found = self._read(data[end + 1 :])
            if found is None:
                return None
            seen = found
        self.read = seen
        if default_headers is not self._dated:
            self._begin = b"HTTP/1.1 200 OK\r\n" + b"".join(b"%b: %b\r\n" % header for header in default_headers)
            self._dated = default_headers
        try:
            chosen = self.chosen(data[begin : end - _VERSION_BYTES])
        except StreamSyncError:
            chosen = None  # the application says it
        if chosen is None:
            return None
        if seen.unless is not None or begin == _HEAD_BEGIN:
            return self._in_short(chosen, seen, begin == _HEAD_BEGIN)
        return chosen[0].whole(self._begin, chosen[1], chosen[2], seen.packed)

    def _in_short(self, chosen: Chosen, wishes: Wishes, head_only: bool) -> bytes:
        """A 304 or an answer to HEAD; a whole one, if the playlist is another than the one at hand."""
        finished, now_ms, public = chosen
        if wishes.unless is not None and matches(wishes.unless, finished.tag.decode()):
            self.served.unchanged += 1
            dated = self._begin.partition(b"\r\n")[2]
            head = finished.head_unchanged(now_ms, public=public)
            return b"HTTP/1.1 304 Not Modified\r\n%b%b%b\r\n" % (dated, head, OPEN_LINES)
        if head_only:
            head = finished.head(now_ms, public=public, packed=wishes.packed and finished.packs)
            return b"%b%b%b\r\n" % (self._begin, head, OPEN_LINES)
        return finished.whole(self._begin, now_ms, public, wishes.packed)

    def chosen(self, asked: bytes) -> Chosen | None:
        """The playlist at a target. Raises StreamSyncError; None likewise: ask the application."""
        target = self._targets.young.get(asked)
        entry = self._entries.young.get(asked) if target is None else target.entry
        if entry is None:
            found = self._found(asked)
            if found is None:
                return None
            entry, target = found
        ready = entry.ready
        if ready is None or not ready.good(time.monotonic()):
            if target is not None and not entry.kept:
                # Another URL may have made another one since it was given up.
                entry = target.entry = self._entries.get(entry.key) or entry
            ready = self._ready(entry)
            if ready is None:
                return None
        now_ms = self._now_ms()
        public = ready.public
        if not public and (
            target is None
            or (not target.expires_ms and not self._verified(target, asked))
            or not target.begins_ms <= now_ms < target.expires_ms
            or (target.key is not None and not is_signed(target.key, target.signed(asked), target.signature))
        ):
            return None
        finished = entry.finished
        if finished is None or not finished.made_ms <= now_ms < finished.until_ms:
            finished = self._made(entry, ready, now_ms)
        return finished, now_ms, public

    def _verified(self, target: Target, asked: bytes) -> bool:
        entry = target.entry
        narrow = self.keyring.narrow(asked[target.begin : target.begin + target.size])
        if narrow is None or narrow.channel != entry.channel or narrow.lineup != entry.lineup:
            return False
        _, _, target.begins_ms, target.expires_ms, target.key, signature = narrow
        if target.key is not None:
            target.signature = signature
        return True

    def _ready(self, entry: Entry) -> Held | None:
        """What the entry leads to now."""
        self.served.looked_up += 1
        before = entry.ready
        ready = self._channels.at_once(entry.channel, entry.lineup, entry.day)
        if ready is not before:  # else it is just as true as it was: while Redis is away, that is found each time
            if entry.kept and entry.finished is not None:
                self._entries.weigh(-entry.finished.weight)
            entry.finished = entry.maker = None
        if not entry.kept:
            self._keep(entry)
        entry.ready = ready
        if ready is not None:
            # What many have in common is there once.
            airs = ready.airs
            entry.channel, entry.lineup = airs.channel.record.name, airs.lineup
        return ready

    def _made(self, entry: Entry, ready: Held, now_ms: int) -> Finished:
        maker = entry.maker
        served = self.served
        turn = served.made
        began_ns = 0 if turn & UNTIMED else time.perf_counter_ns()
        if maker is None:
            maker = entry.maker = self.playlists.maker(ready.airs, entry.lineup, entry.day, entry.rendition)
            entry.rendition = intern(entry.rendition)  # now that there is one of this name
        finished = Finished(maker.made(ready.airs, now_ms, entry.back_s), kept=self._finishes)
        if began_ns:
            served.making.note(time.perf_counter_ns() - began_ns)
        served.made = turn + 1
        if self._finishes:
            if entry.finished is None:
                self._entries.weigh(finished.weight)
            else:
                self._note_late(entry.finished, now_ms)  # it weighs about the same
            entry.finished = finished
        return finished

    def _note_late(self, before: Finished, now_ms: int) -> None:
        moved_ms = before.playlist.moves_ms
        if moved_ms is not None and 0 <= now_ms - moved_ms < LATE_LIMIT_MS:
            self.served.late.note((now_ms - moved_ms) * 1_000_000)

    def kept(self) -> dict[str, tuple[int, int]]:
        """How many things of each sort are remembered, and about how many bytes that is."""
        return {
            "entries": (len(self._entries), self._entries.weight),
            "targets": (len(self._targets), self._targets.weight),
            "heads": (len(self._heads), self._heads.weight),
        }

    def _found(self, asked: bytes) -> tuple[Entry, Target | None] | None:
        """What a target leads to that was not asked for of late; None if it is none of a media playlist."""
        target = self._targets.get(asked)
        if target is None:
            path, _, query = asked.partition(b"?")
            wanted = asked_by(query)
            entry = None if wanted is None else self._entry(path, wanted[0])
            if entry is None or wanted is None:
                return None
            if entry.key == asked:
                return entry, None
            target = Target(entry, asked.find(wanted[1], len(path)), len(wanted[1]))
        self._targets.keep(asked, target, len(asked) + _TARGET_WEIGHT)
        return target.entry, target

    def _entry(self, path: bytes, back_s: int) -> Entry | None:
        key = path if not back_s else b"%b?back=%d" % (path, back_s)
        entry = self._entries.young.get(key)
        if entry is None:
            entry = self._entries.get(key)
            if entry is None:
                found = _PATH.fullmatch(path)
                if found is None:
                    return None
                channel, lineup, rendition = (part.decode() for part in found.groups())
                entry = Entry(key, channel, *parsed(lineup, self._now_ms()), rendition, back_s)
            self._keep(entry)
        return entry

    def _keep(self, entry: Entry) -> None:
        entry.kept = True
        finished = entry.finished
        self._entries.keep(entry.key, entry, _ENTRY_WEIGHT + (0 if finished is None else finished.weight))

    def _read(self, head: bytes) -> Wishes | None:
        wishes = self._heads.young.get(head)
        if wishes is None:
            wishes = self._heads.get(head) or wishes_of(head)
            if wishes is not None:
                self._heads.keep(head, wishes, len(head) + 200)
        return wishes
