"""The API's webhooks: who is told of what happens, and what has been sent to them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import ConfigDict, Field

from manifest_server.admin import webhooks
from manifest_server.admin.api import known_caller
from manifest_server.admin.parameters import Body, IfMatch, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.routing import Router
from manifest_server.admin.webhook_views import DeliveryList, DeliveryView, NewWebhookView, WebhookView
from storage.catalogue import Catalogue
from storage.token_record import allows
from storage.webhook_records import URL_LIMIT, Wished
from storage.webhooks import ENDED_KEPT

WebhookId = Annotated[str, Path(description="16 hexadecimal digits", examples=["8c1f0a2b3d4e5f60"])]
EventId = Annotated[str, Path(description="the id of an event: its header webhook-id")]
Limit = Annotated[int, Query(ge=1, le=ENDED_KEPT, description="how many to tell of")]
Url = Annotated[
    str, Field(max_length=URL_LIMIT, description="https, at a public address; redirects are not followed")
]
Wishes = Annotated[list[Wished], Field(min_length=1, max_length=20, description="what it is told of")]
OfChannel = Annotated[str | None, Field(description="of channels' events only those of this one; none: of all")]
Text = Annotated[str, Field(max_length=200, description="for people, to know it by")]


class WebhookWish(Body):
    """Whom to tell of what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "https://hooks.example/streamsync", "events": ["asset.ready", "asset.failed"]},
                {"url": "https://hooks.example/tv", "events": ["moment.reached"], "channel": "main"},
            ]
        }
    )

    url: Url
    events: Wishes
    channel: OfChannel = None
    description: Text = ""
    enabled: bool = True


class WebhookChange(Body):
    """What to change: only what is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}, {"events": ["asset.failed"]}]})

    url: Url = ""
    events: Wishes = Field(default=[])
    channel: OfChannel = None
    description: Text = ""
    enabled: bool = True


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None], *, private: bool) -> Router:
    """The routes under /webhooks. `check`: Unavailable while Redis is known to be away. `private`: URLs may be."""
    routes = Router(prefix="/webhooks", tags=["webhooks"], dependencies=[in_reach(check)], responses=REFUSALS)
    _of_all(routes, catalogue, now_ms, private)
    _of_one(routes, catalogue, now_ms, private)
    _deliveries(routes, catalogue, now_ms)
    return routes


def _of_all(routes: Router, catalogue: Catalogue, now_ms: Callable[[], int], private: bool) -> None:
    @routes.get("", summary="All webhooks, the oldest first, without secrets", operation_id="list_webhooks")
    async def listed(request: Request) -> list[WebhookView]:
        return [_seen(request, WebhookView.of(one, now_ms())) for one in await webhooks.list_webhooks(catalogue)]

    @routes.post(
        "", status_code=201, summary="Make a webhook; only this answer has its secret", operation_id="create_webhook"
    )
    async def create(wish: WebhookWish) -> NewWebhookView:
        made = await webhooks.create_webhook(catalogue, wish.model_dump(), now_ms, private=private)
        return NewWebhookView.told(made, now_ms())


def _of_one(routes: Router, catalogue: Catalogue, now_ms: Callable[[], int], private: bool) -> None:
    async def shown(webhook: str) -> tuple[WebhookView, int]:
        found = await webhooks.show_webhook(catalogue, webhook)
        return WebhookView.of(found, now_ms()), found.record.version

    @routes.get("/{webhook}", summary="A webhook, without its secret", operation_id="show_webhook")
    async def show(webhook: WebhookId, request: Request, answer: Response) -> WebhookView:
        view, version = await shown(webhook)
        return tagged(answer, _seen(request, view), version)

    @routes.patch("/{webhook}", summary="Change what is named of a webhook", operation_id="edit_webhook")
    async def edit(
        webhook: WebhookId, change: WebhookChange, answer: Response, if_match: IfMatch = None
    ) -> WebhookView:
        changed = change.model_dump(exclude_unset=True)
        version = version_of(if_match)
        async with with_newer(lambda: shown(webhook)):
            found = await webhooks.edit_webhook(catalogue, webhook, changed, now_ms, private=private, version=version)
        return tagged(answer, WebhookView.of(found, now_ms()), found.record.version)

    @routes.delete(
        "/{webhook}", status_code=204, summary="Remove a webhook, and what was to be sent to it",
        operation_id="remove_webhook",
    )  # fmt: skip
    async def remove(webhook: WebhookId) -> Response:
        await webhooks.remove_webhook(catalogue, webhook)
        return Response(status_code=204)

    @routes.post(
        "/{webhook}/rotate",
        summary="A new secret; the one before signs, too, for a day",
        operation_id="rotate_webhook",
    )
    async def rotate(webhook: WebhookId) -> NewWebhookView:
        return NewWebhookView.told(await webhooks.rotate_webhook(catalogue, webhook, now_ms), now_ms())


def _seen(request: Request, view: WebhookView) -> WebhookView:
    """A webhook for whoever asks: where it is sent may be a secret of its own, which is not for who only looks."""
    found = known_caller(request)
    return view if found is None or allows(found.scope, "edit") else view.without_path()


def _deliveries(routes: Router, catalogue: Catalogue, now_ms: Callable[[], int]) -> None:
    @routes.post(
        "/{webhook}/test", status_code=202, summary='Send an event "test" to it', operation_id="test_webhook"
    )
    async def test(webhook: WebhookId) -> DeliveryView:
        return DeliveryView.of(await webhooks.test_webhook(catalogue, webhook, now_ms))

    @routes.get(
        "/{webhook}/deliveries", summary="What is on its way to it, then what was sent, the last first",
        operation_id="list_deliveries",
    )  # fmt: skip
    async def deliveries(webhook: WebhookId, limit: Limit = ENDED_KEPT) -> DeliveryList:
        found = await webhooks.list_deliveries(catalogue, webhook, limit)
        return DeliveryList(deliveries=[DeliveryView.of(one) for one in found])

    @routes.post(
        "/{webhook}/deliveries/{event}/redeliver", status_code=202, summary="Send an event to it again, at once",
        operation_id="redeliver",
    )  # fmt: skip
    async def redeliver(webhook: WebhookId, event: EventId) -> DeliveryView:
        return DeliveryView.of(await webhooks.redeliver(catalogue, webhook, event))
