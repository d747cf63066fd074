"""The one place where it is chosen whom the command line asks: the server that is set, or the storage itself.

Both are asked through the same client of the same API, so a verb is written once and says the same either way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from storage.errors import BadInput
from storage.settings import Settings
from streamsync.session import redis_url

if TYPE_CHECKING:
    from streamsync.client import Client


@contextmanager
def doors(settings: Settings) -> "Iterator[Client]":
    """A client of the API: of the server that is set, else of this process on the storage that is set."""
    # httpx and FastAPI take their time, which a command that only prints its help need not.
    from streamsync.client import Client  # noqa: PLC0415

    if settings.server is not None:
        with Client(settings) as client:
            yield client
        return
    from streamsync.here import here  # noqa: PLC0415

    with redis_url(settings) as url, here(settings, url) as transport, Client(settings, here=transport) as client:
        yield client


def place(*names: str) -> str:
    """A path of the API. Names in it are whole segments, whatever they hold."""
    return "/".join(quote(name, safe="") for name in names)


def checked_server(server: str | None) -> str:
    """The server's URL without a "/" at its end. Raises BadInput."""
    if server is None:
        raise BadInput(
            "STREAMSYNC_SERVER is not set: name the server to ask; a video of this machine is made an asset here "
            "by `streamsync package`"
        )
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
        raise BadInput("STREAMSYNC_SERVER: it is http:// or https:// and a host, perhaps a port and a path")
    return server.rstrip("/")
