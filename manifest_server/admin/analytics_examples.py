"""Examples of what the API answers about audiences: the channel "main" of examples.py, with four viewers."""

from typing import Final

from manifest_server.admin.examples import FILM, Example

_AT: Final = "2026-01-01T12:00:00.000Z"
_SYNC_ENDS: Final = (10, 20, 40, 60, 100, 200, 400, 1000, 5000)
_STARTUP_ENDS: Final = (0, 250, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000, 30000)


def _bin(over: float | None, up_to: float | None, count: int = 0) -> Example:
    return {
        "over_ms": None if over is None else float(over),
        "up_to_ms": None if up_to is None else float(up_to),
        "count": count,
    }


_STARTUP: Final = [
    _bin(over, up_to, {250: 3, 500: 1}.get(over, 0))
    for over, up_to in zip(_STARTUP_ENDS, (*_STARTUP_ENDS[1:], None), strict=True)
]
_BEHIND: Final = zip((*_SYNC_ENDS[1:], None), _SYNC_ENDS, strict=True)
_AHEAD: Final = zip(_SYNC_ENDS, (*_SYNC_ENDS[1:], None), strict=True)
_SYNC: Final = [
    *reversed([_bin(None if end is None else -end, -begin) for end, begin in _BEHIND]),
    _bin(-10, 10, 19),
    *(_bin(begin, end, 5 if begin == 10 else 0) for begin, end in _AHEAD),
]
_FACTS: Final[Example] = {
    "joins": 1,
    "leaves": 0,
    "starts": 1,
    "assets": [{"asset": FILM, "title": "The Film", "share": 1.0, "viewers": 4.0}],
    "heights": [
        {"height": "720", "share": 0.75, "viewers": 3.0},
        {"height": "480", "share": 0.25, "viewers": 1.0},
    ],
    "countries": [
        {"country": "DE", "share": 0.75, "viewers": 3.0},
        {"country": "unknown", "share": 0.25, "viewers": 1.0},
    ],
    "startup": {"count": 4, "p50_ms": 416.7, "p95_ms": 700.0, "histogram": _STARTUP},
    "stalls": {"count": 1, "stalled_ms": 480, "ratio": 0.002},
    "errors": [{"code": "fragLoadError", "count": 1}],
    "fatal_errors": 0,
    "bitrate_kbps": 2360.5,
    "level_changes": 1,
    "dropped_frames": 0,
    "sync": {
        "count": 24, "p50_ms": 6.3, "p95_ms": 17.6, "within_40ms": 1.0, "within_100ms": 1.0, "within_1s": 1.0,
        "histogram": _SYNC,
    },
}  # fmt: skip
NOW: Final[Example] = {
    "at": _AT,
    "channel": None,
    "window_s": 60,
    "concurrent": 4,
    "channels": [{"channel": "main", "concurrent": 4}],
    "facts": _FACTS,
}
SERIES: Final[Example] = {
    "channel": "main",
    "since": "2026-01-01T11:59:00.000Z",
    "until": _AT,
    "step_s": 60,
    "points": [
        {
            "at": "2026-01-01T11:59:00.000Z", "concurrent": 4.0, "peak": 4, "joins": 1, "leaves": 0, "starts": 1,
            "startup_p50_ms": 416.7, "startup_p95_ms": 700.0, "stalls": 1, "stalled_ms": 480, "stall_ratio": 0.002,
            "errors": 1, "fatal_errors": 0, "bitrate_kbps": 2360.5, "level_changes": 1, "dropped_frames": 0,
            "sync_p50_ms": 6.3, "sync_p95_ms": 17.6, "within_40ms": 1.0, "within_100ms": 1.0, "within_1s": 1.0,
        }
    ],
    "facts": _FACTS,
}  # fmt: skip
CSV: Final = (
    "channel,at,step_s,concurrent,peak,joins,leaves,starts,startup_p50_ms,startup_p95_ms,stalls,stalled_ms,"
    "stall_ratio,errors,fatal_errors,bitrate_kbps,level_changes,dropped_frames,sync_p50_ms,sync_p95_ms,within_40ms,"
    "within_100ms,within_1s\r\n"
    "main,2026-01-01T11:59:00.000Z,60,4.0,4,1,0,1,416.7,700.0,1,480,0.002,1,0,2360.5,1,0,6.3,17.6,1.0,1.0,1.0\r\n"
)
