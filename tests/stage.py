"""A channel to test with: small assets as records and files, and a manifest server over a real catalogue."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import SecretStr

from manifest_server.admin import actions
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.keys import init_key, segment_key
from storage.records import AssetRecord, ChannelRecord, MediaFormat, Rendition, Source
from storage.settings import Settings

Told = TypeVar("Told")

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
HEIGHTS = {"720p": 720, "480p": 480, "240p": 240}


AUDIO = Rendition(
    format="cmaf", rung="audio", kind="audio", codecs="mp4a.40.2", peak_bps=130_000, average_bps=128_000
)


def asset(number: int, seconds: float = 12.0, rungs: Sequence[str] = ("480p", "240p")) -> AssetRecord:
    """An asset of equal segments; its id ends in `number`. Bit rates: 1000 times the height, at the peak 2000."""
    segments = -(-int(seconds * 90_000) // 360_000)
    ticks = tuple(round(seconds * 90_000 * n / segments) for n in range(segments + 1))
    return AssetRecord(
        id=f"{number:032x}",
        title=f"Film {number}",
        source=Source(name=f"{number}.mp4", sha256=f"{number:064x}", size_bytes=1),
        settings="x",
        frame_rate="25",
        frames=round(seconds * 25),
        ticks=ticks,
        renditions=(
            *(_video("cmaf", rung, "avc1.4D401F") for rung in rungs),
            AUDIO,
            *(_video("ts", rung, "avc1.4D401F,mp4a.40.2") for rung in rungs),
        ),
        packaged_at="2026-01-01T00:00:00Z",
        encode_s=1,
        speed=1,
    )  # fmt: skip


def _video(media_format: MediaFormat, rung: str, codecs: str) -> Rendition:
    height = HEIGHTS[rung]
    return Rendition(
        format=media_format, rung=rung, kind="video", codecs=codecs, width=height * 16 // 9, height=height,
        peak_bps=height * 2000, average_bps=height * 1000,
    )  # fmt: skip


def store(root: Path, record: AssetRecord) -> None:
    """Files for the asset: each segment holds its own key."""
    objects = FolderObjects(root)
    for one in record.renditions:
        for key in [segment_key(record.id, one.format, one.rung, n) for n in range(record.segments)]:
            objects.put(key, key.encode() * 10)
        objects.put(init_key(record.id, one.format, one.rung), b"init")


async def on_air(catalogue: Catalogue, *assets: AssetRecord, epoch_ms: int = EPOCH_MS) -> ChannelRecord:
    """The channel main, on air since `epoch_ms`."""
    for one in assets:
        await catalogue.index_asset(one)
    await actions.create_channel(catalogue, "main", [one.id for one in assets])
    return await actions.start_channel(catalogue, "main", epoch_ms)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now_ms: int = EPOCH_MS + 100_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


def visited(
    redis_url: str,
    story: Callable[[httpx.AsyncClient, Catalogue], Awaitable[Told]],
    *,
    data: Path = Path("/nonexistent"),
    clock: Clock | None = None,
    preview: bool = False,
    objects_url: str | None = None,
    media_url: str | None = None,
    token: str | None = None,
    playback_keys: str | None = None,
    more: Mapping[str, object] | None = None,
) -> Told:
    """What a visitor of a manifest server tells; the catalogue is for whoever runs it."""
    secret = None if token is None else SecretStr(token)
    settings = Settings(
        data=data, preview=preview, objects_url=objects_url, media_url=media_url, token=secret,
        playback_keys=None if playback_keys is None else SecretStr(playback_keys),
    ).model_copy(update=more)  # fmt: skip

    async def whole() -> Told:
        app = application(settings, redis_url, clock or Clock())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            Catalogue.connect(redis_url) as catalogue,
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            return await story(client, catalogue)

    return asyncio.run(whole())


def forget_doors() -> None:
    """Let go of applications: FastAPI remembers the last 4,096 doors, and with them all that they lead to."""
    loaded = sys.modules.get("fastapi.dependencies.models")
    for one in vars(loaded).values() if loaded else ():
        if hasattr(one, "cache_clear"):
            one.cache_clear()
