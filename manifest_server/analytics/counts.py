"""What is counted in this process until it is told to Redis. Nothing waits here, and everything has a bound.

Times that players tell are their own affair: what comes is counted in the ten seconds in which it comes.
"""

import re
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from manifest_server.analytics import figures
from manifest_server.analytics.beacon import Beacon, Event
from manifest_server.analytics.figures import LABELS, OTHER, SLOT_S
from storage.analytics import SENT_FOR_S

POSTS = 12  # of one session in ten seconds; what is more is not counted
SESSIONS = 50_000  # in ten seconds, of which it is known how often they came
VIEWERS = 200_000  # names in all tallies: some 35 MB
TALLIES = 5_000
STRANGERS = 64  # channels of which it is not known yet that there are such
ROOM = 128  # labels of a kind in a tally,
MANY, LITTLE_ROOM = 200, 8  # but of so many tallies each has little
KEPT_S = SENT_FOR_S  # what could not be told by then is dropped

_FORMS = {figures.ASSET: re.compile(r"[0-9a-f]{32}"), figures.ERROR: re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")}


@dataclass(slots=True)
class Tally:
    """What was counted on a channel in some of the ten seconds from `since_s` on, in `posts` beacons."""

    channel: str
    since_s: int
    posts: int = 0
    room: int = ROOM
    viewers: set[str] = field(default_factory=set)
    fields: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    kinds: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    mark: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    def label(self, kind: str, label: str) -> None:
        """Count one with this label, or with OTHER if it has not the form of one or there are too many."""
        name = kind + label
        if name not in self.fields:
            form = _FORMS.get(kind)
            if self.kinds[kind] >= self.room or (form is not None and not form.fullmatch(label)):
                name = kind + OTHER
            else:
                self.kinds[kind] += 1
        self.fields[name] += 1

    def told(self, is_known: Callable[[str], bool]) -> dict[str, int]:
        """The fields, with the most frequent labels of each kind, and of assets those that are known."""
        found = Counter({name: count for name, count in self.fields.items() if name[:2] not in LABELS})
        for kind, most in LABELS.items():
            labels = figures.labelled(self.fields, kind)
            kept = [one for one in labels if one[0] != OTHER and (kind != figures.ASSET or is_known(one[0]))][:most]
            found.update({kind + label: count for label, count in kept})
            rest = sum(count for _, count in labels) - sum(count for _, count in kept)
            if rest:
                found[kind + OTHER] = rest
        return found


class Counts:
    """The tallies of this process, and what became of the beacons that came. `now_ms`: the server's clock."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._since_s = 0
        self._current: dict[str, Tally] = {}  # by channel
        self._posts: dict[str, int] = {}  # by session, in these ten seconds
        self._waiting: deque[Tally] = deque()
        self._viewers = 0
        self._strangers = 0
        self.channels: set[str] = set()  # that are known to be there
        self.taken = 0
        self.dropped: Counter[str] = Counter()  # of these, by reason
        self.refused: Counter[int] = Counter()  # by status

    def take(self, beacon: Beacon, country: str) -> None:
        """Count what a player told."""
        since_s = self._now_ms() // (SLOT_S * 1000) * SLOT_S
        if since_s != self._since_s:
            self._turn(since_s)
        self.taken += 1
        posts = self._posts.get(beacon.session, 0)
        if posts >= POSTS:
            self.dropped["often"] += 1
            return
        if posts or len(self._posts) < SESSIONS:
            self._posts[beacon.session] = posts + 1
        tally = self._current.get(beacon.channel)
        if tally is None:
            tally = self._begun(beacon.channel)
            if tally is None:
                return
        if beacon.events[-1].type != "end" and beacon.viewer not in tally.viewers:
            if self._viewers >= VIEWERS:
                self.dropped["room"] += 1
                return
            tally.viewers.add(beacon.viewer)
            self._viewers += 1
        tally.posts += 1
        _count(tally, beacon.events, country)

    def cut(self) -> None:
        """What was counted so far is to be told."""
        self._waiting.extend(self._current.values())
        self._current = {}
        self._strangers = 0

    def next(self) -> Tally | None:
        """What is to be told first; None: nothing. What is too old by now is dropped."""
        oldest_s = self._now_ms() // 1000 - KEPT_S
        while self._waiting:
            if self._waiting[0].since_s >= oldest_s:
                return self._waiting[0]
            self.drop("late")
        return None

    def told(self) -> None:
        """That is done with."""
        self._viewers -= len(self._waiting.popleft().viewers)

    def drop(self, reason: str) -> None:
        """That will not be told."""
        self.dropped[reason] += self._waiting[0].posts
        self.told()

    def _begun(self, channel: str) -> Tally | None:
        if channel not in self.channels:
            if self._strangers >= STRANGERS:
                self.dropped["channel"] += 1
                return None
            self._strangers += 1
        tallies = len(self._waiting) + len(self._current)
        if tallies >= TALLIES:
            self.dropped["room"] += 1
            return None
        room = ROOM if tallies < MANY else LITTLE_ROOM
        tally = self._current[channel] = Tally(channel, self._since_s, room=room)
        return tally

    def _turn(self, since_s: int) -> None:
        """Other ten seconds have begun."""
        self.cut()
        self._since_s = since_s
        self._posts.clear()
        self.next()  # so that what is too old makes room


def _count(tally: Tally, events: list[Event], country: str) -> None:
    last = None
    for event in events:
        count = _BY_TYPE.get(event.type)
        if count is not None:  # else of a player that is newer than this
            count(tally, event)
            if count is _beat:
                last = event
    if last is not None:
        _place(tally, last, country)


def _beat(tally: Tally, event: Event) -> None:
    fields = tally.fields
    if event.sync_ms is not None:
        fields[figures.sync_field(event.sync_ms)] += 1
    if event.stalls or event.stalled_ms:
        fields[figures.STALLS] += event.stalls
        fields[figures.STALLED_MS] += int(event.stalled_ms)
    if event.dropped:
        fields[figures.DROPPED] += event.dropped


def _start(tally: Tally, event: Event) -> None:
    tally.fields[figures.STARTS] += 1
    if event.startup_ms is not None:
        tally.fields[figures.startup_field(event.startup_ms)] += 1


def _stall(tally: Tally, event: Event) -> None:
    tally.fields[figures.STALLS] += max(event.stalls, 1)
    tally.fields[figures.STALLED_MS] += int(event.stalled_ms)


def _error(tally: Tally, event: Event) -> None:
    tally.fields[figures.ERRORS] += 1
    tally.fields[figures.FATAL] += event.fatal
    tally.label(figures.ERROR, event.code)


def _level(tally: Tally, _: Event) -> None:
    tally.fields[figures.LEVELS] += 1


def _end(tally: Tally, _: Event) -> None:
    tally.fields[figures.ENDS] += 1


_BY_TYPE = {"beat": _beat, "start": _start, "stall": _stall, "error": _error, "level": _level, "end": _end}


def _place(tally: Tally, beat: Event, country: str) -> None:
    """Where a viewer is now: of several beats in one beacon only the last says that."""
    fields = tally.fields
    fields[figures.BEATS] += 1
    tally.label(figures.COUNTRY, country)
    if beat.asset is not None:
        tally.label(figures.ASSET, beat.asset)
    if beat.height:
        tally.label(figures.HEIGHT, str(beat.height))
    if beat.bitrate_kbps:  # a player that does not know says 0
        fields[figures.BITRATE_SUM] += int(beat.bitrate_kbps)
        fields[figures.BITRATES] += 1
