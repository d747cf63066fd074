"""What the API answers with about audiences."""

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.analytics_examples import NOW, SERIES
from manifest_server.analytics import figures
from manifest_server.analytics.figures import Bucket, Histogram


class BinView(BaseModel):
    """How many were over one end and not over the other, in ms; None: there is no end."""

    over_ms: float | None
    up_to_ms: float | None
    count: int


class AssetAudience(BaseModel):
    """An asset, "other" for all that were too many to be told apart; `viewers` is reckoned from its share."""

    asset: str
    title: str
    share: float
    viewers: float


class HeightAudience(BaseModel):
    """The height of the picture in pixels, or "other"."""

    height: str
    share: float
    viewers: float


class CountryAudience(BaseModel):
    """Two letters, as the CDN told them; or "unknown", or "other"."""

    country: str
    share: float
    viewers: float


class ErrorCount(BaseModel):
    """How often players told of an error of this code."""

    code: str
    count: int


class StartupView(BaseModel):
    """How long players took to their first frame."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    histogram: list[BinView]

    @classmethod
    def of(cls, times: Histogram) -> "StartupView":
        """The view of a histogram."""
        edges = (None, *times.edges, None)
        bins = [
            BinView(over_ms=edges[n] or 0, up_to_ms=edges[n + 1], count=count) for n, count in enumerate(times.counts)
        ]
        p50, p95 = times.percentile(50), times.percentile(95)
        return cls(count=times.total, p50_ms=p50, p95_ms=p95, histogram=bins)


class StallsView(BaseModel):
    """How often and for how long players waited; `ratio`: the share of all viewers' time."""

    count: int
    stalled_ms: int
    ratio: float | None


class SyncView(BaseModel):
    """How together the audience is: the playing date less the server's clock. Percentiles and shares are of its size,
    bins have the sign: below 0 is behind."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    within_40ms: float | None
    within_100ms: float | None
    within_1s: float | None
    histogram: list[BinView]

    @classmethod
    def of(cls, bucket: Bucket) -> "SyncView":
        """The view of what was counted."""
        sizes, behind, ahead = figures.sync(bucket), figures.sync(bucket, [-1]), figures.sync(bucket, [1])
        ends, ends_behind = (*sizes.edges, None), (*(-edge for edge in sizes.edges), None)
        less = [
            BinView(over_ms=ends_behind[n], up_to_ms=ends_behind[n - 1], count=count)
            for n, count in reversed(list(enumerate(behind.counts)))
            if n
        ]
        near = BinView(over_ms=-sizes.edges[0], up_to_ms=sizes.edges[0], count=sizes.counts[0])
        more = [
            BinView(over_ms=sizes.edges[n - 1], up_to_ms=ends[n], count=count)
            for n, count in enumerate(ahead.counts)
            if n
        ]
        return cls(
            count=sizes.total,
            p50_ms=sizes.percentile(50),
            p95_ms=sizes.percentile(95),
            within_40ms=sizes.within(40),
            within_100ms=sizes.within(100),
            within_1s=sizes.within(1000),
            histogram=[*less, near, *more],
        )


class AudienceFacts(BaseModel):
    """What was counted in some span of time, taken together. Lists have the greatest first."""

    joins: int
    leaves: int
    starts: int
    assets: list[AssetAudience]
    heights: list[HeightAudience]
    countries: list[CountryAudience]
    startup: StartupView
    stalls: StallsView
    errors: list[ErrorCount]
    fatal_errors: int
    bitrate_kbps: float | None
    level_changes: int
    dropped_frames: int
    sync: SyncView


class ChannelAudience(BaseModel):
    """How many are on a channel."""

    channel: str
    concurrent: int


class AnalyticsNow(BaseModel):
    """Who is there now, on a channel or on all of them, and the last `window_s` whole seconds.

    `concurrent` is an estimate with a standard error of 0.8 %; who is on two channels counts twice.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [NOW]})

    at: str
    channel: str | None
    window_s: int
    concurrent: int
    channels: list[ChannelAudience]
    facts: AudienceFacts


