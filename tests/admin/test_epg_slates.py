"""The guide of a channel with a slate that nobody has ended: it takes no longer for how long that has been on."""

import asyncio

import pytest

from manifest_server.admin import actions, epg
from manifest_server.onair.channels import Channels
from manifest_server.programming.spans import Span
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Moment
from tests.stage import EPOCH_MS, asset

DAY_MS = 86_400_000
FILM, NEWS, SLATE = asset(1, 47.0), asset(2, 20.0), asset(3, 26.0)
CLIPS = {one.id: (ClipRecord(asset=one.id),) for one in (NEWS, SLATE)}
SLATE_MS = EPOCH_MS + 3 * DAY_MS + 77_000
# The first goes before the second where both would be on air.
NEWS_MOMENT = Moment(id="news", at_ms=EPOCH_MS + 60_000, clips=CLIPS[NEWS.id], every_ms=3_600_000)
SLATE_MOMENT = Moment(id="slate", at_ms=SLATE_MS, clips=CLIPS[SLATE.id], loops_until_ms=SLATE_MS + 366 * DAY_MS)


@pytest.mark.parametrize(
    "moments", [(SLATE_MOMENT, NEWS_MOMENT), (NEWS_MOMENT, SLATE_MOMENT), (SLATE_MOMENT,)], ids=len
)
@pytest.mark.parametrize("day", [0, 3, 40, 360])
def test_it_has_the_slate_wherever_that_is_on_air(redis_url: str, moments: tuple[Moment, ...], day: int) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await asyncio.gather(*(catalogue.index_asset(one) for one in (FILM, NEWS, SLATE)))
            await actions.create_channel(catalogue, "main", [FILM.id])
            record = await actions.start_channel(catalogue, "main", EPOCH_MS)
            await actions.replaced(catalogue, record, None, moments=moments)
            on = await Channels(catalogue).channel("main")
            first_s = day * 86_400 + 12_000
            start, until = first_s * 90_000, (first_s + 7200) * 90_000
            found = [span for span in epg._begun(on, start, until) if is_on(span, start)]
            assert len(on.spans._weeks) <= 4  # the weeks of spans that were made
            every = [span for span in on.spans.after(0, until) if span.order is not None and is_on(span, start)]
            assert found == every
            assert len(every) >= (day > 3 and moments == (SLATE_MOMENT,))

    asyncio.run(story())


def is_on(span: Span, tick: int) -> bool:
    return max(span.end, span.pod_end) > tick
