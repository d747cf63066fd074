"""A catalogue that is open while a story is told of it, and records to tell with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.records import (
    AssetRecord,
    ChannelRecord,
    LineupPart,
    LineupRecord,
    PoolRevision,
    Rendition,
    Source,
)

Told = TypeVar("Told")

ASSET = AssetRecord(
    id="0" * 32,
    title="A film",
    source=Source(name="film.mp4", sha256="ab" * 32, size_bytes=5),
    settings="cd" * 8,
    frame_rate="30000/1001",
    frames=240,
    ticks=(0, 360360, 720720),
    renditions=(
        Rendition(
            format="ts",
            rung="240p",
            kind="video",
            codecs="avc1.64001F",
            width=426,
            height=240,
            peak_bps=2,
            average_bps=1,
        ),
    ),
    packaged_at="2026-01-01T00:00:00Z",
    encode_s=1.5,
    speed=5.3,
)
MAIN = ChannelRecord(name="main", revisions=(PoolRevision(tick=0, assets=("0" * 32,)),), epoch_ms=1_700_000_000_000)
PART = LineupPart(start=0, msn=7, dsn=3, clips=(ClipRecord(asset="0" * 32, last=2),), repeats=True)
LINEUP = LineupRecord(id="kids", parts=(PART,))


def told(url: str, story: Callable[[Catalogue], Awaitable[Told]]) -> Told:
    """What the story says of a catalogue that is open while it is told."""

    async def whole() -> Told:
        async with Catalogue.connect(url) as catalogue:
            return await story(catalogue)

    return asyncio.run(whole())
