"""The command line: arguments in, tables or JSON out, errors on one line."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from storage.audit import Deed, doing
from storage.errors import StreamSyncError
from streamsync import exits
from streamsync.doors import checked_server
from streamsync.session import print_error, reason_given, server_is_named, user
from streamsync.verbs import Verbs

app = typer.Typer(
    cls=Verbs,
    help="""HLS packager and manifest server: every viewer gets a live-style playlist of their own.

    Settings are environment variables: STREAMSYNC_DATA, STREAMSYNC_PORT and others (see the README). Servers and
    workers send traces where OTEL_EXPORTER_OTLP_ENDPOINT says.

    With --server, or STREAMSYNC_SERVER, a command asks that server by its API; else it works on the storage itself.

    Exit codes: 0 done, 1 our fault, 2 bad input, 3 a video that cannot become an asset, 4 not found, 5 conflict,
    6 not on air, 7 something we need does not answer, 8 no room, 130 interrupted.
    """,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def named(
    context: typer.Context,
    server: Annotated[str | None, typer.Option(help="URL of a server to ask; else STREAMSYNC_SERVER.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with its token; else STREAMSYNC_TOKEN.")] = None,
    why: Annotated[str | None, typer.Option(help="Why something is changed, for its audit trail.")] = None,
) -> None:
    """Take the server and the token that are named as settings."""
    changed = {} if server is None else {"STREAMSYNC_SERVER": checked_server(server)}
    if token_file is not None:
        from streamsync.upload import token_of  # noqa: PLC0415  few need it

        changed["STREAMSYNC_TOKEN"] = token_of(token_file).get_secret_value()
    before = {name: os.environ.get(name) for name in changed}
    named_before = server_is_named.set(server is not None)
    reason_before = reason_given.set(why)
    context.with_resource(doing(Deed(user() or "somebody", f"streamsync {context.invoked_subcommand}", why or "")))
    os.environ.update(changed)

    def put_back() -> None:
        server_is_named.reset(named_before)
        reason_given.reset(reason_before)
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value

    context.call_on_close(put_back)


def main() -> None:
    """Run a command. Wrong usage, Ctrl-C and a closed pipe are typer's to answer."""
    try:
        app()
    except StreamSyncError as error:
        print_error(error)
        sys.exit(exits.exit_code(error))
