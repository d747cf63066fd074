"""The audience of a channel: now, and as a series of points; read from what was counted."""

import asyncio
import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from manifest_server.admin.analytics_views import (
    AnalyticsNow,
    AnalyticsPoint,
    AnalyticsSeries,
    ChannelAudience,
    facts,
)
from manifest_server.analytics import figures
from manifest_server.analytics.figures import PRESENT_SLOTS, Bucket, added, labelled, present
from manifest_server.playout.ticks import date_text
from storage.analytics import DAY_S, HOUR_S, KEPT_S, MINUTE_S, SLOT_S, SPANS_S, Analytics
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.keys import checked_name

WINDOW_S = 60
POINTS = 400  # at most, in a series; without a step as many as fit
CHANNELS = 100  # at most, that are told of together
_LATE_S = 5  # what was counted in ten seconds is all there so long after them
_AT_ONCE = 8


async def analytics_now(catalogue: Catalogue, channel: str | None, now_ms: int) -> AnalyticsNow:
    """Who is there now, on a channel or on all that have an audience. Raises NotFound, BadInput."""
    log, now_s = Analytics(catalogue.link), now_ms // 1000
    if channel is None:
        channels = await log.with_audience(now_s - 2 * WINDOW_S, CHANNELS)
    else:
        channels = [(await catalogue.channel(checked_name("channel", channel))).name]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> tuple[int, Bucket]:
        async with turns:
            here = await log.present(name, now_s - now_s % SLOT_S, PRESENT_SLOTS)
            until_s = (now_s - _LATE_S) // SLOT_S * SLOT_S
            return here, added(await log.buckets(name, SLOT_S, range(until_s - WINDOW_S, until_s, SLOT_S)))

    found = await asyncio.gather(*map(one, channels))
    total, concurrent = added(bucket for _, bucket in found), sum(count for count, _ in found)
    return AnalyticsNow(
        at=date_text(now_ms),
        channel=channel,
        window_s=WINDOW_S,
        concurrent=concurrent,
        channels=[
            ChannelAudience(channel=name, concurrent=count)
            for name, (count, _) in sorted(zip(channels, found, strict=True), key=lambda one: (-one[1][0], one[0]))
        ],
        facts=facts(total, concurrent, await _titles(catalogue, total)),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A span of time in steps of `step_s`, which are made of buckets of `span_s`. All in Unix seconds."""

    since_s: int
    until_s: int
    step_s: int
    span_s: int


def asked(since_ms: int | None, until_ms: int | None, step_s: int | None, now_ms: int, days: int) -> Asked:
    """What of the past is asked for: an hour up to now without anything said. Raises BadInput.

    It begins and ends with a step. Without one it is that which gives no more than POINTS points.
    """
    now_s = now_ms // 1000
    until_s = min(now_s if until_ms is None else -(-until_ms // 1000), now_s)
    since_s = until_s - HOUR_S if since_ms is None else since_ms // 1000
    if since_s >= until_s:
        raise BadInput("from and to: the first is before the second, and before now")
    if since_s < now_s - days * DAY_S:
        raise BadInput(f"from: what was counted is kept for {days} days (STREAMSYNC_ANALYTICS_DAYS)")
    kept = {**KEPT_S, HOUR_S: (days + 1) * DAY_S}
    fits = [span_s for span_s in SPANS_S if since_s >= now_s - kept[span_s]]
    if step_s is None:
        step_s = next(one for one in _steps(days) if one >= fits[0] and (until_s - since_s) / one < POINTS)
    if step_s % SLOT_S or not SLOT_S <= step_s <= days * DAY_S:
        raise BadInput(f"step {step_s}: it is in seconds, {SLOT_S} or more, and of whole {SLOT_S} seconds")
    spans = [span_s for span_s in fits if step_s % span_s == 0]
    if not spans:
        raise BadInput(f"step {step_s}: of so long ago only whole steps of {fits[0]} seconds are known")
    since_s, until_s = since_s - since_s % step_s, -(-until_s // step_s) * step_s
    if (until_s - since_s) // step_s > POINTS:
        fewest = next(one for one in _steps(days) if one >= fits[0] and (until_s - since_s) / one < POINTS)
        raise BadInput(f"step {step_s}: that is over {POINTS} points; {fewest} or more")
    return Asked(since_s, until_s, step_s, spans[-1])


def _steps(days: int) -> Iterable[int]:
    """Steps that people like, the shortest first; the last has any span in few."""
    yield from (SLOT_S, 30, MINUTE_S, 120, 300, 600, 1800, HOUR_S, 2 * HOUR_S, 6 * HOUR_S, DAY_S)
    yield from (DAY_S * count for count in range(2, days + 2))


async def analytics_series(catalogue: Catalogue, channel: str, wish: Asked) -> AnalyticsSeries:
    """A channel's audience over some time. Raises NotFound, BadInput."""
    name = (await catalogue.channel(checked_name("channel", channel))).name
    log = Analytics(catalogue.link)
    places = range(wish.since_s, wish.until_s, wish.span_s)
    each = wish.step_s // wish.span_s
    points, all_of_it = list[AnalyticsPoint](), list[Bucket]()
    buckets = await log.buckets(name, wish.span_s, places)
    for first in range(0, len(buckets), each):
        total = added(buckets[first : first + each])
        points.append(AnalyticsPoint.of(date_text(places[first] * 1000), total))
        all_of_it.append(total)
        if len(points) % 50 == 0:
            await asyncio.sleep(0)  # others want to go on
    total = added(all_of_it)
    return AnalyticsSeries(
        channel=name,
        since=date_text(wish.since_s * 1000),
        until=date_text(wish.until_s * 1000),
        step_s=wish.step_s,
        points=points,
        facts=facts(total, present(total), await _titles(catalogue, total)),
    )


def table(series: AnalyticsSeries) -> str:
    """A series as CSV (RFC 4180), with nothing in it that a spreadsheet takes for a formula."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["channel", "at", "step_s", *list(AnalyticsPoint.model_fields)[1:]])
    for point in series.points:
        at, *values = (value for _, value in point)
        lines.writerow([plain(series.channel), at, series.step_s, *("" if one is None else one for one in values)])
    return text.getvalue()


def plain(cell: str) -> str:
    """Text that stays text: a spreadsheet would run what begins like a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else cell


async def _titles(catalogue: Catalogue, total: Bucket) -> dict[str, str]:
    """The titles of the assets in a bucket."""
    ids = [asset for asset, _ in labelled(total, figures.ASSET) if asset != figures.OTHER]
    records = await catalogue.assets_of(ids)
    said = await catalogue.metadata.of_all(ids)
    titles = {asset: record.title for asset, record in records.items()}
    return titles | {asset: one.title for asset, one in said.items() if one.title is not None}
