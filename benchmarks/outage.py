"""How long playlists take before, in and after an outage of Redis: killed, and frozen so that connections hang."""

import tempfile
import time
from pathlib import Path

from benchmarks.report import machine
from manifest_server.viewer.clock import now_ms
from tests.journeys.crowd import Crowd, figures
from tests.journeys.outages import CHANNELS, KINDS, Asking, gone, known_paths, open_channels
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server

PER_SECOND = 50
PHASE_S = 15.0
TURN_S = 3.0  # at the beginning of an outage and at its end: until it is known


def main() -> None:
    """Print median, 99th percentile and the longest, for media playlists and for joins of known and new viewers."""
    print(
        f"  {machine()}; one server, {len(CHANNELS)} channels, {PER_SECOND} requests a second from the same machine"
    )
    print("  a join waits for up to 400 ms when the edge is about to move, outage or not")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            _measured(Path(folder), kind)


def _measured(folder: Path, kind: str) -> None:
    here = Machine(folder / "data", free_port())
    with server(folder / "redis") as redis:
        open_channels(redis.url, here.data, now_ms() - 60_000, CHANNELS)
        with here.running("serve", STREAMSYNC_REDIS_URL=redis.url):
            asking = Asking([here], known_paths([here]))
            asking.inventing = True
            with Crowd(asking, PER_SECOND) as crowd:
                start = time.monotonic()
                time.sleep(PHASE_S)
                with gone(redis, kind):
                    went = time.monotonic()
                    time.sleep(PHASE_S)
                back = time.monotonic()
                time.sleep(PHASE_S)
            end = time.monotonic()
    print(f"  Redis {kind} for {back - went:.0f} s; answers that are not 200: {_failed(crowd)}")
    for phase, since, until in (
        ("before", start, went), (f"the first {TURN_S:.0f} s without", went, went + TURN_S),
        ("then without", went + TURN_S, back), (f"the first {TURN_S:.0f} s after", back, back + TURN_S),
        ("then after", back + TURN_S, end),
    ):  # fmt: skip
        for what, name in (("media", "media playlists"), ("join", "joins"), ("new", "joins of new viewers")):
            print(f"    {phase:<24} {name:<22} {figures(crowd.between(since, until, what))}")


def _failed(crowd: Crowd) -> int:
    return sum(one.status != 200 for one in crowd.answers)


if __name__ == "__main__":
    main()
