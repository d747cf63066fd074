"""Media playlists from prepared parts: answered from the bytes of a request, without a wait, or not at all.

It knows a strict part of what HTTP allows: one GET or HEAD for a media playlist whose lineup is in memory. Whatever
else comes is None here, and goes the way of all requests; what is answered is what the route would answer.
"""

import re
import time
from collections.abc import Callable
from typing import NamedTuple

from manifest_server.onair.held import Ready
from manifest_server.onair.playlists import DAY_MARK, Playlists, check_age, parsed
from manifest_server.playout.past import STEPS_S
from manifest_server.viewer.answers import OPEN_LINES, TARGET_LIMIT
from manifest_server.viewer.finished import Finished, matches
from manifest_server.viewer.generations import Generations
from manifest_server.viewer.playback_tokens import Keyring
from storage.errors import StreamSyncError

PATHS_KEPT = 64 << 20  # bytes of URLs and finished playlists
HEADS_KEPT = 4 << 20
HEAD_LIMIT = 8192
_HEAD_BEGIN = len(b"HEAD ")
_ENTRY_WEIGHT = 700  # bytes of an entry without its playlist

_NAME = rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PATH = re.compile(rb"/live/(%b)/lineups/(%b%b[1-9][0-9]{0,5})/(%b)\.m3u8" % (_NAME, _NAME, DAY_MARK.encode(), _NAME))
_QUERY = re.compile(rb"[!\"$-~]*")  # printable ASCII but #
_BACK = re.compile(rb"[0-9]{1,5}")
# A head as no parser takes otherwise than others: no bare CR or LF, no folding, no space before a colon.
_HEAD = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t \x21-\x7e\x80-\xff]*\r\n)*\r\n")
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t \x21-\x7e\x80-\xff]*?)[\t ]*\r\n")
# With one of them there is a body, or something to agree on first.
_ODD = {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"proxy-connection", b"http2-settings"}


class Wishes(NamedTuple):
    """What a request's head asks for."""

    packed: bool
    unless: str | None  # If-None-Match


Chosen = tuple[Finished, int, bool]  # a playlist, the instant it is for, whether the channel is public


class Entry:
    """A URL's path, and what it led to last."""

    __slots__ = ("back_s", "channel", "day", "finished", "lineup", "ready", "rendition")

    def __init__(self, channel: str, lineup: str, day: int, rendition: str) -> None:
        self.channel = channel
        self.lineup = lineup
        self.day = day
        self.rendition = rendition
        self.ready: Ready | None = None
        self.back_s = 0
        self.finished: Finished | None = None


