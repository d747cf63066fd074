"""Where a webhook may be sent: to addresses of the public network, unless the operator allows others."""

import asyncio
import socket
import threading
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from storage.errors import BadInput

ALLOW = "STREAMSYNC_WEBHOOK_PRIVATE=true allows it"
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in the last 32 bits
# Of IPv6 only this is given to anybody (RFC 4291 2.4): no old site-local addresses, no IPv4 translated otherwise.
_GIVEN = IPv6Network("2000::/3")
_PROTOCOLS = IPv4Network("192.0.0.0/24")  # RFC 6890; some clouds have their machines' secrets there


class NotSent(Exception):
    """There was no answer, or nobody was asked. The message is a fact for whoever owns the webhook."""


def is_public(address: str) -> bool:
    """Whether an IP address, also one inside another, is of the public network. Raises ValueError if it is none."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
    given = found in _GIVEN if isinstance(found, IPv6Address) else found not in _PROTOCOLS
    return given and found.is_global and not found.is_multicast


def check_url(url: str, *, private: bool) -> None:
    """Raises BadInput for a URL that can never be sent to: not https, or an address that is not public."""
    if private:
        return
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise BadInput(f"url: it is https://; for http {ALLOW}")
    host = parts.hostname or ""
    try:
        public = is_public(host)
    except ValueError:
        public = host != "localhost" and not host.endswith(".localhost")  # others are looked up at each delivery
    if not public:
        raise BadInput(f"url: {host} is not a public address; {ALLOW}")


async def addresses(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of a host as they are now. Raises NotSent if one is not public, OSError if there are none."""
    listed = await _looked_up(host, port)
    if not private and not all(is_public(one) for one in listed):
        # Not which: whoever may make a webhook could ask for all names of this network.
        raise NotSent(f"{host} is not a public address; {ALLOW}")
    return listed


async def _looked_up(host: str, port: int) -> list[str]:
    """In a thread that nobody waits for at the end: a resolver that is away may take half a minute to say so."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def told(found: list[str], error: OSError | UnicodeError | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def ask() -> None:
        found: list[str] = []
        error: OSError | UnicodeError | None = None
        try:
            listed = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(where[0]) for *_, where in listed))
        except (OSError, UnicodeError) as wrong:
            error = wrong
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(told, found, error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return await answer
