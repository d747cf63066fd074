"""`streamsync serve`: the manifest server alone, in one process or several."""

import socket
from typing import Annotated

import typer

from storage.settings import Settings, load
from streamsync import server, traces
from streamsync.listeners import listening
from streamsync.session import err, redis_url


def serve(
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=256, help="Server processes. Default: STREAMSYNC_SERVE_WORKERS, or 1."),
    ] = None,
) -> None:
    """Run the manifest server alone, on the data folder and Redis that are there.

    Several processes share the port; one that dies is started again. SIGTERM and Ctrl-C end them, and what is asked
    until then is answered; a second one ends them at once. SIGHUP renews them one after another, and nobody notices.

    Examples:

        STREAMSYNC_REDIS_URL=redis://10.0.0.5 streamsync serve

        streamsync serve --workers 4
    """
    settings = load()
    traces.are_wanted()  # or somebody is to hear what is wrong with them
    with listening(settings, workers or settings.serve_workers) as listeners, redis_url(settings) as url:
        several = f" with {len(listeners)} processes" if len(listeners) > 1 else ""
        err.print(f"serving on {server.origin(settings)}{several}; Ctrl-C stops")
        serve_at(settings, url, listeners)


def serve_at(settings: Settings, url: str, listeners: list[socket.socket]) -> None:
    """Serve until we are told to stop: here if there is one listener, else with a process for each."""
    if len(listeners) == 1:
        server.run(settings, url, listeners)
        return
    from streamsync.supervisor import Supervisor  # noqa: PLC0415  few need it

    Supervisor(settings, url, listeners).run()
