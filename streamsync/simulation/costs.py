"""What an audience takes: bytes, processors, servers, money. Pure.

Where the default figures and prices are from, and of when, is in docs/planning.md.
"""

from dataclasses import dataclass, fields
from math import ceil, isfinite
from typing import NamedTuple

from storage.errors import BadInput
from streamsync.simulation.aggregate import GB, Rates, Tiers
from streamsync.simulation.audience import Audience, Station

SECONDS_AN_HOUR = 3600
HEAD_BYTES = 400  # of an answer: its status line and headers


@dataclass(frozen=True, slots=True)
class PerCpu:
    """Requests that a server answers in a second of one processor."""

    playlist: float = 25_000.0
    admission: float = 13_000.0
    master: float = 2_900.0
    time: float = 10_000.0
    beacon: float = 9_000.0
    join: float = 1_000.0
    guide: float = 500.0

    def checked(self) -> "PerCpu":
        """Itself. Raises BadInput."""
        for one in fields(self):
            value = getattr(self, one.name)
            if not (isfinite(value) and 0 < value <= 1e9):
                raise BadInput(f"{one.name} {value:g} in a processor second: it is above 0, at most 1e9")
        return self


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars: a GB to viewers, 10,000 requests to the CDN, 10,000 to the store, a server for an hour.

    A server has `cores`, of which `busy` is what they are planned to be at the worst second.
    """

    egress_gb: float = 0.02
    requests_10k: float = 0.01
    store_10k: float = 0.004
    server_hour: float = 0.0816
    cores: int = 2
    busy: float = 0.5

    def checked(self) -> "Prices":
        """Itself. Raises BadInput."""
        for name in ("egress_gb", "requests_10k", "store_10k", "server_hour"):
            value = getattr(self, name)
            if not (isfinite(value) and 0 <= value <= 1e6):
                raise BadInput(f"price {name} {value:g}: it is 0 to 1e6")
        if not 0 < self.cores <= 1024:
            raise BadInput(f"cores {self.cores}: it is 1 to 1024")
        if not 0 < self.busy <= 1:
            raise BadInput(f"busy {self.busy:g}: it is above 0, at most 1")
        return self


class Sizes(NamedTuple):
    """Bytes of an answer's body, as it is sent."""

    playlist: float
    master: float
    small: float = 60.0  # /time, a token's admission
    guide: float = 2_000.0


class Need(NamedTuple):
    """Bits a second to viewers and from servers; processors; servers, one of them to spare; dollars an hour."""

    viewer_bps: float
    server_bps: float
    processors: float
    servers: int
    egress_cost: float
    request_cost: float
    store_cost: float
    server_cost: float

    @property
    def cost(self) -> float:
        """Dollars an hour, of all."""
        return self.egress_cost + self.request_cost + self.store_cost + self.server_cost


class Terms(NamedTuple):
    """What it is reckoned with."""

    per_cpu: PerCpu
    prices: Prices
    sizes: Sizes


def need(station: Station, audience: Audience, steady: Tiers, worst: Tiers, terms: Terms) -> Need:
    """Money by the steady hour, servers by the worst second."""
    prices = terms.prices
    sent = _bytes(steady.edge, terms.sizes) + audience.viewers * media_bps(station) / 8
    busy = sum(getattr(worst.origin, one.name) / getattr(terms.per_cpu, one.name) for one in fields(PerCpu))
    servers = ceil(busy / prices.busy / prices.cores) + 1
    return Need(
        viewer_bps=sent * 8,
        server_bps=_bytes(steady.origin._replace(segment=0), terms.sizes) * 8,
        processors=busy,
        servers=servers,
        egress_cost=sent * SECONDS_AN_HOUR / GB * prices.egress_gb,
        request_cost=steady.edge.total * SECONDS_AN_HOUR / 10_000 * prices.requests_10k,
        store_cost=steady.origin.segment * SECONDS_AN_HOUR / 10_000 * prices.store_10k,
        server_cost=servers * prices.server_hour,
    )


def media_bps(station: Station) -> float:
    """Bits a second of what a viewer watches, on average."""
    return sum(one.bps * one.share for one in station.rungs) + station.audio_bps


def _bytes(rates: Rates, sizes: Sizes) -> float:
    """A second, of all answers but for the segments' bodies."""
    bodies = rates.playlist * sizes.playlist + rates.master * sizes.master
    bodies += (rates.time + rates.admission + rates.join * 10) * sizes.small + rates.guide * sizes.guide
    return bodies + rates.total * HEAD_BYTES
