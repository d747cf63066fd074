"""Notices what happens, and queues it for the webhooks: in every server, of which one at a time leads.

What it has noticed is kept in Redis, so that another goes on where one was killed; what is noticed twice has the same
id, and is queued once.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from manifest_server.hooks.happenings import Happening, Timed, Told, reached, turns
from manifest_server.hooks.sources import DAY_MS, assets_failed, assets_ready
from manifest_server.playout.ticks import date_text
from storage import keys
from storage.catalogue import Catalogue
from storage.webhook_records import WebhookRecord

LEAD_MS = 5000  # nobody else leads meanwhile
ROUND_MS = 60_000  # how often all channels are read: the word that one has changed may be lost
KEPT_MS = 15_000  # how often it is kept that nothing has happened
_LATE_MS = 2 * ROUND_MS  # so far back the moments of a channel are looked at once more
_AT_ONCE = 8  # channels that are read together: a playlist waits while they are parsed
_CHANNEL = "channel:"

_log = logging.getLogger("streamsync.webhooks")


@dataclass(slots=True)
class _Lead:
    """What who leads knows. `seen` is as it is kept; `first_ms`: what was before it is not news, at the first look.

    Of each channel: what is timed on it, and when the next of that is. `read_ms`: when all of them were read.
    """

    seen: dict[str, str]
    looked_ms: int
    first_ms: int | None = None
    read_ms: int | None = None
    timed: dict[str, Timed] = field(default_factory=dict)
    next: dict[str, int | None] = field(default_factory=dict)

    def told(self, on: Timed) -> Told:
        """What has been told of a channel."""
        stored = self.seen.get(_CHANNEL + on.name)
        if stored is not None:
            return Told.read(stored)
        return Told() if self.first_ms is None else on.told_at(self.first_ms)


class Watch:
    """What has happened since the last look."""

    def __init__(self, catalogue: Catalogue, now_ms: Callable[[], int]) -> None:
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._token = secrets.token_urlsafe(12)
        self._webhooks: tuple[WebhookRecord, ...] = ()
        self._webhooks_at: str | None = None
        self._nothing_seen = False
        self._changed: set[str] = set()
        self._lead: _Lead | None = None

    def hear(self, source: str) -> None:
        """The word that a channel, or something else, has changed."""
        if self._lead is not None:
            self._changed.add(source)

    def miss(self) -> None:
        """Words may have been lost, or what they said was not dealt with: all channels are to be read anew."""
        if self._lead is not None:
            self._lead.read_ms = None

    def next_ms(self) -> int | None:
        """When something happens next that is known beforehand."""
        return None if self._lead is None else min((at for at in self._lead.next.values() if at), default=None)

    async def look(self) -> bool:
        """Queue what has happened; whether anything was. Raises Unavailable: `miss` is to be called then."""
        await self._read_webhooks()
        if not self._webhooks:
            if not self._nothing_seen:
                await self._catalogue.webhooks.unsee()
            self._nothing_seen, self._lead = True, None
            return False
        self._nothing_seen = False
        if not await self._catalogue.webhooks.lead(self._token, LEAD_MS):
            self._lead = None
            return False
        if self._lead is None:
            self._changed, self._lead = set(), await self._taken_over()
        return await self._noticed(self._lead, self._now_ms())

    async def _noticed(self, lead: _Lead, now_ms: int) -> bool:
        since_ms = lead.looked_ms
        if since_ms < now_ms - DAY_MS:
            _log.warning("event=dropped from=%s: nobody looked for more than a day", date_text(since_ms))
            since_ms = now_ms - DAY_MS
        ready, assets = await assets_ready(self._catalogue, lead.seen["assets"], now_ms)
        failed, failures = await assets_failed(self._catalogue, lead.seen["failures"])
        found, told = await self._of_channels(lead, since_ms, now_ms)
        noted = await self._note([*ready, *failed, *found], now_ms)
        known = {"assets": assets, "failures": failures, **told}
        changed = {name: value for name, value in known.items() if lead.seen.get(name) != value}
        if changed or lead.first_ms is not None or now_ms - int(lead.seen["looked_ms"]) >= KEPT_MS:
            changed["looked_ms"] = str(now_ms)
            await self._catalogue.webhooks.see({**lead.seen, **changed} if lead.first_ms is not None else changed)
            lead.seen |= changed
        lead.looked_ms, lead.first_ms = now_ms, None
        return noted

    async def _of_channels(self, lead: _Lead, since_ms: int, now_ms: int) -> tuple[list[Happening], dict[str, str]]:
        """What has happened on channels, and what is told of each then."""
        names, self._changed = {one for one in self._changed if one[:1] != "{"}, set()
        anew = lead.read_ms is None or now_ms - lead.read_ms >= ROUND_MS
        read = await self._read(await self._catalogue.channel_names() if anew else sorted(names))
        lead.timed = read if anew else lead.timed | read
        lead.next = {name: at for name, at in lead.next.items() if name in lead.timed}
        lead.read_ms = now_ms if anew else lead.read_ms
        found: list[Happening] = []
        told: dict[str, str] = {}
        for name in sorted(read.keys() | {name for name, at in lead.next.items() if at and at <= now_ms}):
            on = lead.timed[name]
            some, after = turns(on, lead.told(on), since_ms, now_ms)
            found += [*some, *reached(on, max(since_ms - _LATE_MS, now_ms - DAY_MS), now_ms)]
            lead.next[name] = on.next_ms(now_ms)
            told[_CHANNEL + name] = after.stored()
        return found, told

    async def _read(self, names: list[str]) -> dict[str, Timed]:
        found: dict[str, Timed] = {}
        for start in range(0, len(names), _AT_ONCE):
            records = await self._catalogue.channels(names[start : start + _AT_ONCE])
            found |= {one.name: Timed.of(one) for one in records}
        return found

    async def _note(self, found: Iterable[Happening], now_ms: int) -> bool:
        noted = False
        for one in sorted(found, key=lambda one: one.at_ms):
            takers = [hook.id for hook in self._webhooks if hook.wishes(one.type, one.channel, one.at_ms)]
            if takers and one.at_ms < now_ms - DAY_MS:
                _log.warning("event=dropped type=%s at=%s: more than a day ago", one.type, date_text(one.at_ms))
            elif takers and await self._catalogue.webhooks.note(one.id, one.type, one.body, takers):
                noted = True
        return noted

    async def _read_webhooks(self) -> None:
        last = await self._catalogue.last_change(keys.ALL_WEBHOOKS)
        if last != self._webhooks_at:
            found = await self._catalogue.webhooks.webhooks()
            self._webhooks, self._webhooks_at = tuple(one for one in found if one.enabled), last

    async def _taken_over(self) -> _Lead:
        """Go on from where whoever led before us was; the first begins with the first webhook."""
        seen = await self._catalogue.webhooks.seen()
        if seen:
            return _Lead(seen, int(seen["looked_ms"]))
        first_ms = min(one.told_from_ms for one in self._webhooks)
        start = f"{first_ms}-0"
        return _Lead({"looked_ms": str(first_ms), "assets": start, "failures": start}, first_ms, first_ms)
