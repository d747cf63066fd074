"""Examples of what the API answers about how it is and what happens: of the same story as in examples.py."""

from typing import Final

from manifest_server.admin.examples import FILM, Example

_BEGAN = "2026-01-01T00:00:00.000Z"

EVENTS: Final = f"""retry: 2000

event: hello
data: {{}}
id: 5f1c09aa-0

event: asset
data: {{"name":"{FILM}","kinds":["metadata"]}}
id: 5f1c09aa-1

event: channel
data: {{"name":"main","kinds":["viewer"],"names":["alice"]}}
id: 5f1c09aa-2

"""

HEALTH: Final[Example] = {
    "state": "warn",
    "now": "2026-01-01T00:10:00.000Z",
    "servers": [
        {
            "state": "ok", "since": _BEGAN, "advice": "", "id": "9f86d081884c7d65", "host": "tv-1", "pid": 4711,
            "version": "0.1.0", "started": _BEGAN, "seen": "2026-01-01T00:09:57.000Z", "channels": 2, "lineups": 340,
            "lag_ms": 12, "objects": "ok",
        }
    ],
    "workers": [
        {
            "state": "ok", "since": "2026-01-01T00:08:00.000Z", "advice": "", "id": "tv-2:815", "host": "tv-2",
            "pid": 815, "version": "0.1.0", "started": _BEGAN, "seen": "2026-01-01T00:09:58.000Z", "job": FILM,
            "task": "video-00003",
        }
    ],
    "storage": {
        "state": "warn", "since": "2026-01-01T00:02:00.000Z",
        "advice": "8% are free: delete assets that are retired, run streamsync gc, or add a disk", "kind": "folder",
        "latency_ms": 1, "free_bytes": 80000000000, "used_bytes": 920000000000, "size_bytes": 1000000000000,
    },
    "catalogue": {
        "state": "ok", "since": _BEGAN, "advice": "", "latency_ms": 1, "version": "8.1.1", "role": "master",
        "cluster": False, "memory_bytes": 5242880, "memory_limit_bytes": None, "persistent": True, "replicas": 0,
    },
    "queue": {
        "state": "ok", "since": _BEGAN, "advice": "", "pending": 12, "running": 4, "failed": 0,
        "oldest": "2026-01-01T00:05:00.000Z",
    },
}  # fmt: skip
