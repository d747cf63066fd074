"""Content steering: which CDN a viewer's player takes first, and which then. Nothing is stored and nobody is asked.

rfc8216bis 4.4.6.6 and 7; docs/edge.md.
"""

import json
import math
import re
from collections.abc import Iterable
from hashlib import blake2b
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from manifest_server.playout.multivariant import Pathway, Steering
from storage.errors import BadInput
from storage.keys import checked_name

TTL_S = 300  # after which a player asks again; the draft's advice
MEDIA_TYPE = "application/vnd.apple.steering-list"
WEIGHT_LIMIT = 1000

_SETTING = "STREAMSYNC_PATHWAYS"
_NAME = r"([A-Za-z0-9._-]{1,32})(?::([0-9]{1,4}))?"
_FORM = re.compile(_NAME + r"=(https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*)/?")


class Cdn(NamedTuple):
    """A CDN: `base` is what stands before `/live/...` there; it gets `weight` parts of the viewers."""

    pathway: Pathway
    weight: int


class Cdns:
    """All CDNs that viewers are spread over; there may be none."""

    def __init__(self, cdns: Iterable[Cdn] = ()) -> None:
        self._cdns = tuple(cdns)

    @classmethod
    def of(cls, setting: str | None) -> "Cdns":
        """Those of STREAMSYNC_PATHWAYS, "NAME:WEIGHT=URL,NAME=URL". Raises BadInput."""
        cdns: dict[str, Cdn] = {}
        for text in [] if setting is None else setting.split(","):
            found = _FORM.fullmatch(text.strip())
            if found is None:
                raise BadInput(
                    f"{_SETTING}: {text.strip()[:80]!r} is not NAME:WEIGHT=URL, such as east:3=https://east.example; "
                    "names have letters, digits, '.', '_' and '-', URLs no '?'"
                )
            name, weight, url = found.groups()
            if name in cdns:
                raise BadInput(f"{_SETTING}: two CDNs are called {name!r}")
            if weight is not None and int(weight) > WEIGHT_LIMIT:
                raise BadInput(f"{_SETTING}: the weight of {name!r} is {weight}, and at most {WEIGHT_LIMIT}")
            cdns[name] = Cdn(Pathway(name, url), 1 if weight is None else int(weight))
        if cdns and not any(cdn.weight for cdn in cdns.values()):
            raise BadInput(f"{_SETTING}: no CDN has a weight over 0")
        return cls(cdns.values())

    @property
    def origins(self) -> frozenset[str]:
        """Their origins (RFC 6454)."""
        parts = (urlsplit(cdn.pathway.base) for cdn in self._cdns)
        return frozenset(f"{one.scheme}://{one.netloc}" for one in parts)

    def order(self, channel: str, viewer: str) -> tuple[Pathway, ...]:
        """The pathways in a viewer's order: each is first for its share of the viewers, and the same from any server.

        Weighted rendezvous hashing: a CDN that is added or taken away, or whose weight changes, moves only those who
        come to it or leave it. One of weight 0 is there for when no other is.
        """
        return tuple(
            cdn.pathway
            for cdn in sorted(self._cdns, key=lambda cdn: _score(cdn, f"{channel}/{viewer}/{cdn.pathway.name}"))
        )

    def steering(self, channel: str, viewer: str) -> Steering | None:
        """What a viewer's multivariant playlist says of it; None without CDNs."""
        return Steering("steering.json", self.order(channel, viewer)) if self._cdns else None

    async def manifest(self, request: Request) -> Response:
        """`/live/{channel}/{viewer}/steering.json`: the steering manifest. What players tell in the query changes
        nothing: they themselves go round a pathway that fails. Raises BadInput; 410 without CDNs."""
        channel = checked_name("channel", request.path_params["channel"])
        viewer = checked_name("viewer", request.path_params["viewer"])
        if not self._cdns:
            raise HTTPException(HTTPStatus.GONE, "no CDNs are set: play on by what you have, and do not ask again")
        said = {
            "VERSION": 1,
            "TTL": TTL_S,
            "RELOAD-URI": "steering.json",
            "PATHWAY-PRIORITY": [pathway.name for pathway in self.order(channel, viewer)],
        }
        return Response(json.dumps(said), media_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})

    def route(self) -> Route:
        """Where players find the manifest, beneath `/live`."""
        return Route("/{channel}/{viewer}/steering.json", self.manifest)


def _score(cdn: Cdn, key: str) -> tuple[float, str]:
    """The smallest is first: it is exponentially distributed with the weight as its rate."""
    drawn = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
    waits = -math.log((drawn + 1) / 2**64)  # 0 to 44.4
    return (waits / cdn.weight if cdn.weight else 1e9 + waits), cdn.pathway.name
