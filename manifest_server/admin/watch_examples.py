"""Examples of what viewers' pages are answered with. They go on with the story of examples.py."""

from typing import Final

from manifest_server.admin.examples import FILM, Example

_VIEWER: Final = "v-qg3vyx5tqk2m7bd4hn6e"
_SAYS: Final[Example] = {"title": "Channel One", "description": "Films, all day.", "state": "on air"}
_AIRS: Final[Example] = {"on_air_from": "2026-01-01T00:00:00.000Z", "on_air_until": None}
_POSTER = f"/chunks/assets/{FILM}/poster.jpg"

WATCH_WISH: Final[list[Example]] = [
    {},
    {"viewer_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ2LXFnIn0.c2ln", "portable": True},
]
PUBLIC_CHANNELS: Final[Example] = {
    "now_ms": 1767225615000,
    "channels": [
        {
            "name": "main", **_SAYS, **_AIRS, "poster": _POSTER,
            "now": {
                "title": "The News", "starts": "2026-01-01T00:00:10.000Z", "ends": "2026-01-01T00:00:22.000Z",
            },
        }
    ],
}  # fmt: skip
WATCH: Final[Example] = {
    "viewer": _VIEWER,
    "registered": True,
    "viewer_token": None,
    "channel": "main",
    **_SAYS,
    **_AIRS,
    "stream": f"/live/main/{_VIEWER}/index.m3u8",
    "now_ms": 1767225615000,
    "timeshift_s": 7200,
    "beacon_s": 30,
}
WATCH_GUIDE: Final[Example] = {
    "now_ms": 1767225615000,
    "entries": [
        {
            "kind": "clip", "starts": "2026-01-01T00:00:10.000Z", "ends": "2026-01-01T00:00:22.000Z",
            "title": "The Film", "description": "A film.", "asset": FILM, "asset_from_s": 0.0, "poster": _POSTER,
            "thumbnails": {
                "url": f"/chunks/assets/{FILM}/thumbnails.jpg", "columns": 3, "rows": 1, "count": 3,
                "every_s": 4.0, "width": 160, "height": 90,
            },
            "moment": None, "rating": 6, "language": "en", "tags": ["kids"],
        }
    ],
}  # fmt: skip
