"""Webhooks as they are stored: who is to be told of what, and how far each delivery is.

The secrets themselves are stored, as what is sent is signed with them; they are in no `repr`.
"""

import re
from typing import Annotated, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from storage.record import Record

EventType = Literal[
    "asset.ready", "asset.failed", "channel.started", "channel.stopped", "moment.reached", "test"
]  # fmt: skip
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

ID_BYTES = 8
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105
URL_LIMIT = 2000
_ID = re.compile(r"[0-9a-f]{16}")
_EVENT = re.compile(r"evt_[0-9a-f]{32}")
_VISIBLE = re.compile(r"[!-~]+")  # what a URL is written with: ASCII without spaces


def is_webhook_id(text: str) -> bool:
    """Whether it has the form of a webhook's id."""
    return _ID.fullmatch(text) is not None


def is_event_id(text: str) -> bool:
    """Whether it has the form of an event's id."""
    return _EVENT.fullmatch(text) is not None


def hook_url(text: str) -> str:
    """`text`, if it may be where a webhook is sent. Raises ValueError, without repeating it."""
    if len(text) > URL_LIMIT or not _VISIBLE.fullmatch(text):
        raise ValueError(f"a URL is up to {URL_LIMIT} visible ASCII characters")
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is https:// and a host, perhaps a port, a path and a query")
    if "@" in parts.netloc:
        raise ValueError("it has a user or password in it: what is sent is signed instead")
    if "#" in text:
        raise ValueError("it has a fragment ('#'), which is never sent")
    return text


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            raise ValueError
    except ValueError:
        raise ValueError("its host or port is none") from None
    return parts


def _label(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that do not print")
    return text.strip()


def _each_once(events: tuple[EventType, ...]) -> tuple[EventType, ...]:
    return tuple(one for one in EVENT_TYPES if one in events)


Description = Annotated[str, Field(max_length=200), AfterValidator(_label)]
HookUrl = Annotated[str, AfterValidator(hook_url)]
# A test is for whoever asks for one: it is not wished for beforehand.
Wished = Literal["asset.ready", "asset.failed", "channel.started", "channel.stopped", "moment.reached"]
Events = Annotated[tuple[Wished, ...], Field(min_length=1, max_length=20), AfterValidator(_each_once)]


class WebhookRecord(Record):
    """Who is told of what. Of a `channel`, if one is named: what is of no channel is told all the same.

    `stopped`: why the system has disabled it; "" if nobody or a person did. The secret before the last rotation
    signs, too, until `before_until_ms`. `told_from_ms`: what happened before is not told.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    version: int = 1  # before all that people choose: see REPLACE in catalogue_writes.py
    schema_version: Literal[1] = 1
    created_ms: int
    told_from_ms: int
    enabled: bool = True
    url: HookUrl
    events: Events
    channel: str | None = None
    description: Description = ""
    stopped: str = ""
    secret: Annotated[str, Field(repr=False)]
    secret_before: Annotated[str | None, Field(repr=False)] = None
    before_until_ms: int = 0

    def wishes(self, kind: EventType, channel: str | None, at_ms: int) -> bool:
        """Whether it is to be told of what happened at `at_ms`, on this channel or (None) on none."""
        of_channel = channel is None or self.channel is None or self.channel == channel
        return self.enabled and kind in self.events and of_channel and at_ms >= self.told_from_ms

    def secrets(self, now_ms: int) -> tuple[str, ...]:
        """What signs at this instant, the newest first."""
        old = self.secret_before if now_ms < self.before_until_ms else None
        return (self.secret,) if old is None else (self.secret, old)


DeliveryState = Literal["waiting", "sending", "delivered", "failed"]


class Delivery(Record):
    """An event on its way to one webhook, or there. Times are Unix milliseconds.

    `status`: of the last answer, if there was one. `next_ms`: when it is tried again.
    """

    event: str
    type: EventType
    queued_ms: int
    state: DeliveryState
    tries: int = 0
    status: int | None = None
    error: str = ""
    last_ms: int | None = None
    next_ms: int | None = None


class Claimed(Record):
    """A delivery that is ours to make: `tries` counts this one."""

    webhook: str
    event: str
    body: str
    tries: int
    token: str
