"""Webhooks in the catalogue: their records, and what has been sent to each (webhook_lua.py)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storage import keys, webhook_lua
from storage.catalogue_writes import Write, Writer
from storage.errors import Conflict, NotFound, Unavailable
from storage.record_fields import batches, parsed
from storage.redis_link import Link, text
from storage.scan import scan
from storage.webhook_records import Claimed, Delivery, EventType, WebhookRecord, is_webhook_id

AT_ONCE = 2  # requests to one webhook: a slow one does not keep the others waiting
MOST_WAITING = 1000  # deliveries of one webhook; what comes then is dropped, and counted
ENDED_KEPT = 200  # of each webhook
SEEN_MS = 3 * 86_400_000  # longer than what happened may be told late
LEASE_MS = 30_000  # a delivery whose server was lost is made again after this

_SCRIPTS: dict[str, str] = {name: getattr(webhook_lua, name) for name in webhook_lua.NAMES}


class Webhooks:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    # Records --------------------------------------------------------------

    async def webhook(self, webhook: str) -> WebhookRecord:
        """One webhook. Raises NotFound."""
        if is_webhook_id(webhook):
            stored = (await self._link.ask(keys.WEBHOOKS, ("HGET", keys.WEBHOOKS, webhook)))[0]
            if stored is not None:
                return parsed(WebhookRecord, stored, keys.WEBHOOKS, webhook)
        raise NotFound(f"no webhook {webhook[:80]!r}")

    async def webhooks(self) -> list[WebhookRecord]:
        """All of them, the oldest first; those of one millisecond by their ids."""
        found = {webhook: stored async for webhook, stored in scan(self._link, keys.WEBHOOKS)}
        records = [parsed(WebhookRecord, stored, keys.WEBHOOKS, webhook) for webhook, stored in found.items()]
        return sorted(records, key=lambda record: (record.created_ms, record.id))

    async def count(self) -> int:
        """How many there are."""
        return int((await self._link.ask(keys.WEBHOOKS, ("HLEN", keys.WEBHOOKS)))[0])

    async def create(self, record: WebhookRecord) -> None:
        """Add one. Raises Conflict if there is one of this id."""
        await self._writer.create(webhook_write(record.id, record.stored()))

    async def replace(self, record: WebhookRecord) -> None:
        """Store the successor of version `record.version - 1`. Raises Conflict, NotFound."""
        write = webhook_write(record.id, record.stored())
        await self._writer.replace(write, record.version, None, "WebhookRecord")

    async def remove(self, webhook: str) -> None:
        """Forget one, and all that was or is to be sent to it."""
        await self._writer.put(webhook_write(webhook, ""))
        await self._run("FORGET", webhook, "")

    # Deliveries -----------------------------------------------------------

    async def note(self, event: str, kind: EventType, body: str, webhooks: Iterable[str]) -> bool:
        """Queue an event for webhooks; False, and nothing, if it was known already."""
        entry = json.dumps({"type": kind, "body": body})
        return _word(await self._run("NOTE", event, entry, SEEN_MS, MOST_WAITING, *webhooks)) == "noted"

    async def claim(self, token: str) -> Claimed | None:
        """What is due longest, ours for LEASE_MS; None if nothing is."""
        answer = await self._run("CLAIM", token, LEASE_MS)
        if not answer:
            return None
        webhook, event, stored = map(text, answer)
        entry = _entry(stored)
        return Claimed(webhook=webhook, event=event, body=entry["body"], tries=entry["tries"], token=token)

    async def settle(
        self, claimed: Claimed, *, delivered: bool, status: int | None, error: str, again_ms: int | None
    ) -> int | None:
        """How a delivery went, and in how long it is tried again; since when (Unix ms) the webhook has been failing.

        None: it is not failing, or the delivery is somebody else's by now.
        """
        outcome = (
            "delivered" if delivered else "failed", "" if status is None else status, error,
            "" if again_ms is None else again_ms, ENDED_KEPT,
        )  # fmt: skip
        answer = _word(await self._run("SETTLE", claimed.webhook, claimed.event, claimed.token, *outcome))
        return int(answer) if answer.isdecimal() else None

    async def again(self, webhook: str, event: str) -> None:
        """Send an event once more, with as many tries as at first. Raises NotFound, and Conflict while it is sent."""
        match _word(await self._run("AGAIN", webhook, event)):
            case "absent":
                raise NotFound(f"no delivery {event[:80]!r} to webhook {webhook!r}: the last {ENDED_KEPT} are kept")
            case "sending":
                raise Conflict(f"event {event!r} is being sent")

    async def recovered(self, webhook: str) -> None:
        """Forget since when it has been failing."""
        await self._run("FORGET", webhook, "1")

    async def deliveries(self, webhook: str, limit: int = ENDED_KEPT) -> list[Delivery]:
        """What is on its way to a webhook, the next first, then what is over, the last first."""
        leased, pending, ended = (f"{keys.WEBHOOK_PREFIX}{part}:{webhook}" for part in ("leased", "pending", "ended"))
        last = limit - 1
        found = await self._link.ask(
            leased, ("ZRANGE", leased, 0, last), ("ZRANGE", pending, 0, last), ("ZREVRANGE", ended, 0, last)
        )
        events = [text(event) for part in found for event in part][:limit]
        stored = await self._delivered(webhook, events)
        return [stored[event] for event in events if event in stored]

    async def delivery(self, webhook: str, event: str) -> Delivery:
        """One delivery. Raises NotFound."""
        found = await self._delivered(webhook, [event])
        if event not in found:
            raise NotFound(f"no delivery {event[:80]!r} to webhook {webhook!r}: the last {ENDED_KEPT} are kept")
        return found[event]

    async def _delivered(self, webhook: str, events: Sequence[str]) -> dict[str, Delivery]:
        key, found = f"{keys.WEBHOOK_PREFIX}log:{webhook}", {}
        for batch in batches(events):
            texts = (await self._link.ask(key, ("HMGET", key, *batch)))[0]
            for event, stored in zip(batch, texts, strict=True):
                if stored is not None:
                    entry = _entry(stored)
                    known = {name: entry[name] for name in Delivery.model_fields if name in entry}
                    found[event] = Delivery(event=event, **known)
        return found

    async def troubles(self) -> tuple[dict[str, int], dict[str, int]]:
        """Since when (Unix ms) webhooks have been failing; and how many events those with too many waiting lost."""
        failing, dropped = f"{keys.WEBHOOK_PREFIX}failing", f"{keys.WEBHOOK_PREFIX}dropped"
        answers = await self._link.ask(failing, ("HGETALL", failing), ("HGETALL", dropped))
        since, lost = ({text(name): int(value) for name, value in _pairs(one)} for one in answers)
        return since, lost

    # What has happened ----------------------------------------------------

    async def lead(self, token: str, ms: int) -> bool:
        """Whether it is the caller who looks for what has happened: for so long it is nobody else."""
        return bool(await self._run("LEAD", token, ms))

    async def seen(self) -> dict[str, str]:
        """Up to where it was looked for what has happened."""
        return {text(name): text(value) for name, value in _pairs((await self._state("HGETALL"))[0])}

    async def see(self, changed: Mapping[str, str]) -> None:
        """Note up to where it was looked."""
        if changed:
            await self._state("HSET", *(part for pair in changed.items() for part in pair))

    async def unsee(self) -> None:
        """Forget it, as there is nobody to be told."""
        await self._state("DEL")

    async def _state(self, command: str, *more: str) -> list[Any]:
        return await self._link.ask(keys.WEBHOOK_STATE, (command, keys.WEBHOOK_STATE, *more))

    async def _run(self, name: str, *arguments: str | int) -> Any:
        head = ("EVAL", _SCRIPTS[name], 1, keys.WEBHOOKS_DUE, keys.WEBHOOK_PREFIX, AT_ONCE)
        return (await self._link.ask(keys.WEBHOOKS_DUE, (*head, *arguments)))[0]


def webhook_write(webhook: str, record: str) -> Write:
    """How a webhook is stored; "" removes it."""
    return Write(keys.WEBHOOKS, webhook, record, "webhook", keys.ALL_WEBHOOKS, f"webhook {webhook!r}")


def _entry(stored: bytes | str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(stored)
    except ValueError:
        raise Unavailable("catalogue: it holds a delivery that cannot be read") from None
    return found


def _pairs(answer: Any) -> Iterable[tuple[Any, Any]]:
    return answer.items() if isinstance(answer, dict) else zip(answer[::2], answer[1::2], strict=True)


def _word(answer: Any) -> str:
    return text(answer) if isinstance(answer, bytes | str) else str(answer)
