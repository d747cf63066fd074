"""`streamsync asset`, `gc` and `reindex`: what is no longer wanted, and what the store really holds."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal

from manifest_server.admin.places import referred
from manifest_server.admin.planning import named_plans
from manifest_server.admin.removal import Retirement
from manifest_server.admin.views import DeletionView, RemovalView
from storage import stores
from storage.asset_index import Reindexing, forget
from storage.asset_index import reindex as rebuild
from storage.catalogue import Catalogue
from storage.collection import Collector, Facts, Garbage
from storage.errors import Conflict, NotFound
from storage.jobs import Jobs
from storage.keys import checked_asset
from storage.media_removal import Freed
from storage.settings import load
from streamsync import exits
from streamsync.doors import doors, place
from streamsync.jobs import queue
from streamsync.progress import line
from streamsync.session import Json, add_row, columns, err, print_json, print_table, with_catalogue

if TYPE_CHECKING:
    from streamsync.client import Client

app = typer.Typer(
    help="Look at an asset, say what it is, retire it, delete it.", no_args_is_help=True, rich_markup_mode=None
)

Assets = Annotated[list[str], typer.Argument(help="Ids of assets.", show_default=False)]
_SHOWN = 20


@app.command()
def retire(
    assets: Assets,
    undo: Annotated[bool, typer.Option("--undo", help="Make them live again; no pool gets them back.")] = False,
    json: Json = False,
) -> None:
    """Let assets take no new place: every pool goes on without them, and they play out where they are listed.

    Examples:

        streamsync asset retire 0f3a... 77b2...

        streamsync asset retire --undo 0f3a...
    """
    body = {"assets": [checked_asset(asset) for asset in assets]}
    with doors(load()) as door:
        if undo:
            door.tell("POST", place("assets", "restore"), body)
            err.print("live again: add them to pools with streamsync channel pool")
            return
        done = door.ask(Retirement, "POST", place("assets", "retire"), body)
    if json:
        print_json(asdict(done))
        return
    for channel in done.channels:
        err.print(f"channel {channel!r} goes on without, from the next clip after the change horizon", markup=False)
    for channel in done.kept:
        err.print(f"channel {channel!r} has ended, and cannot be started before it has another pool", markup=False)
    for channel, lineup in done.lineups:
        err.print(f"lineup {lineup!r} of channel {channel!r} plays it again and again: edit it", markup=False)
    err.print("retired")


@app.command()
def delete(
    assets: Assets,
    force: Annotated[bool, typer.Option("--force", help="Even what can be listed; says what breaks.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete assets that nothing can list any more. Retire them first, and wait for what they are listed in.

    With --force, playlists that list them go on to do so until their windows have moved on; players find their
    segments gone, and stall, skip or stop.

    Examples:

        streamsync asset delete --dry-run 0f3a...

        streamsync asset delete 0f3a... 77b2...
    """
    ids = list(dict.fromkeys(checked_asset(asset) for asset in assets))
    with doors(load()) as door:
        found = [door.ask(RemovalView, "GET", place("assets", asset, "places")) for asset in ids]
        listed = [one for one in found if one.places]
        for one in listed:
            _print_places(one, force)
        if listed and not force:
            raise Conflict(f"{len(listed)} of {len(found)} assets can be listed; nothing was deleted")
        if dry_run:
            for one in found:
                err.print(f"would delete {one.asset}: {one.objects} objects, {decimal(one.size_bytes)}")
            return
        if listed and not yes:
            typer.confirm("Delete them all the same?", abort=True, err=True)
        for asset in ids:
            with line(f"deleting {asset}"):
                done = _deleted(door, asset, force)
            kept = "; its record stays, as a channel's history needs it" if done.kept_record else ""
            err.print(f"deleted {asset}: {done.objects} objects, {decimal(done.size_bytes)}{kept}")


def _deleted(door: "Client", asset: str, force: bool) -> DeletionView:
    """What became of it: a server answers in between, and is asked again."""
    while True:
        done = door.ask(DeletionView, "DELETE", place("assets", asset), params={"force": force})
        if done.state == "deleted":
            return done


