"""`streamsync token`: machine tokens for the API, and playback tokens for viewers."""

from typing import Annotated

import typer

from manifest_server.admin import tokens
from manifest_server.playout.ticks import date_text
from manifest_server.viewer.clock import now_ms, span_ms
from storage.settings import load
from streamsync.session import Json, add_row, columns, err, out, print_json, print_table, with_catalogue

app = typer.Typer(
    help="Machine tokens for the API: make one, list them, revoke one.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def create(
    scope: Annotated[str, typer.Option(help="read: look; edit: change; own: make tokens, too.", show_default=False)],
    name: Annotated[str, typer.Option(help="What to know it by.")] = "",
    expires: Annotated[str | None, typer.Option(help="How long it lasts: 90m, 12h, 30d. Default: for ever.")] = None,
    json: Json = False,
) -> None:
    """Make a token and print it: this once, as only its hash is kept.

    Examples:

        streamsync token create --scope edit --name ci --expires 30d

        STREAMSYNC_TOKEN=$(streamsync token create --scope read) streamsync jobs list
    """
    lasts_ms = None if expires is None else span_ms(expires)
    made = with_catalogue(
        load(), lambda catalogue: tokens.create_token(catalogue, scope, now_ms, name=name, lasts_ms=lasts_ms)
    )
    if json:
        print_json({**tokens.facts(made.record, now_ms()), "token": made.token})
        return
    until = "until it is revoked" if made.record.expires_ms is None else f"until {date_text(made.record.expires_ms)}"
    err.print(f"token {made.record.id}, to {made.record.scope}, {until}; it is not shown again:", markup=False)
    out.print(made.token, markup=False)


@app.command("list")
def listed(json: Json = False) -> None:
    """List the tokens, without their secrets.

    Example: streamsync token list
    """
    found = with_catalogue(load(), tokens.list_tokens)
    if json:
        print_json([tokens.facts(record, now_ms()) for record in found])
    elif found:
        table = columns("token", "scope", "name", "made", "expires")
        for record in found:
            expires = "" if record.expires_ms is None else date_text(record.expires_ms)
            over = "expired " if record.has_expired(now_ms()) else ""
            add_row(table, record.id, record.scope, record.name, date_text(record.created_ms), over + expires)
        print_table(table)
    else:
        err.print("no tokens: streamsync token create --scope read makes one")


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id: what stands between the two '_' of it.", show_default=False)],
) -> None:
    """Let a token open nothing any more; servers hear of it within seconds.

    Example: streamsync token revoke 0f3a77b2c4d5e6f7
    """
    with_catalogue(load(), lambda catalogue: tokens.revoke_token(catalogue, token))
    err.print("revoked")
