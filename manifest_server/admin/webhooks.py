"""The verbs of webhooks: who is told of what, and what has been sent to them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from manifest_server.admin.actions import Clock, check_version
from manifest_server.hooks.addresses import check_url
from manifest_server.hooks.happenings import Happening
from manifest_server.hooks.signing import written
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.keys import checked_name
from storage.metadata import mistake
from storage.webhook_records import ID_BYTES, SECRET_BYTES, Delivery, WebhookRecord

WEBHOOKS_LIMIT = 1000
OVERLAP_MS = 24 * 3600 * 1000  # for so long after a rotation the secret before signs, too


@dataclass(frozen=True, slots=True)
class Watched:
    """A webhook and how it is doing: since when (Unix ms) it has been failing, how many deliveries were dropped."""

    record: WebhookRecord
    failing_ms: int | None = None
    dropped: int = 0


async def create_webhook(
    catalogue: Catalogue, wish: Mapping[str, Any], clock: Clock, *, private: bool = False
) -> WebhookRecord:
    """A new webhook, with a secret of its own. Raises BadInput, Conflict if there are too many.

    `wish` has its url and events, and perhaps channel, description, enabled. `private`: its address may be.
    """
    now_ms = clock()
    record = _checked(
        {
            **wish, "id": secrets.token_hex(ID_BYTES), "secret": written(secrets.token_bytes(SECRET_BYTES)),
            "created_ms": now_ms, "told_from_ms": now_ms,
        },
        private=private,
    )  # fmt: skip
    if await catalogue.webhooks.count() >= WEBHOOKS_LIMIT:
        raise Conflict(f"there are {WEBHOOKS_LIMIT} webhooks: remove those that nobody needs")
    await catalogue.webhooks.create(record)
    await _say(catalogue, record.id, f"webhook {record.id} made: {', '.join(record.events)}", "made")
    return record


async def list_webhooks(catalogue: Catalogue) -> list[Watched]:
    """All webhooks, the oldest first."""
    records = await catalogue.webhooks.webhooks()
    failing, dropped = await catalogue.webhooks.troubles()
    return [Watched(one, failing.get(one.id), dropped.get(one.id, 0)) for one in records]


async def show_webhook(catalogue: Catalogue, webhook: str) -> Watched:
    """One webhook. Raises NotFound."""
    record = await catalogue.webhooks.webhook(webhook)
    failing, dropped = await catalogue.webhooks.troubles()
    return Watched(record, failing.get(record.id), dropped.get(record.id, 0))


async def edit_webhook(
    catalogue: Catalogue,
    webhook: str,
    changed: Mapping[str, Any],
    clock: Clock,
    *,
    private: bool = False,
    version: int | None = None,
) -> Watched:
    """Change what is named. One that is enabled anew is told of what happens from now on. Raises as `create` does."""
    record = await catalogue.webhooks.webhook(webhook)
    check_version(f"webhook {webhook!r}", record.version, version)
    anew = bool(changed.get("enabled")) and not record.enabled
    more = {"stopped": "", "told_from_ms": clock()} if anew else {}
    after = _checked(
        {**record.model_dump(), **changed, **more, "version": record.version + 1}, private=private
    )  # fmt: skip
    if after.model_copy(update={"version": record.version}) != record:
        await catalogue.webhooks.replace(after)
        await _say(catalogue, webhook, f"webhook {webhook} changed: {', '.join(sorted(changed))}")
    if anew:
        await catalogue.webhooks.recovered(webhook)
    return await show_webhook(catalogue, webhook)


async def remove_webhook(catalogue: Catalogue, webhook: str) -> None:
    """Forget a webhook, and what was to be sent to it. Raises NotFound."""
    await catalogue.webhooks.webhook(webhook)
    await catalogue.webhooks.remove(webhook)
    await _say(catalogue, webhook, f"webhook {webhook} taken away", "gone")


async def rotate_webhook(catalogue: Catalogue, webhook: str, clock: Clock) -> WebhookRecord:
    """A new secret; the one before signs, too, for OVERLAP_MS. Raises NotFound, Conflict."""
    record = await catalogue.webhooks.webhook(webhook)
    after = record.model_copy(
        update={
            "version": record.version + 1,
            "secret": written(secrets.token_bytes(SECRET_BYTES)),
            "secret_before": record.secret,
            "before_until_ms": clock() + OVERLAP_MS,
        }
    )
    await catalogue.webhooks.replace(after)
    await _say(catalogue, webhook, f"webhook {webhook} has a new secret")
    return after


async def test_webhook(catalogue: Catalogue, webhook: str, clock: Clock) -> Delivery:
    """Send an event "test" to a webhook. Raises NotFound, and Conflict for one that is disabled."""
    await _enabled(catalogue, webhook)
    test = Happening("test", clock(), secrets.token_hex(16), {"webhook": webhook})
    await catalogue.webhooks.note(test.id, test.type, test.body, [webhook])
    return await catalogue.webhooks.delivery(webhook, test.id)


async def list_deliveries(catalogue: Catalogue, webhook: str, limit: int) -> list[Delivery]:
    """What is on its way to a webhook, then what was sent, the last first. Raises NotFound."""
    await catalogue.webhooks.webhook(webhook)
    return await catalogue.webhooks.deliveries(webhook, limit)


async def redeliver(catalogue: Catalogue, webhook: str, event: str) -> Delivery:
    """Send an event again, at once. Raises NotFound; Conflict while it is sent, and for a disabled webhook."""
    await _enabled(catalogue, webhook)
    await catalogue.webhooks.again(webhook, event)
    return await catalogue.webhooks.delivery(webhook, event)


async def _say(catalogue: Catalogue, webhook: str, line: str, what: str = "changed") -> None:
    """What the trail of what is of no channel says. URLs may have secrets of their own: they are not in it."""
    await catalogue.audit.say("webhook", webhook, line, what)


async def _enabled(catalogue: Catalogue, webhook: str) -> None:
    if not (await catalogue.webhooks.webhook(webhook)).enabled:
        raise Conflict(f"webhook {webhook!r} is disabled: enable it first")


def _checked(fields: Mapping[str, Any], *, private: bool) -> WebhookRecord:
    try:
        record = WebhookRecord.model_validate(fields)
    except ValidationError as error:
        raise mistake(error, "the webhook") from None
    if record.channel is not None:
        checked_name("channel", record.channel)
    check_url(record.url, private=private)
    return record