class AnalyticsPoint(BaseModel):
    """The `step_s` seconds from `at` on. `concurrent`: on the average; `peak`: the most in any ten seconds.

    None where there was nothing to tell of; a share or percentile of nothing is none.
    """

    at: str
    concurrent: float
    peak: int
    joins: int
    leaves: int
    starts: int
    startup_p50_ms: float | None
    startup_p95_ms: float | None
    stalls: int
    stalled_ms: int
    stall_ratio: float | None
    errors: int
    fatal_errors: int
    bitrate_kbps: float | None
    level_changes: int
    dropped_frames: int
    sync_p50_ms: float | None
    sync_p95_ms: float | None
    within_40ms: float | None
    within_100ms: float | None
    within_1s: float | None

    @classmethod
    def of(cls, at: str, bucket: Bucket) -> "AnalyticsPoint":
        """The point of what was counted."""
        startup, sync = figures.startup(bucket), figures.sync(bucket)
        return cls(
            at=at,
            concurrent=round(figures.present(bucket), 1),
            peak=bucket.get(figures.PEAK, 0),
            joins=bucket.get(figures.JOINS, 0),
            leaves=bucket.get(figures.LEAVES, 0),
            starts=bucket.get(figures.STARTS, 0),
            startup_p50_ms=startup.percentile(50),
            startup_p95_ms=startup.percentile(95),
            stalls=bucket.get(figures.STALLS, 0),
            stalled_ms=bucket.get(figures.STALLED_MS, 0),
            stall_ratio=figures.stall_ratio(bucket),
            errors=bucket.get(figures.ERRORS, 0),
            fatal_errors=bucket.get(figures.FATAL, 0),
            bitrate_kbps=figures.bitrate_kbps(bucket),
            level_changes=bucket.get(figures.LEVELS, 0),
            dropped_frames=bucket.get(figures.DROPPED, 0),
            sync_p50_ms=sync.percentile(50),
            sync_p95_ms=sync.percentile(95),
            within_40ms=sync.within(40),
            within_100ms=sync.within(100),
            within_1s=sync.within(1000),
        )


class AnalyticsSeries(BaseModel):
    """A channel's audience from `since` to `until`, in steps; `facts`: all of that together."""

    model_config = ConfigDict(json_schema_extra={"examples": [SERIES]})

    channel: str
    since: str
    until: str
    step_s: int
    points: list[AnalyticsPoint]
    facts: AudienceFacts


def facts(bucket: Bucket, concurrent: float, titles: dict[str, str]) -> AudienceFacts:
    """The view of what was counted, of an audience of this size; assets by these titles."""

    def shares(kind: str) -> list[tuple[str, float, float]]:
        found = figures.labelled(bucket, kind)
        total = sum(count for _, count in found)
        return [(label, round(count / total, 4), round(concurrent * count / total, 1)) for label, count in found]

    return AudienceFacts(
        joins=bucket.get(figures.JOINS, 0),
        leaves=bucket.get(figures.LEAVES, 0),
        starts=bucket.get(figures.STARTS, 0),
        assets=[
            AssetAudience(asset=asset, title=titles.get(asset, ""), share=share, viewers=viewers)
            for asset, share, viewers in shares(figures.ASSET)
        ],
        heights=[HeightAudience(height=one, share=s, viewers=v) for one, s, v in shares(figures.HEIGHT)],
        countries=[CountryAudience(country=one, share=s, viewers=v) for one, s, v in shares(figures.COUNTRY)],
        startup=StartupView.of(figures.startup(bucket)),
        stalls=StallsView(
            count=bucket.get(figures.STALLS, 0),
            stalled_ms=bucket.get(figures.STALLED_MS, 0),
            ratio=figures.stall_ratio(bucket),
        ),
        errors=[ErrorCount(code=code, count=count) for code, count in figures.labelled(bucket, figures.ERROR)],
        fatal_errors=bucket.get(figures.FATAL, 0),
        bitrate_kbps=figures.bitrate_kbps(bucket),
        level_changes=bucket.get(figures.LEVELS, 0),
        dropped_frames=bucket.get(figures.DROPPED, 0),
        sync=SyncView.of(bucket),
    )
