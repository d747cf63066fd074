"""Where Redis is, read from one URL: one server, Sentinel or Cluster. No I/O.

redis://[USER:PASSWORD@]HOST[:PORT][/DB]   rediss:// for TLS   unix://[USER:PASSWORD@]/PATH
redis+sentinel://[USER:PASSWORD@]HOST[:PORT],.../SERVICE[/DB][?sentinel_password=...]
redis+cluster://[USER:PASSWORD@]HOST[:PORT],...   rediss+... for TLS
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from storage.errors import BadInput

Topology = Literal["server", "sentinel", "cluster"]

_TOPOLOGIES: dict[str, Topology] = {
    "redis": "server",
    "rediss": "server",
    "unix": "server",
    "redis+sentinel": "sentinel",
    "rediss+sentinel": "sentinel",
    "redis+cluster": "cluster",
    "rediss+cluster": "cluster",
}
_PORTS: dict[Topology, int] = {"server": 6379, "sentinel": 26379, "cluster": 6379}
_PATHS: dict[Topology, re.Pattern[str]] = {
    "server": re.compile(r"/?|/(?P<db>\d{1,4})"),
    "sentinel": re.compile(r"/(?P<service>[A-Za-z0-9._-]+)(/(?P<db>\d{1,4})?)?"),
    "cluster": re.compile(r"/?|/0"),
}
# What the library may be told; the rest (pools, retries, decoding) is ours to set.
_OPTIONS = re.compile(r"username|password|db|socket_timeout|socket_connect_timeout|client_name|protocol|ssl_[a-z_]+")
_SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Where Redis is. `url` is what the library reads of one server, with the secrets; `str` has none."""

    topology: Topology
    url: str = field(repr=False)
    hosts: tuple[tuple[str, int], ...]  # none for a unix socket
    service: str = ""  # of Sentinel
    sentinel_login: dict[str, str] = field(default_factory=dict, repr=False)
    text: str = ""

    def __str__(self) -> str:
        return self.text


def read(url: str) -> RedisPlace:
    """The place that `url` names. Raises BadInput, which repeats nothing of it: it may hold a password."""
    try:
        return _read(url)
    except ValueError:
        raise BadInput(
            "Redis URL: it is not one of redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://, "
            "or a part of it is wrong"
        ) from None


def _read(url: str) -> RedisPlace:
    parts = urlsplit(url)
    topology = _TOPOLOGIES.get(parts.scheme)
    if topology is None or parts.fragment:
        raise ValueError
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    login = {name.removeprefix("sentinel_"): options.pop(name) for name in _SENTINEL_OPTIONS if name in options}
    if (login and topology != "sentinel") or not all(map(_OPTIONS.fullmatch, options)):
        raise ValueError
    if parts.scheme == "unix":
        if not parts.path or parts.hostname:
            raise ValueError
        return RedisPlace("server", url, (), text=parts.path)
    user, at, rest = parts.netloc.rpartition("@")
    hosts = tuple(_hosts(rest, _PORTS[topology], one=topology == "server"))
    path = _PATHS[topology].fullmatch(parts.path)
    if path is None or (topology == "cluster" and options.get("db", "0") != "0"):
        raise ValueError
    named = path.groupdict()
    scheme, database = parts.scheme.partition("+")[0], named.get("db") or "0"
    plain = f"{scheme}://{user}{at}{_joined(*hosts[0])}/{database}"
    text = ",".join(_joined(*host) for host in hosts)
    return RedisPlace(
        topology,
        f"{plain}?{urlencode(options)}" if options else plain,
        hosts,
        service=named.get("service") or "",
        sentinel_login=login,
        text=f"{text} ({named['service']})" if topology == "sentinel" else text,
    )


def _hosts(text: str, port: int, *, one: bool) -> Iterator[tuple[str, int]]:
    names = text.split(",")
    if one and len(names) > 1:
        raise ValueError
    for name in names:
        found = urlsplit(f"//{name}")
        if found.netloc != name or not (found.hostname or (one and not name)):
            raise ValueError
        yield found.hostname or "localhost", found.port or port


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
