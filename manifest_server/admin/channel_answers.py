"""How the API's doors answer that change a channel."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Response
from pydantic import Field

from manifest_server.admin.parameters import tagged
from manifest_server.admin.refusals import with_newer
from manifest_server.admin.views import ChannelView
from storage.catalogue import Catalogue
from storage.records import ChannelRecord

AssetIds = Annotated[
    list[str], Field(max_length=10_000, examples=[["0f3a5d0c9b1e4f62a7d8c3b2e1f00912"]], description="ids of assets")
]


@dataclass(frozen=True, slots=True)
class ChannelAnswers:
    """How doors answer that change a channel."""

    catalogue: Catalogue
    now_ms: Callable[[], int]

    def view(self, answer: Response, record: ChannelRecord) -> ChannelView:
        """A channel, with its version in the answer's ETag."""
        return tagged(answer, ChannelView.of(record, self.now_ms()), record.version)

    def newer(self, name: str) -> AbstractAsyncContextManager[None]:
        """A conflict inside shows the channel as it is now."""

        async def now() -> tuple[ChannelView, int]:
            record = await self.catalogue.channel(name)
            return ChannelView.of(record, self.now_ms()), record.version

        return with_newer(now)
