"""The verbs that make and list assets."""

from pathlib import Path
from typing import Annotated

import typer

from manifest_server.admin.views import AssetDetail, AssetPage
from storage.records import AssetRecord
from storage.settings import load
from streamsync.doors import doors
from streamsync.packaging import package_all
from streamsync.session import Json, add_row, columns, duration_text, end_if_failed, err, print_json, print_table


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
    end_if_failed(failures)


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
