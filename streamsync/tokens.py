"""`streamsync token`: tokens for the API, and playback tokens for viewers; `channel access`: who needs the latter."""

from enum import StrEnum
from typing import Annotated

import typer

from manifest_server.admin.token_views import NewTokenView, PlaybackTokenView, TokenView
from manifest_server.admin.views import ChannelView
from manifest_server.viewer.clock import span_ms
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from storage.token_record import is_id
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, err, out, print_facts, print_json, print_table

app = typer.Typer(
    help="Machine tokens for the API, and playback tokens for viewers.", no_args_is_help=True, rich_markup_mode=None
)


class Access(StrEnum):
    """Who may watch a channel."""

    PUBLIC = "public"
    TOKEN = "token"  # noqa: S105


@app.command()
def create(
    scope: Annotated[str, typer.Option(help="read: look; edit: change; own: make tokens, too.", show_default=False)],
    name: Annotated[str, typer.Option(help="What to know it by.")] = "",
    expires: Annotated[str | None, typer.Option(help="How long it lasts: 90m, 12h, 30d. Default: for ever.")] = None,
    json: Json = False,
) -> None:
    """Make a token for the API and print it: this once, as only its hash is kept.

    Examples:

        streamsync token create --scope edit --name ci --expires 30d

        STREAMSYNC_TOKEN=$(streamsync token create --scope read) streamsync --server https://tv.example jobs list
    """
    if expires is not None:
        span_ms(expires)
    with doors(load()) as door:
        made = door.ask(NewTokenView, "POST", "tokens", {"scope": scope, "name": name, "expires": expires})
    if json:
        print_json(made)
        return
    until = "until it is revoked" if made.expires is None else f"until {made.expires}"
    err.print(f"token {made.id}, to {made.scope}, {until}; it is not shown again:", markup=False)
    out.print(made.token, markup=False)


@app.command("list")
def listed(json: Json = False) -> None:
    """List the tokens for the API, without their secrets.

    Example: streamsync token list
    """
    with doors(load()) as door:
        found = door.ask(list[TokenView], "GET", "tokens")
    if json:
        print_json(found)
    elif found:
        table = columns("token", "scope", "name", "made", "expires")
        for one in found:
            over = "expired " if one.expired else ""
            add_row(table, one.id, one.scope, one.name, one.created, f"{over}{one.expires or ''}")
        print_table(table)
    else:
        err.print("no tokens: streamsync token create --scope read makes one")


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id: what stands between the two '_' of it.", show_default=False)],
) -> None:
    """Let a token for the API open nothing any more; servers hear of it within seconds.

    Example: streamsync token revoke 0f3a77b2c4d5e6f7
    """
    if not is_id(token):
        raise BadInput("the id of a token is 16 hexadecimal digits: what stands between the two '_' of it")
    with doors(load()) as door:
        door.tell("DELETE", place("tokens", token))
    err.print("revoked")


@app.command()
def playback(
    channel: Annotated[str, typer.Argument(help="The channel.", show_default=False)],
    viewer: Annotated[str, typer.Argument(help="The viewer's name.", show_default=False)],
    expires: Annotated[str, typer.Option(help="How long it lasts: 90m, 6h, at most 30d.")] = "6h",
    json: Json = False,
) -> None:
    """Issue a token with which a viewer may watch a channel that is not public. It cannot be revoked.

    Signed with the first of STREAMSYNC_PLAYBACK_KEYS. Your own backend can do the same: docs/tokens.md.

    Examples:

        streamsync token playback main alice --expires 6h

        ffplay "https://tv.example/live/main/alice/index.m3u8?t=$(streamsync token playback main alice)"
    """
    span_ms(expires)
    with doors(load()) as door:
        where = place("channels", checked_name("channel", channel), "playback-tokens")
        made = door.ask(PlaybackTokenView, "POST", where, {"viewer": viewer, "expires": expires})
    if json:
        print_json(made)
        return
    err.print(f"until {made.expires}, for {made.path}?t=TOKEN:", markup=False)
    out.print(made.token, markup=False)


def access(
    name: Annotated[str, typer.Argument(help="The channel's name.", show_default=False)],
    who: Annotated[Access, typer.Argument(help="Who may watch: anybody, or who has a playback token.")],
    json: Json = False,
) -> None:
    """Let anybody watch a channel, or only those with a playback token; on air too, within seconds.

    Examples:

        streamsync channel access main token

        streamsync channel access main public
    """
    with doors(load()) as door:
        where = place("channels", checked_name("channel", name), "access")
        channel = door.ask(ChannelView, "PUT", where, {"access": who.value})
    if json:
        print_json(channel)
    else:
        watched = "by anybody" if channel.public else "with playback tokens: streamsync token playback issues one"
        print_facts({"channel": channel.name, "watched": watched})
