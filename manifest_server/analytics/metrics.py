"""`/metrics`: what became of the beacons, who is there, and the process, in Prometheus's text format."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from manifest_server.analytics.keeper import Keeper

CHANNELS = 200  # at most, those with the most viewers


class Metrics:
    """The metrics of one process."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, keeper: Keeper, *more: Collector) -> None:
        self._registry = CollectorRegistry()
        for collector in (_Beacons(keeper), *more):
            self._registry.register(collector)
        for kind in (ProcessCollector, PlatformCollector, GCCollector):
            kind(registry=self._registry)

    def text(self) -> bytes:
        """As they are now."""
        return generate_latest(self._registry)


class _Beacons(Collector):
    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def collect(self) -> Iterator[Metric]:
        counts = self._keeper.counts
        taken = CounterMetricFamily("streamsync_beacons_taken", "Beacons that came.")
        taken.add_metric([], counts.taken)
        yield taken
        refused = CounterMetricFamily(
            "streamsync_beacons_refused", "Requests that were no beacons.", labels=["status"]
        )
        for status, count in sorted(counts.refused.items()):
            refused.add_metric([str(status)], count)
        yield refused
        dropped = CounterMetricFamily(
            "streamsync_beacons_dropped",
            "Of these: not counted, as a session sent too often, there is no such channel, too much was there to be "
            "remembered, or Redis was away for too long.",
            labels=["reason"],
        )
        for reason in ("often", "channel", "room", "late"):
            dropped.add_metric([reason], counts.dropped[reason])
        yield dropped
        audience = GaugeMetricFamily(
            "streamsync_audience",
            "Viewers of a channel on all servers, as this one last heard. It is not to be added up.",
            labels=["channel"],
        )
        for channel, count in sorted(self._keeper.present.items(), key=lambda one: (-one[1], one[0]))[:CHANNELS]:
            audience.add_metric([channel], count)
        yield audience
