"""What the API answers with about webhooks: pydantic models, for its doors and for its client. Times are RFC 3339."""

import re
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.examples import Example
from manifest_server.admin.views import date_or_none
from manifest_server.admin.webhooks import Watched
from manifest_server.playout.ticks import date_text
from storage.webhook_records import Delivery, DeliveryState, EventType, WebhookRecord

_ID: Final = "8c1f0a2b3d4e5f60"
WEBHOOK: Final[Example] = {
    "id": _ID, "version": 1, "url": "https://hooks.example/streamsync", "events": ["asset.ready", "asset.failed"],
    "channel": None, "enabled": True, "description": "the archive", "created": "2026-01-01T00:00:00.000Z",
    "stopped": "", "failing_since": None, "dropped": 0, "old_secret_until": None,
}  # fmt: skip
NEW_WEBHOOK: Final[Example] = {**WEBHOOK, "secret": "whsec_" + "A" * 43 + "="}
DELIVERY: Final[Example] = {
    "event": "evt_" + "3" * 32, "type": "asset.ready", "queued": "2026-01-01T00:00:00.000Z", "state": "waiting",
    "tries": 1, "status": 503, "error": "it answered 503", "last": "2026-01-01T00:00:00.250Z",
    "next": "2026-01-01T00:00:05.400Z",
}  # fmt: skip


class WebhookView(BaseModel):
    """A webhook without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK]})

    id: str
    version: int
    url: Annotated[str, Field(description="for who only looks `https://HOST/...`: the rest may be a secret")]
    events: list[EventType]
    channel: Annotated[str | None, Field(description="of channels' events only those of this one")]
    enabled: bool
    description: str
    created: str
    stopped: Annotated[str, Field(description='why it was disabled by itself; else ""')]
    failing_since: Annotated[str | None, Field(description="since when every try has failed")]
    dropped: Annotated[int, Field(description="how many events it did not get, as too many were waiting")]
    old_secret_until: Annotated[str | None, Field(description="until then the secret before signs, too")]

    @classmethod
    def of(cls, watched: Watched, now_ms: int) -> Self:
        """What may be told of a webhook."""
        return cls.model_validate(_facts(watched, now_ms))

    def without_path(self) -> Self:
        """The same, but of where it is sent only the scheme and the host."""
        scheme, _, rest = self.url.partition("://")
        return self.model_copy(update={"url": f"{scheme}://{re.split('[/?]', rest)[0]}/..."})


class NewWebhookView(WebhookView):
    """A webhook with its secret, as it is told once."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_WEBHOOK]})

    secret: Annotated[str, Field(description="what signs, as the Standard Webhooks specification says")]

    @classmethod
    def told(cls, record: WebhookRecord, now_ms: int) -> Self:
        """What is told to whoever made it, or rotated its secret."""
        return cls.model_validate({**_facts(Watched(record), now_ms), "secret": record.secret})


class DeliveryView(BaseModel):
    """An event on its way to a webhook, or there. `next`: when it is tried again."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    event: Annotated[str, Field(description="the same for every try: the header webhook-id")]
    type: EventType
    queued: str
    state: DeliveryState
    tries: int
    status: Annotated[int | None, Field(description="of the last answer; none if there was none")]
    error: str
    last: str | None
    next: str | None

    @classmethod
    def of(cls, one: Delivery) -> Self:
        """A delivery as it is."""
        return cls(
            **one.model_dump(include={"event", "type", "state", "tries", "status", "error"}),
            queued=date_text(one.queued_ms),
            last=date_or_none(one.last_ms),
            next=date_or_none(one.next_ms),
        )


class DeliveryList(BaseModel):
    """What is on its way, the next first, then what was sent, the last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"deliveries": [DELIVERY]}]})

    deliveries: list[DeliveryView]


def _facts(watched: Watched, now_ms: int) -> dict[str, object]:
    record = watched.record
    overlaps = record.secret_before is not None and now_ms < record.before_until_ms
    told = {"id", "version", "url", "events", "channel", "enabled", "description", "stopped"}
    return {
        **record.model_dump(include=told),
        "created": date_text(record.created_ms),
        "failing_since": date_or_none(watched.failing_ms),
        "dropped": watched.dropped,
        "old_secret_until": date_text(record.before_until_ms) if overlaps else None,
    }