def gc(
    delete: Annotated[bool, typer.Option("--delete", help="Delete it. Without: only say what there is.")] = False,
    json: Json = False,
) -> None:
    """Find objects of no use: of unfinished packagings, deleted assets, abandoned uploads, plans no channel names.

    Nothing that was touched within a day counts, or whose packaging is under way or can be retried. Assets whose
    segments are missing are told; nothing of them is deleted.

    Examples:

        streamsync gc

        streamsync gc --delete
    """
    settings = load()
    objects, uploads = stores.objects(settings), stores.uploads(settings)
    found: list[tuple[Garbage, Freed]] = []

    async def collected(catalogue: Catalogue) -> None:
        loop = asyncio.get_running_loop()

        def needed(assets: set[str]) -> set[str] | None:
            return asyncio.run_coroutine_threadsafe(_referred(catalogue, assets), loop).result()

        def forgotten(asset: str) -> None:
            asyncio.run_coroutine_threadsafe(forget(catalogue, objects, asset), loop).result()

        def planned(channel: str) -> set[int] | None:
            return asyncio.run_coroutine_threadsafe(named_plans(catalogue, channel), loop).result()

        busy = _in_state(fleet.jobs(), {"queued", "running", "failed", "cancelled"})
        facts = Facts(time.time(), busy, needed, forgotten, planned)

        def walk() -> None:
            for garbage, remove in Collector(objects, uploads, facts).find():
                show(f"{garbage.kind} {garbage.name}")
                found.append((garbage, remove() if delete and garbage.deletable else Freed()))

        await asyncio.to_thread(walk)

    with queue(settings) as fleet, line("looking for garbage") as show:
        with_catalogue(settings, collected)
    if json:
        print_json([asdict(garbage) | {"deleted": freed.objects} for garbage, freed in found])
    else:
        _print_garbage(found, delete)


def reindex(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False, json: Json = False
) -> None:
    """Rebuild the catalogue's index of assets from the object store, after Redis was lost or a bucket was copied.

    Records that cannot be read are named and passed over; the exit code is then 1.

    Example: streamsync reindex --dry-run
    """
    settings = load()
    objects = stores.objects(settings)
    with line("reading records") as show:

        async def rebuilt(catalogue: Catalogue) -> Reindexing:
            return await rebuild(
                catalogue, objects, lambda assets: referred(catalogue, assets), write=not dry_run,
                watcher=lambda done: show(f"reading records: {done.seen}"),
            )  # fmt: skip

        done = with_catalogue(settings, rebuilt)
    if json:
        print_json(asdict(done))
    else:
        would = "would be " if dry_run else ""
        err.print(
            f"{done.same} the same, {done.added} {would}added, {done.replaced} {would}replaced, "
            f"{done.removed} {would}removed, {done.states} states {would}changed, "
            f"{done.said} descriptions {would}taken over"
        )
    for damaged in done.damaged:
        err.print(f"passed over: {damaged}", markup=False)
    for asset in done.needed:
        err.print(f"asset {asset} has no record, but a channel needs it: it stays in the index")
    if done.damaged or done.needed:
        raise typer.Exit(exits.FAULT)


async def _referred(catalogue: Catalogue, assets: set[str]) -> set[str] | None:
    """Without a single channel perhaps the catalogue was lost, and is about to be restored."""
    return await referred(catalogue, assets) if await catalogue.channels() else None


def _in_state(jobs: Jobs, states: set[str]) -> Callable[[str], bool]:
    def is_in(asset: str) -> bool:
        try:
            return jobs.job(asset).state in states
        except NotFound:
            return False

    return is_in


def _print_places(found: RemovalView, force: bool) -> None:
    err.print(f"asset {found.asset} {'will break' if force else 'can be listed'}:", markup=False)
    for one in found.places[:_SHOWN]:
        where = f"channel {one.channel!r}" + (f", lineup {one.lineup!r}" if one.lineup else "")
        err.print(f"  {where}: {one.why}" + (f": free after {one.free_at}" if one.free_at else ""), markup=False)
    if len(found.places) > _SHOWN:
        err.print(f"  and {len(found.places) - _SHOWN} more")


def _print_garbage(found: list[tuple[Garbage, Freed]], delete: bool) -> None:
    table = columns("what", "name", "objects", "size", "why")
    for garbage, _ in found:
        add_row(table, garbage.kind, garbage.name, str(garbage.objects), decimal(garbage.size_bytes), garbage.why)
    if found:
        print_table(table)
    deletable = [garbage for garbage, _ in found if garbage.deletable]
    if delete:
        count, size_bytes = sum(freed.objects for _, freed in found), sum(freed.size_bytes for _, freed in found)
        err.print(f"deleted {count} objects, {decimal(size_bytes)}")
    elif deletable:
        count, size_bytes = sum(one.objects for one in deletable), sum(one.size_bytes for one in deletable)
        err.print(f"{count} objects, {decimal(size_bytes)}: streamsync gc --delete removes them")
    else:
        err.print("nothing to remove")
