"""The sockets to serve on: one, or several of one port, to which the kernel deals out connections (SO_REUSEPORT)."""

import ctypes
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from storage.errors import BadInput, Unavailable
from storage.settings import Settings

BACKLOG = 2048

_SO_ATTACH_FILTER = 26  # Linux; Python has no name for it
# A classic BPF program over the TCP header: drop what begins a connection (SYN without ACK), pass all else.
_NO_SYN = (
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x54, 0, 0, 0x12),  # SYN and ACK of it
    (0x15, 0, 1, 0x02),  # SYN alone?
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
)


def listen(settings: Settings, count: int = 1) -> list[socket.socket]:
    """`count` sockets, all of the one port.

    Raises Unavailable if the port is taken, BadInput if the address is none or several need another system.
    """
    if count > 1 and sys.platform != "linux":
        raise BadInput(f"{count} server processes: more than one of a port need Linux")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made: list[socket.socket] = []
    try:
        for number in range(count):
            one = socket.socket(family, socket.SOCK_STREAM)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if number:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind((settings.host, settings.port))
            if count > 1 and not number:
                # Only now: bound with it, the first would share the port with another server of this user.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.listen(BACKLOG)
    except (socket.gaierror, UnicodeError, TypeError):  # a name that is not found, or cannot be one
        _close(made)
        raise BadInput(f"STREAMSYNC_HOST={settings.host!r}: it is not an address of this machine") from None
    except OSError as error:
        _close(made)
        raise Unavailable(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; set STREAMSYNC_PORT to another port"
        ) from None
    return made


@contextmanager
def listening(settings: Settings, count: int) -> Iterator[list[socket.socket]]:
    """As `listen`, until the block is left."""
    made = listen(settings, count)
    try:
        yield made
    finally:
        _close(made)


def refuse_new(listeners: Iterable[socket.socket]) -> None:
    """No connection is begun from now on. One whose handshake is under way is still completed and can be accepted.

    Closing a listener resets whoever is in its queue; by this the queue comes to an end first. Where there are no
    socket filters (elsewhere than on Linux) nothing happens.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in _NO_SYN))
    told = struct.pack("HP", len(_NO_SYN), ctypes.addressof(program))
    for listener in listeners:
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, told)


def waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """The connections that nobody has accepted yet; as many as there are descriptors for."""
    listener.setblocking(False)
    with suppress(OSError):
        while True:
            with suppress(ConnectionAbortedError):
                connection, _ = listener.accept()
                connection.setblocking(False)
                yield connection


def has_unread(descriptor: int) -> bool:
    """Whether something has come at a socket that nobody has read yet."""
    room = bytearray(4)
    with suppress(OSError):  # it was closed
        fcntl.ioctl(descriptor, termios.FIONREAD, room)
    return any(room)


def _close(listeners: Iterable[socket.socket]) -> None:
    for one in listeners:
        one.close()
