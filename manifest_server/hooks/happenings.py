"""What happens, and when: events with ids that are the same whoever notices them. Pure: no I/O, no clock."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from manifest_server.playout.ticks import TICKS_PER_MS, date_text
from storage.job_records import JobFacts
from storage.programme import Moment
from storage.records import AssetRecord, ChannelRecord
from storage.webhook_records import EventType


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened at `at_ms` (Unix ms). `key` is what makes it this one and no other; `channel`: whose it is."""

    type: EventType
    at_ms: int
    key: str
    data: Mapping[str, object] = field(default_factory=dict)
    channel: str | None = None

    @property
    def id(self) -> str:
        """The event's id."""
        return "evt_" + blake2b(f"{self.type}|{self.key}".encode(), digest_size=16).hexdigest()

    @property
    def body(self) -> str:
        """What is sent: JSON."""
        told = {"type": self.type, "timestamp": date_text(self.at_ms), "data": dict(self.data)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def asset_ready(record: AssetRecord, at_ms: int) -> Happening:
    """An asset came to be."""
    data = {"asset": record.id, "title": record.title, "name": record.source.name, "duration_s": record.duration_s}
    return Happening("asset.ready", at_ms, f"{record.id}|{record.packaged_at}", data)


def asset_failed(note: str, at_ms: int, facts: JobFacts, reason: str) -> Happening:
    """A video did not become an asset; `note` is where in the stream of failures that is said."""
    data = {"asset": facts.asset, "title": facts.title, "name": facts.name, "reason": reason}
    return Happening("asset.failed", at_ms, f"{facts.asset}|{note}", data)


class Told(NamedTuple):
    """What has been told of a channel: of the run that began with `msn` at `epoch_ms`, its start and its end."""

    msn: int = 0
    epoch_ms: int = 0
    started: bool = False
    stopped: bool = False

    def stored(self) -> str:
        """As it is kept."""
        return f"{self.msn} {self.epoch_ms} {self.started:d} {self.stopped:d}"

    @classmethod
    def read(cls, stored: str) -> "Told":
        """From how it was kept."""
        msn, epoch_ms, started, stopped = map(int, stored.split(" "))
        return cls(msn, epoch_ms, bool(started), bool(stopped))


class Timed(NamedTuple):
    """When something happens on a channel. `stop_ms`: when it ends, rounded up; all are Unix milliseconds."""

    name: str
    msn: int
    epoch_ms: int | None
    stop_ms: int | None
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, record: ChannelRecord) -> "Timed":
        """Of a channel as it is stored."""
        stop_ms = None
        if record.epoch_ms is not None and record.stop_tick is not None:
            stop_ms = record.epoch_ms - (-record.stop_tick // TICKS_PER_MS)
        return cls(record.name, record.msn, record.epoch_ms, stop_ms, record.moments)

    def told_at(self, at_ms: int) -> Told:
        """What had been told if all that was known now had been, up to and without this instant."""
        if self.epoch_ms is None:
            return Told()
        stopped = self.stop_ms is not None and self.stop_ms < at_ms
        return Told(self.msn, self.epoch_ms, self.epoch_ms < at_ms, stopped)

    def next_ms(self, after_ms: int) -> int | None:
        """When the next thing happens after an instant."""
        instants = [one for one in (self.epoch_ms, self.stop_ms) if one is not None and one > after_ms]
        if self.epoch_ms is not None and (self.stop_ms is None or self.stop_ms > after_ms):
            instants += [at for at in (_next_of(one, after_ms) for one in self.moments) if at is not None]
        return min(instants, default=None)


def turns(on: Timed, told: Told, since_ms: int, now_ms: int) -> tuple[list[Happening], Told]:
    """Starts and stops that were not told yet, and what is told with them.

    What was decided afterwards, as a start in the past, happens when it can be noticed: `since_ms`, the last look.
    """
    found: list[Happening] = []
    if on.epoch_ms is None or (on.msn, on.epoch_ms) != (told.msn, told.epoch_ms):
        if told.started and not told.stopped:  # the run ended, and another began or is to, while nobody looked
            found.append(_turn("channel.stopped", on.name, told.msn, told.epoch_ms, since_ms))
        told = Told() if on.epoch_ms is None else Told(on.msn, on.epoch_ms)
    if on.epoch_ms is None:
        return found, told
    if not told.started and on.epoch_ms <= now_ms:
        found.append(_turn("channel.started", on.name, on.msn, on.epoch_ms, max(on.epoch_ms, since_ms)))
        told = told._replace(started=True)
    if told.started and not told.stopped and on.stop_ms is not None and on.stop_ms <= now_ms:
        found.append(_turn("channel.stopped", on.name, on.msn, on.epoch_ms, max(on.stop_ms, since_ms)))
        told = told._replace(stopped=True)
    return found, told


def reached(on: Timed, since_ms: int, now_ms: int) -> Iterator[Happening]:
    """The moments that began after `since_ms` and up to `now_ms`, on air and under no slate."""
    if on.epoch_ms is None:
        return
    until_ms = now_ms if on.stop_ms is None else min(now_ms, on.stop_ms - 1)
    for number, moment in enumerate(on.moments):
        at_ms = _next_of(moment, max(since_ms, on.epoch_ms - 1))
        while at_ms is not None and at_ms <= until_ms:
            if not any(_covers(one, at_ms) for one in on.moments[:number]):
                data = {"channel": on.name, "moment": moment.id, "title": moment.title, "at": date_text(at_ms)}
                yield Happening("moment.reached", at_ms, f"{on.name}|{moment.id}|{at_ms}", data, on.name)
            at_ms = _next_of(moment, at_ms)


def _turn(kind: EventType, channel: str, msn: int, epoch_ms: int, at_ms: int) -> Happening:
    data = {"channel": channel, "on_air_from": date_text(epoch_ms), "at": date_text(at_ms)}
    return Happening(kind, at_ms, f"{channel}|{msn}|{epoch_ms}", data, channel)


def _next_of(moment: Moment, after_ms: int) -> int | None:
    """When a moment begins next after an instant."""
    if moment.at_ms > after_ms:
        return moment.at_ms
    if moment.every_ms is None:
        return None
    at_ms = moment.at_ms + ((after_ms - moment.at_ms) // moment.every_ms + 1) * moment.every_ms
    return at_ms if moment.until_ms is None or at_ms < moment.until_ms else None


def _covers(slate: Moment, at_ms: int) -> bool:
    return slate.loops_until_ms is not None and slate.at_ms <= at_ms < slate.loops_until_ms
