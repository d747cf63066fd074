"""The command line: arguments in, tables or JSON out, errors on one line."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from manifest_server.admin.views import AssetDetail, AssetPage
from storage.audit import Deed, doing
from storage.errors import StreamSyncError
from storage.records import AssetRecord
from storage.settings import load
from streamsync import exits
from streamsync.accounts import app as admin_app
from streamsync.analytics import analytics
from streamsync.audit import audit, undo
from streamsync.backup import backup, restore
from streamsync.bucket import app as bucket_app
from streamsync.bulk import export, take_in
from streamsync.channels import app as channel_app
from streamsync.cohorts import app as cohort_app
from streamsync.doors import checked_server, doors
from streamsync.edits import app as edit_app
from streamsync.filler import app as filler_app
from streamsync.given import app as lineups_app
from streamsync.guide import epg, explain
from streamsync.health import health
from streamsync.jobs import app as jobs_app
from streamsync.lineups import lineup
from streamsync.metadata import edit, show
from streamsync.moments import app as moment_app
from streamsync.moments import slate
from streamsync.packaging import package_all
from streamsync.plan import plan
from streamsync.profiles import app as profile_app
from streamsync.recommend import recommend
from streamsync.removal import app as asset_app
from streamsync.removal import gc, reindex
from streamsync.rules import rules
from streamsync.serve import serve
from streamsync.session import (
    Json,
    add_row,
    columns,
    duration_text,
    err,
    print_error,
    print_json,
    print_table,
    reason_given,
    server_is_named,
    user,
)
from streamsync.simulate import simulate
from streamsync.tokens import access
from streamsync.tokens import app as token_app
from streamsync.up import up
from streamsync.upload import token_of, upload
from streamsync.viewers import app as viewers_app
from streamsync.webhooks import app as webhook_app
from streamsync.workers import worker

app = typer.Typer(
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
channel_app.command()(access)
channel_app.command()(export)
channel_app.command("import")(take_in)
channel_app.command()(rules)
app.add_typer(channel_app, name="channel")
asset_app.command()(show)
asset_app.command()(edit)
app.add_typer(asset_app, name="asset")
app.add_typer(bucket_app, name="bucket")
app.add_typer(filler_app, name="filler")
app.add_typer(jobs_app, name="jobs")
app.add_typer(lineups_app, name="lineups")
app.add_typer(viewers_app, name="viewers")
app.add_typer(profile_app, name="profile")
app.add_typer(cohort_app, name="cohort")
app.add_typer(token_app, name="token")
app.add_typer(admin_app, name="admin")
app.add_typer(moment_app, name="moment")
app.add_typer(webhook_app, name="webhook")
app.add_typer(edit_app, name="edit")
app.command()(slate)
app.command()(analytics)
app.command()(audit)
app.command()(health)
app.command()(undo)
app.command()(up)
app.command()(serve)
app.command()(lineup)
app.command()(epg)
app.command()(explain)
app.command()(plan)
app.command()(recommend)
app.command()(simulate)
app.command()(worker)
app.command()(gc)
app.command()(reindex)
app.command()(backup)
app.command()(restore)
app.command()(upload)


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


@app.command()
def package(
    files: Annotated[list[Path], typer.Argument(help="Videos.", show_default=False)], json: Json = False
) -> None:
    """Turn videos into assets. The same file twice is one asset.

    Examples:

        streamsync package talk.mp4 film.mov

        streamsync package --json talk.mp4 | jq -r .[].id
    """
    records, failures = package_all(load(), files)
    if json:
        print_json(records)
    elif records:
        _print_assets(records)
    for failure in failures:
        print_error(failure)
    if failures:
        raise typer.Exit(exits.exit_code(failures[0]))


@app.command()
def assets(
    text: Annotated[str, typer.Argument(help="Words in its title, file, description, tags or id.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="With this tag; again and again: with all of them.")] = None,
    no_tag: Annotated[list[str] | None, typer.Option(help="Without this tag; again and again: any of them.")] = None,
    json: Json = False,
) -> None:
    """List the assets that were not deleted: all, or those that are looked for.

    Examples:

        streamsync assets --json

        streamsync assets "winter olympics" --tag sport --no-tag filler
    """
    with doors(load()) as door:
        wanted = {"tag": tag or [], "no_tag": no_tag or []}
        pages = door.pages(AssetPage, "assets", {"whole": True, "text": text, **wanted})
        found = [one for page in pages for one in page.assets if isinstance(one, AssetDetail)]
    records = sorted(
        (one.record for one in found if one.state != "deleted"), key=lambda record: (record.packaged_at, record.id)
    )
    if json:
        print_json(records)
    elif records:
        _print_assets(records)
    else:
        none = "no such assets" if text or tag or no_tag else "no assets yet: streamsync package FILE makes one"
        err.print(none)


def _print_assets(records: list[AssetRecord]) -> None:
    table = columns("asset", "title", "duration", "segments", "rate", "renditions")
    for record in records:
        rungs = " ".join(one.rung for one in record.renditions if one.format == "cmaf")
        length = duration_text(record.duration_s)
        add_row(table, record.id, record.title, length, str(record.segments), f"{float(record.fps):.5g}", rungs)
    print_table(table)


def main() -> None:
    """The program `streamsync`. Wrong usage, Ctrl-C and a closed pipe are typer's to answer."""
    # As a Ctrl-C, so that what we started is stopped: the default would leave the private Valkey behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        # By way of SIGTERM, as uvicorn, while it serves, takes that one over but not this one.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        app()
    except StreamSyncError as error:
        print_error(error)
        sys.exit(exits.exit_code(error))
