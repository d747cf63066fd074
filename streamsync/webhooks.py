"""`streamsync webhook`: who is told of what happens, and what has been sent to them."""

from typing import Annotated

import typer

from manifest_server.admin.webhook_views import DeliveryList, DeliveryView, NewWebhookView, WebhookView
from storage.errors import BadInput
from storage.settings import load
from storage.webhook_records import is_event_id, is_webhook_id
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, err, out, print_facts, print_json, print_table

app = typer.Typer(
    help="Webhooks: tell other programs what happens.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip

Webhook = Annotated[str, typer.Argument(help="Its id.", show_default=False)]
Event = Annotated[str, typer.Argument(help="The event's id, as `webhook deliveries` has it.", show_default=False)]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        help="What it is told of, each once: asset.ready, asset.failed, channel.started, channel.stopped, "
        "moment.reached.",
        show_default=False,
    ),
]
Channel = Annotated[str | None, typer.Option(help="Of channels' events only those of this one.")]
Description = Annotated[str | None, typer.Option(help="What to know it by.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to send: https, at a public address.", show_default=False)],
    event: Events = None,
    channel: Channel = None,
    description: Description = None,
    json: Json = False,
) -> None:
    """Add a webhook and print its secret: this once.

    Examples:

        streamsync webhook add https://hooks.example/assets --event asset.ready --event asset.failed

        streamsync webhook add https://hooks.example/tv --event moment.reached --channel main
    """
    if not event:
        raise BadInput("--event: say what it is to be told of")
    wish = {"url": url, "events": event, "channel": channel, "description": description or ""}
    with doors(load()) as door:
        made = door.ask(NewWebhookView, "POST", "webhooks", wish)
    _print_secret(made, json)


@app.command("list")
def listed(json: Json = False) -> None:
    """List the webhooks, without their secrets.

    Example: streamsync webhook list
    """
    with doors(load()) as door:
        found = door.ask(list[WebhookView], "GET", "webhooks")
    if json:
        print_json(found)
    elif found:
        table = columns("webhook", "state", "url", "events", "channel", "description")
        for one in found:
            add_row(table, one.id, _state(one), one.url, " ".join(one.events), one.channel or "", one.description)
        print_table(table)
    else:
        err.print("no webhooks: streamsync webhook add URL --event asset.ready makes one")


@app.command()
def show(webhook: Webhook, json: Json = False) -> None:
    """Show a webhook, without its secret.

    Example: streamsync webhook show 8c1f0a2b3d4e5f60
    """
    with doors(load()) as door:
        found = door.ask(WebhookView, "GET", _place(webhook))
    _print(found, json)


@app.command()
def edit(
    webhook: Webhook,
    url: Annotated[str | None, typer.Option(help="Where to send.")] = None,
    event: Events = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel's events; '' for those of all.")] = None,
    description: Description = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Send to it, or do not.")] = None,
    json: Json = False,
) -> None:
    """Change what is named of a webhook. One that is enabled again is told of what happens from then on.

    Examples:

        streamsync webhook edit 8c1f0a2b3d4e5f60 --disable

        streamsync webhook edit 8c1f0a2b3d4e5f60 --enable --event asset.failed
    """
    named = {"url": url, "events": event or None, "description": description, "enabled": enabled}
    changed: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    if channel is not None:
        changed["channel"] = channel or None
    if not changed:
        raise BadInput("say what to change: --url, --event, --channel, --description, --enable or --disable")
    with doors(load()) as door:
        found = door.ask(WebhookView, "PATCH", _place(webhook), changed)
    _print(found, json)


@app.command()
def remove(webhook: Webhook) -> None:
    """Remove a webhook, and what was to be sent to it.

    Example: streamsync webhook remove 8c1f0a2b3d4e5f60
    """
    with doors(load()) as door:
        door.tell("DELETE", _place(webhook))
    err.print("removed")


@app.command()
def rotate(webhook: Webhook, json: Json = False) -> None:
    """Give a webhook a new secret and print it. For a day the one before signs, too.

    Example: streamsync webhook rotate 8c1f0a2b3d4e5f60
    """
    with doors(load()) as door:
        made = door.ask(NewWebhookView, "POST", _place(webhook, "rotate"))
    _print_secret(made, json)


@app.command("test")
def send_test(webhook: Webhook, json: Json = False) -> None:
    """Send an event "test" to a webhook; `webhook deliveries` tells how that went. A running server sends it.

    Example: streamsync webhook test 8c1f0a2b3d4e5f60
    """
    with doors(load()) as door:
        queued = door.ask(DeliveryView, "POST", _place(webhook, "test"))
    _print_queued(queued, json)


@app.command()
def deliveries(
    webhook: Webhook,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many to list.")] = 20,
    json: Json = False,
) -> None:
    """List what is on its way to a webhook, the next first, then what was sent, the last first.

    Example: streamsync webhook deliveries 8c1f0a2b3d4e5f60 --limit 50
    """
    with doors(load()) as door:
        found = door.ask(DeliveryList, "GET", f"{_place(webhook, 'deliveries')}?limit={limit}").deliveries
    if json:
        print_json(found)
    elif found:
        table = columns("event", "type", "queued", "state", "tries", "status", "next", "error")
        for one in found:
            status = "" if one.status is None else str(one.status)
            add_row(
                table, one.event, one.type, one.queued, one.state, str(one.tries), status, one.next or "", one.error
            )
        print_table(table)
    else:
        err.print("nothing was sent to it yet")


@app.command()
def redeliver(webhook: Webhook, event: Event, json: Json = False) -> None:
    """Send an event to a webhook again, at once, under the same id.

    Example: streamsync webhook redeliver 8c1f0a2b3d4e5f60 evt_33333333333333333333333333333333
    """
    if not is_event_id(event):
        raise BadInput("an event's id is evt_ and 32 hexadecimal digits: streamsync webhook deliveries lists them")
    with doors(load()) as door:
        queued = door.ask(DeliveryView, "POST", _place(webhook, "deliveries", event, "redeliver"))
    _print_queued(queued, json)


def _place(webhook: str, *more: str) -> str:
    if not is_webhook_id(webhook):
        raise BadInput("a webhook's id is 16 hexadecimal digits: streamsync webhook list lists them")
    return place("webhooks", webhook, *more)


def _state(one: WebhookView) -> str:
    if not one.enabled:
        return f"disabled: {one.stopped}" if one.stopped else "disabled"
    return "enabled" if one.failing_since is None else f"failing since {one.failing_since}"


def _print(one: WebhookView, json: bool) -> None:
    if json:
        print_json(one)
        return
    facts = {"webhook": one.id, "state": _state(one), "url": one.url, "events": " ".join(one.events)}
    more = {"channel": one.channel, "description": one.description, "old secret signs until": one.old_secret_until}
    lost = {"dropped": str(one.dropped)} if one.dropped else {}
    print_facts({**facts, **{name: value for name, value in more.items() if value}, **lost})


def _print_secret(made: NewWebhookView, json: bool) -> None:
    if json:
        print_json(made)
        return
    err.print(f"webhook {made.id}; its secret, which is not shown again:", markup=False)
    out.print(made.secret, markup=False)


def _print_queued(queued: DeliveryView, json: bool) -> None:
    if json:
        print_json(queued)
    else:
        err.print(
            f"event {queued.event} is on its way: streamsync webhook deliveries tells how it went", markup=False
        )
