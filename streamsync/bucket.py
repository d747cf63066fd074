"""`streamsync bucket`: make an S3 bucket fit to keep objects."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from storage.errors import BadInput, Unavailable
from storage.s3_place import place
from storage.settings import Settings, load
from storage.stores import media_base
from streamsync import exits
from streamsync.session import Json, out, print_json

if TYPE_CHECKING:
    from storage.s3_bucket import Finding

app = typer.Typer(help="Make an S3 bucket fit to keep objects.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def bucket() -> None:
    """Make an S3 bucket fit to keep objects."""


@app.command()
def prepare(
    private: Annotated[bool, typer.Option("--private", help="Let nobody read: a CDN has access of its own.")] = False,
    json: Json = False,
) -> None:
    """Make the bucket of STREAMSYNC_OBJECTS_URL if it is not there, set it up, and try it out.

    Sets a policy by which everybody reads assets/* and nothing else, CORS for players and uploads, and a lifecycle
    that removes what broken uploads and packaging leave. What others have set on the bucket stays. Safe to run again.

    Needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or what else boto3 takes) of the bucket's owner. Each line is
    ok, not supported (by this server; it works without) or FAILED, with which the exit code is 7.

    Examples:

        STREAMSYNC_OBJECTS_URL='s3://media?region=eu-west-1' streamsync bucket prepare

        STREAMSYNC_OBJECTS_URL='s3://media?endpoint=http://10.0.0.7:8333' streamsync bucket prepare --json
    """
    findings = []
    for finding in _findings(load(), private):
        findings.append(finding)
        if not json:
            out.print(f"{finding.state:<14} {finding.what}: {finding.detail}", markup=False)
    if json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.state == "FAILED" for finding in findings):
        raise typer.Exit(exits.CODES[Unavailable])


def _findings(settings: Settings, private: bool) -> "Iterator[Finding]":
    if settings.objects_url is None:
        raise BadInput("STREAMSYNC_OBJECTS_URL is not set: objects are kept in the data folder")
    # Loaded only now: other commands do not wait for boto3.
    from storage.s3_bucket import prepare as steps  # noqa: PLC0415
    from storage.s3_client import client  # noqa: PLC0415
    from storage.s3_trial import trial  # noqa: PLC0415

    where = place(settings.objects_url)
    base = media_base(settings)
    connection = client(where)
    yield from steps(connection, where, private=private)
    yield from trial(connection, where, base, private=private)
