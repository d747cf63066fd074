"""What is on channels now, as far as that is the same for all: a moment, or time of everybody's own."""

from collections.abc import Sequence

from manifest_server.admin.epg import DAY_MS, Asked, channel_guide
from manifest_server.admin.views import ChannelLine, NowOn
from manifest_server.onair.channels import Channels
from manifest_server.playout.ticks import date_text
from storage.catalogue import Catalogue
from storage.errors import NotFound


async def with_now(
    catalogue: Catalogue, channels: Channels, lines: Sequence[ChannelLine], now_ms: int, media: str
) -> list[ChannelLine]:
    """The same lines, those on air with what is on. `media`: what the URLs of objects begin with.

    Raises Unavailable.
    """
    return [
        line.model_copy(update={"now": await _now_on(catalogue, channels, line.name, now_ms, media)})
        if line.state == "on air"
        else line
        for line in lines
    ]


async def _now_on(catalogue: Catalogue, channels: Channels, channel: str, now_ms: int, media: str) -> NowOn | None:
    asked = Asked(now_ms, now_ms + DAY_MS, 1)
    try:
        guide = await channel_guide(catalogue, channels, channel, asked, media)
    except NotFound:  # an asset of its pool is not there: the other channels are to be told of all the same
        return None
    first = next(iter(guide.entries), None)
    if first is None:
        return None
    shared = first.kind == "moment"
    ends = first.ends if first.ends != date_text(asked.until_ms) else None
    # Of what is everybody's own the guide tells from when it was asked for.
    starts = first.starts if shared else None
    return NowOn(
        kind="moment" if shared else "personal", title=first.title, starts=starts, ends=ends,
        moment=first.moment, asset=first.asset, poster=first.poster,
    )  # fmt: skip
