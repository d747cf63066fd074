"""The door `/metrics`, for Prometheus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from manifest_server.analytics.keeper import Keeper
from manifest_server.onair.playlists import Playlists
from manifest_server.viewer.fellows import Fellows
from manifest_server.viewer.hotlane import Lane
from manifest_server.viewer.measures import Measures

if TYPE_CHECKING:
    from manifest_server.analytics.metrics import Metrics


class Inside(NamedTuple):
    """What there is to be told of a process."""

    measures: Measures
    lane: Lane
    playlists: Playlists


class Measured:
    """The metrics of this process and, of a port that has several, of its fellows. Loaded when somebody asks."""

    def __init__(self, keeper: Keeper, inside: Inside, fellows: Fellows | None) -> None:
        self._keeper = keeper
        self._inside = inside
        self._fellows = fellows

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell the fellows until the block is left."""
        if self._fellows is None:
            yield
        else:
            async with self._fellows.telling(self._text):
                yield

    async def door(self, _: Request) -> Response:
        """`/metrics`."""
        text = self._text()
        if self._fellows is not None:
            text = await self._fellows.gathered(text)
        return Response(text, media_type=self._own.media_type, headers={"Cache-Control": "no-store"})

    def _text(self) -> bytes:
        return self._own.text()

    @cached_property
    def _own(self) -> "Metrics":
        from manifest_server.analytics.metrics import Metrics  # noqa: PLC0415
        from manifest_server.viewer.exposition import Exposition  # noqa: PLC0415

        return Metrics(self._keeper, Exposition(self._inside))