class Lane:
    """Answers for one process; `served` are its counts."""

    def __init__(
        self,
        playlists: Playlists,
        keyring: Keyring,
        now_ms: Callable[[], int],
        served: "Served",
        paths_kept: int = PATHS_KEPT,
    ) -> None:
        """With `paths_kept` of 0 each answer is made anew."""
        self._playlists = playlists
        self._channels = playlists.channels
        self._keyring = keyring
        self._now_ms = now_ms
        self.served = served
        self._entries = Generations[bytes, Entry](max(paths_kept, PATHS_KEPT))
        self._finishes = paths_kept > 0
        self._heads = Generations[bytes, Wishes | None](HEADS_KEPT)
        self._dated: object = None
        self._date = b""

    def answer(self, data: bytes, begin: int, default_headers: list[tuple[bytes, bytes]]) -> bytes | None:
        """The whole answer to a request that is `data`, whose target begins at `begin`; None: ask the application."""
        end = data.find(b"\r\n", begin, TARGET_LIMIT)
        if data[end - 9 : end] != b" HTTP/1.1":
            return None
        head = data[end + 2 :]
        wishes = self._heads.young.get(head)
        if wishes is None:
            wishes = self._read(head)
            if wishes is None:
                return None
        path, _, query = data[begin : end - 9].partition(b"?")
        entry = self._entries.young.get(path)
        if entry is None:
            entry = self.entered(path)
            if entry is None:
                return None
        if default_headers is not self._dated:
            self._date = b"".join(b"%b: %b\r\n" % header for header in default_headers)
            self._dated = default_headers
        try:
            chosen = self.chosen(entry, query)
        except StreamSyncError:
            return None  # the application says it
        return None if chosen is None else self._sent(chosen, wishes, begin == _HEAD_BEGIN)

    def chosen(self, entry: Entry, query: bytes) -> Chosen | None:
        """The playlist for a request. Raises StreamSyncError; None likewise: ask the application."""
        asked = _asked(query) if query else _NOTHING_ASKED
        now_ms = self._now_ms()
        ready = self._ready(entry)
        if asked is None or ready is None:
            return None
        public = ready.channel.record.public
        if not public and not self._keyring.opens(asked[1], entry.channel, entry.lineup, now_ms):
            return None
        finished = entry.finished
        if finished is None or entry.back_s != asked[0] or not finished.holds_at(now_ms):
            finished = self._made(entry, ready, now_ms, asked[0])
        return finished, now_ms, public

    def _sent(self, chosen: Chosen, wishes: Wishes, head_only: bool) -> bytes:
        finished, now_ms, public = chosen
        if wishes.unless is not None and matches(wishes.unless, finished.tag.decode()):
            self.served.unchanged += 1
            head = finished.head_unchanged(now_ms, public=public)
            return b"HTTP/1.1 304 Not Modified\r\n%b%b%b\r\n" % (self._date, head, OPEN_LINES)
        self.served.full += 1
        packed = wishes.packed and finished.packs
        head = finished.head(now_ms, public=public, packed=packed)
        body = b"" if head_only else finished.packed if packed else finished.body
        return b"HTTP/1.1 200 OK\r\n%b%b%b\r\n%b" % (self._date, head, OPEN_LINES, body)

    def _ready(self, entry: Entry) -> Ready | None:
        """What the entry leads to now."""
        ready = entry.ready
        if ready is None or not ready.good(time.monotonic()):
            entry.finished = None
            ready = entry.ready = self._channels.at_once(entry.channel, entry.lineup, entry.day)
        return ready

    def _made(self, entry: Entry, ready: Ready, now_ms: int, back_s: int) -> Finished:
        check_age(ready.channel, entry.lineup, entry.day, now_ms)
        finished = Finished(self._playlists.made(ready.stream, entry.day, entry.rendition, now_ms, back_s))
        self.served.made += 1
        if self._finishes:
            entry.finished, entry.back_s = finished, back_s
            self._entries.weigh(len(finished.body))
        return finished

    def entered(self, path: bytes) -> Entry | None:
        """What is known of a URL's path; None if it is none of a media playlist."""
        entry = self._entries.get(path)
        if entry is None:
            found = _PATH.fullmatch(path)
            if found is None:
                return None
            channel, lineup, rendition = (part.decode() for part in found.groups())
            try:
                entry = Entry(channel, *parsed(lineup, self._now_ms()), rendition)
            except StreamSyncError:
                return None
        self._entries.keep(path, entry, _ENTRY_WEIGHT + (0 if entry.finished is None else len(entry.finished.body)))
        return entry

    def _read(self, head: bytes) -> Wishes | None:
        wishes = self._heads.get(head)
        if wishes is None:
            wishes = _wishes(head)
            if wishes is None:
                return None
        self._heads.keep(head, wishes, len(head) + 200)
        return wishes


def _wishes(head: bytes) -> Wishes | None:
    """What a head asks for; None where it is none that is known through and through."""
    if len(head) > HEAD_LIMIT or not _HEAD.fullmatch(head):
        return None
    packed: bool | None = None
    unless: str | None = None
    for written, value in _LINE.findall(head):
        name = written.lower()
        if name in _ODD or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        if name == b"accept-encoding" and packed is None:
            packed = b"gzip" in value
        elif name == b"if-none-match" and unless is None:
            unless = value.decode("latin-1")
    return Wishes(bool(packed), unless)


def _asked(query: bytes) -> tuple[int, bytes] | None:
    """How much of the past, and the token; None where the application is to read it."""
    if not _QUERY.fullmatch(query):
        return None
    if query[:2] == b"t=" and b"&" not in query:
        return 0, query[2:]
    back_s, token = -1, None
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"t" and token is None:
            token = value
        elif name == b"back" and back_s < 0 and _BACK.fullmatch(value) and (int(value) in STEPS_S or value == b"0"):
            back_s = int(value)
        elif name != b"CMCD":
            return None
    return max(back_s, 0), token or b""


_NOTHING_ASKED = 0, b""


class Served:
    """How many media playlists were answered in the lane, and how many of them had to be made."""

    __slots__ = ("full", "made", "unchanged")

    def __init__(self) -> None:
        self.full = 0
        self.unchanged = 0
        self.made = 0
