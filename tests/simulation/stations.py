"""A channel to simulate."""

from streamsync.simulation.audience import Rung, Station

STATION = Station(
    target_s=4.0,
    segment_s=4.0,
    lookahead_s=16.0,
    lookback_s=60.0,
    clip_s=600.0,
    pool_s=86_400.0,
    rungs=(Rung("720p", 3e6, 0.5), Rung("480p", 1.5e6, 0.3), Rung("240p", 5e5, 0.2)),
    audio_bps=128_000.0,
)
