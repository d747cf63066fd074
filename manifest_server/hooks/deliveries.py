"""Sends what is queued for webhooks: in every server, each delivery under a lease that another takes over."""

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from manifest_server.hooks.addresses import NotSent
from manifest_server.hooks.retries import MOST_TRIES, again_ms, retry_after_ms
from manifest_server.hooks.signing import headers
from manifest_server.playout.ticks import date_text
from storage import spans
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound, StreamSyncError
from storage.redis_link import end
from storage.spans import Span
from storage.webhook_records import Claimed, WebhookRecord

if TYPE_CHECKING:
    from manifest_server.hooks.sending import Sender

AT_ONCE = 32  # requests of one server, to all webhooks
LOOK_S = 1.0  # how often a server looks whether something is due
FAILING_MS = 3 * 86_400_000  # a webhook that has failed for so long is disabled
GONE = 410

_log = logging.getLogger("streamsync.webhooks")


class Deliveries:
    """Sends for as long as `run` runs."""

    def __init__(
        self,
        catalogue: Catalogue,
        now_ms: Callable[[], int],
        check: Callable[[], None],
        *,
        private: bool,
        look_s: float = LOOK_S,
    ) -> None:
        """`check` raises Unavailable while the catalogue is known to be away; `private`: see Sender."""
        self._look_s = look_s
        self._webhooks = catalogue.webhooks
        self._now_ms = now_ms
        self._check = check
        self._private = private
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sender: Sender | None = None
        self._loading = threading.Lock()

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        try:
            while True:
                with suppress(StreamSyncError):  # a catalogue that is away is for /readyz to tell
                    self._check()
                    await self._claim()
                self._wake.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._look_s)
        finally:
            await end(self._tasks)
            if self._sender is not None:
                await self._sender.aclose()

    async def _claim(self) -> None:
        while len(self._tasks) < AT_ONCE:
            claimed = await self._webhooks.claim(secrets.token_urlsafe(12))
            if claimed is None:
                return
            task = asyncio.create_task(self._deliver(claimed))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._wake.set()  # there may be another for the same webhook

    async def _deliver(self, claimed: Claimed) -> None:
        with spans.begin("webhook", "client") as span:
            span.note("streamsync.webhook", claimed.webhook)
            span.note("streamsync.event", claimed.event)
            span.note("streamsync.tries", claimed.tries)
            await self._settle(claimed, span)

    async def _settle(self, claimed: Claimed, span: Span) -> None:
        try:
            record = await self._webhooks.webhook(claimed.webhook)
            status, error, asked_ms = await self._sent(record, claimed)
            if status is not None:
                span.note("http.response.status_code", status)
            if error:
                span.fail("not_sent" if status is None else str(status))
            delivered = status is not None and 200 <= status < 300
            pause_ms = again_ms(claimed.webhook, claimed.event, claimed.tries, asked_ms)
            gone = status == GONE and await self._is_still_there(record)
            over = delivered or gone or not record.enabled
            since_ms = await self._webhooks.settle(
                claimed, delivered=delivered, status=status, error=error, again_ms=None if over else pause_ms
            )
            if gone:
                await self._disable(record, "it answered 410: gone")
            elif since_ms is not None and self._now_ms() - since_ms >= FAILING_MS:
                await self._disable(record, f"every try has failed since {date_text(since_ms)}")
        except NotFound:
            pass  # it was removed, and its deliveries with it
        except StreamSyncError:
            pass  # nobody knows how it went: the lease runs out, and it is sent again
        except Exception:
            _log.exception("event=fault webhook=%s of=%s", claimed.webhook, claimed.event)

    async def _sent(self, record: WebhookRecord, claimed: Claimed) -> tuple[int | None, str, int]:
        """The status of the answer, if there was one, what is wrong ("": nothing), and for how long not to ask."""
        if not record.enabled:
            return None, "the webhook is disabled", 0
        if claimed.tries > MOST_TRIES:
            return None, "the servers that sent it were lost", 0
        body, now_ms = claimed.body.encode(), self._now_ms()
        signed = headers(claimed.event, now_ms // 1000, body, record.secrets(now_ms))
        status, error, asked_ms = await self._posted(record.url, signed, body)
        level = logging.WARNING if error else logging.INFO
        fact = "not_delivered" if error else "delivered"
        _log.log(level, "event=%s webhook=%s of=%s try=%d %s", fact, record.id, claimed.event, claimed.tries, error)
        return status, error, asked_ms

    async def _posted(self, url: str, signed: dict[str, str], body: bytes) -> tuple[int | None, str, int]:
        sender = self._sender
        if sender is None:
            sender = await asyncio.to_thread(self._loaded)
        try:
            answer = await sender.post(url, signed, body)
        except NotSent as error:
            return None, str(error)[:300], 0
        status, asked_ms = answer.status, retry_after_ms(answer.retry_after, self._now_ms())
        if 300 <= status < 400:
            return status, f"it answered {status}: redirects are not followed", asked_ms
        return status, "" if 200 <= status < 300 else f"it answered {status}", asked_ms

    def _loaded(self) -> "Sender":
        from manifest_server.hooks.sending import Sender  # noqa: PLC0415  httpx takes its time

        with self._loading:  # several may ask at first
            if self._sender is None:
                self._sender = Sender(private=self._private)
            return self._sender

    async def _is_still_there(self, record: WebhookRecord) -> bool:
        """Whether the URL was not changed while it was asked: else its answer says nothing of the webhook."""
        return (await self._webhooks.webhook(record.id)).url == record.url

    async def _disable(self, asked: WebhookRecord, why: str) -> None:
        record = await self._webhooks.webhook(asked.id)
        if record.enabled and record.url == asked.url:
            changed = {"enabled": False, "stopped": why, "version": record.version + 1}
            with suppress(Conflict):  # who changes it knows; and the next failure is another try
                await self._webhooks.replace(record.model_copy(update=changed))
            _log.warning("event=disabled webhook=%s reason=%s", record.id, why)
