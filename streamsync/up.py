"""`streamsync up`: everything on one machine, from files to a stream that plays."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from manifest_server.admin import actions
from manifest_server.admin.accounts import OneTimeLink, setup_link
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.site import are_built
from packager.samples import samples as make_samples
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.keys import checked_name
from storage.records import ChannelRecord
from storage.settings import Settings, load
from streamsync import server, traces
from streamsync.listeners import listening
from streamsync.packaging import package_all
from streamsync.serve import serve_at
from streamsync.session import end_if_failed, err, out, redis_url, with_catalogue
from streamsync.workers import Crew, crew_size


def up(
    files: Annotated[list[Path] | None, typer.Argument(help="Videos to package and put on the channel.")] = None,
    samples: Annotated[bool, typer.Option("--samples", help="Make three sample videos and put them on.")] = False,
    channel: Annotated[str, typer.Option(help="The channel to put on air.")] = "main",
) -> None:
    """Start everything on this machine: package FILES, put them on a channel, serve it.

    What is there already is used as it is, and the channel goes on as if it had never stopped. With other files
    than before it starts anew. Without files, what was on the channel goes on.

    Examples:

        streamsync up --samples

        streamsync up film.mp4 trailer.mov

        STREAMSYNC_PORT=9000 streamsync up
    """
    settings = load()
    traces.are_wanted()  # or somebody is to hear what is wrong with them
    checked_name("channel", channel)
    with listening(settings, settings.serve_workers) as listeners, redis_url(settings) as url:
        sources = [*(files or ()), *(make_samples(settings, err.print) if samples else ())]
        records, failures = package_all(settings, sources)
        end_if_failed(failures)
        pool = [record.id for record in records]
        if with_catalogue(settings, lambda catalogue: _on_air(catalogue, channel, pool)) is None:
            err.print(f"nothing is on channel {channel!r} yet: streamsync up FILE puts something on")
        setup = with_catalogue(settings, lambda catalogue: setup_link(catalogue, now_ms))
        with _crew(settings, url):
            _print_urls(settings, channel, setup)
            serve_at(settings, url, listeners)
    err.print("stopped")


def _crew(settings: Settings, url: str) -> AbstractContextManager[object]:
    """Packaging workers beside the server: who has a token or an account, or the link to the first one, uploads."""
    size = crew_size(settings)
    return Crew(settings, url, size) if size else nullcontext()


async def _on_air(catalogue: Catalogue, name: str, pool: list[str]) -> ChannelRecord | None:
    """The channel on air with this pool; with an empty one, as it was left. None if there is nothing to put on."""
    try:
        channel = await catalogue.channel(name)
    except NotFound:
        if not pool:
            return None
        await actions.create_channel(catalogue, name, pool)
        return await actions.start_channel(catalogue, name, now_ms())
    same = not pool or set(pool) == set(channel.revisions[-1].assets)
    stopped = channel.epoch_ms is None or channel.stop_tick is not None
    if same and not stopped:
        return channel
    if not stopped:
        # Whoever watches through another server sees the channel end; here the new pool need not wait for a clip.
        await actions.stop_channel(catalogue, name, now_ms)
    if not same:
        await actions.set_pool(catalogue, name, pool, now_ms)
    return await actions.start_channel(catalogue, name, now_ms())


def _print_urls(settings: Settings, channel: str, setup: OneTimeLink | None) -> None:
    base = server.origin(settings)
    if are_built():
        out.print(f"\nThe page for viewers:\n  {base}/watch/{channel}")
    out.print(
        f"\nThe stream, for any player and any name in place of alice:\n  {base}/live/{channel}/alice/index.m3u8"
    )
    out.print(f"  {base}/live/{channel}/bob/index.m3u8?format=ts   (for players that need MPEG-TS)")
    out.print(f"\n  ffplay '{base}/live/{channel}/alice/index.m3u8'")
    if setup is not None:
        out.print("\nNobody owns this server yet: open this link, once and within the hour, to be its first owner.")
        out.print(f"  {base}{setup.path}")
        out.print("Who has it can do everything here. streamsync admin create NAME makes one too.")
    out.print("\nCtrl-C stops.")
