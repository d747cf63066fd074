"""Players that tell of themselves."""

import json
from typing import Any

from manifest_server.analytics.beacon import Beacon, parsed
from tests.stage import asset

FILM = asset(1)


def told(viewer: str = "alice", *events: dict[str, Any], channel: str = "main", session: int = 1) -> dict[str, Any]:
    """What a player sends; a beat without anything said."""
    sent = list(events or [beat()])
    return {"v": 1, "viewer": viewer, "session": f"{session:016x}", "channel": channel, "events": sent}


def beat(**more: Any) -> dict[str, Any]:
    """A beat of a viewer of the film, in time."""
    facts = {"asset": FILM.id, "height": 480, "bitrate_kbps": 480.5, "sync_ms": 4, "stalls": 0, "stalled_ms": 0}
    return {"t": 1_767_225_600_000, "type": "beat", **facts, **more}


def body(viewer: str = "alice", *events: dict[str, Any], **more: Any) -> bytes:
    """The same as bytes."""
    return json.dumps(told(viewer, *events, **more)).encode()


def beacon(viewer: str = "alice", *events: dict[str, Any], **more: Any) -> Beacon:
    """The same as it is understood."""
    return parsed(body(viewer, *events, **more))
