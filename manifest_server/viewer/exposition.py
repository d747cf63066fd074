"""What a process counted of its own work, as Prometheus has it. docs/metrics.md is held to this by a test."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from manifest_server.viewer.measures import Times
from manifest_server.viewer.metrics import Inside

LANE, APPLICATION = "lane", "application"

# The buckets that are told: powers of two in nanoseconds, from 1 microsecond, and from 1 ms where nothing is quicker.
_QUICK = range(10, 35)
_SLOW = range(20, 37)


class Exposition(Collector):
    """Of one process."""

    def __init__(self, inside: Inside) -> None:
        self._measures, self._lane, self._playlists = inside

    def collect(self) -> Iterator[Metric]:
        """All metrics as they are now."""
        yield self._requests()
        yield from self._times()
        yield from self._caches()
        yield from self._memory()
        yield _gauge("connections", "Connections that are open.", {(): self._measures.connections}, ())
        lately: Values = {(): self._measures.lag.lately_s()}
        yield _gauge(
            "loop_lag_worst_seconds", "How late the event loop was at worst, of the last minute.", lately, ()
        )

    def _requests(self) -> Metric:
        served, measures = self._measures.served, self._measures
        counts: Values = {
            ("media", "2xx", LANE): served.full,
            ("media", "3xx", LANE): served.unchanged,
            **{("beacon", status, LANE): count for status, count in measures.beacons.items()},
            **{(*key, APPLICATION): count for key, count in measures.requests.items()},
        }
        told = "Requests answered, by what they are for, class of status, and who answered: the fast lane or not."
        return _counter("requests", told, counts, ("kind", "status", "by"))

    def _times(self) -> Iterator[Metric]:
        served, measures = self._measures.served, self._measures
        told = "Until a media playlist that the fast lane answers is written."
        yield _histogram("lane_seconds", told, {(): served.answering}, (), _QUICK)
        told = "Until the head of an answer is there, of requests that the application answers."
        asked: dict[tuple[str, ...], Times] = {
            (kind,): times for kind, times in measures.answering.items() if times.total_ns
        }
        yield _histogram("application_seconds", told, asked, ("kind",), _QUICK)
        yield _histogram(
            "making_seconds", "To make a media playlist, in the fast lane.", {(): served.making}, (), _QUICK
        )
        told = "From when the edge of a media playlist moved until it was first asked for again; under a minute."
        yield _histogram("edge_late_seconds", told, {(): served.late}, (), _SLOW)
        told = "How late the event loop is."
        yield _histogram("loop_lag_seconds", told, {(): measures.lag.times}, (), _QUICK)

    def _caches(self) -> Iterator[Metric]:
        served, blobs = self._measures.served, self._playlists.blobs
        counts: Values = {
            ("playlist", "hit"): max(served.answered - served.made, 0),
            ("playlist", "miss"): served.made,
            ("blob", "hit"): blobs.asked - blobs.made,
            ("blob", "miss"): blobs.made,
        }
        told = "Whether it was there already: a finished playlist of the fast lane, an asset's segment lines."
        yield _counter("cache", told, counts, ("cache", "result"))
        told = "How often the fast lane looked up whether a lineup may be played out."
        yield _counter("lane_lookups", told, {(): served.looked_up}, ())
        told = "Requests for playlists that the fast lane left to the application."
        yield _counter("lane_passed", told, {(): served.passed}, ())

    def _memory(self) -> Iterator[Metric]:
        channels, lineups = self._playlists.channels.loaded()
        blobs, blob_bytes = self._playlists.blobs.loaded()
        lane = self._lane.kept()
        counts: dict[tuple[str, ...], float] = {("channels",): channels, ("lineups",): lineups, ("blobs",): blobs}
        counts |= {(sort,): count for sort, (count, _) in lane.items()}
        told = "What is in memory; entries, targets and heads of requests are the fast lane's."
        yield _gauge("kept", told, counts, ("what",))
        sizes: Values = {("blobs",): blob_bytes, **{(sort,): size for sort, (_, size) in lane.items()}}
        yield _gauge("kept_bytes", "About how many bytes that is, where it is bounded in bytes.", sizes, ("what",))


Values = Mapping[tuple[str, ...], float]


def _counter(name: str, told: str, counts: Values, labels: tuple[str, ...]) -> Metric:
    family = CounterMetricFamily(f"streamsync_{name}", told, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


def _gauge(name: str, told: str, counts: Values, labels: tuple[str, ...]) -> Metric:
    family = GaugeMetricFamily(f"streamsync_{name}", told, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


def _histogram(
    name: str, told: str, times: Mapping[tuple[str, ...], Times], labels: tuple[str, ...], bits: range
) -> Metric:
    family = HistogramMetricFamily(f"streamsync_{name}", told, labels=labels)
    for values, one in sorted(times.items()):
        family.add_metric(values, _buckets(one, bits), one.total_ns / 1e9)
    return family


def _buckets(times: Times, bits: range) -> list[tuple[str, float]]:
    """Up to each limit in seconds, how many."""
    counts = list(times.counts)
    told: list[tuple[str, float]] = [(repr(2**bit / 1e9), sum(counts[: bit + 1])) for bit in bits]
    return [*told, ("+Inf", sum(counts))]
