"""Running the manifest server until it is told to stop."""

import socket

import uvicorn

from manifest_server.viewer.app import application
from manifest_server.viewer.fastlane import Fastlane
from manifest_server.viewer.garbage import short_collections
from storage.errors import BadInput, Unavailable
from storage.settings import Settings

KEEP_ALIVE_S = 75  # longer than nginx keeps an idle upstream connection, so that it never meets a closed one
GRACE_S = 5


def origin(settings: Settings) -> str:
    """The start of every URL here."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on. Raises Unavailable if the port is taken, BadInput if the address is none."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except (socket.gaierror, UnicodeError, TypeError):  # a name that is not found, or cannot be one
        listener.close()
        raise BadInput(f"STREAMSYNC_HOST={settings.host!r}: it is not an address of this machine") from None
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; set STREAMSYNC_PORT to another port"
        ) from None
    return listener


class Server(uvicorn.Server):
    """Waits for what is being answered, but not for those who listen to events: they would never leave."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it, once they are sent away."""
        self.config.app.state.leave()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def run(settings: Settings, redis_url: str, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; what is being answered then is answered."""
    config = uvicorn.Config(
        application(settings, redis_url),
        http=Fastlane,
        ws="none",
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    try:
        with short_collections():
            Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn has shut down and passes the Ctrl-C on
    finally:
        listener.close()
