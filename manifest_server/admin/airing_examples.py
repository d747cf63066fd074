"""Examples of what the API answers about what airs: streams, guides, edits, moments, and what changes do to them."""

from typing import Final

from manifest_server.admin.examples import FILM, LINEUP, RULES, TRAILER, Example

_TRAILER_AIRS: Example = {
    "asset": TRAILER, "title": "The Trailer", "starts": "2026-01-01T00:00:00.000Z",
    "ends": "2026-01-01T00:00:10.000Z", "msn": 167225600, "dsn": 122, "segments": 3,
}  # fmt: skip
_FILM_AIRS: Example = {
    "asset": FILM, "title": "The Film", "starts": "2026-01-01T00:00:10.000Z", "ends": "2026-01-01T00:00:22.000Z",
    "msn": 167225603, "dsn": 123, "segments": 3,
}  # fmt: skip
PREVIEW: Final[Example] = {
    "channel": "main",
    "viewer": "alice",
    "lineup": LINEUP,
    "at": "2026-01-01T00:00:05.000Z",
    "position_s": 5.0,
    "first_msn": 167225600,
    "last_msn": 167225604,
    "ended": False,
    "airings": [_TRAILER_AIRS, _FILM_AIRS],
}

_PLAYLIST = f"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:HOLD-BACK=12.000
#EXT-X-MEDIA-SEQUENCE:167225600
#EXT-X-DISCONTINUITY-SEQUENCE:121
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-MAP:URI="/chunks/assets/{TRAILER}/cmaf/480p/init.mp4"
#EXTINF:3.333333,
/chunks/assets/{TRAILER}/cmaf/480p/0.m4s
#EXTINF:3.333334,
/chunks/assets/{TRAILER}/cmaf/480p/1.m4s
#EXTINF:3.333333,
/chunks/assets/{TRAILER}/cmaf/480p/2.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:10.000Z
#EXT-X-MAP:URI="/chunks/assets/{FILM}/cmaf/480p/init.mp4"
#EXTINF:4.000000,
/chunks/assets/{FILM}/cmaf/480p/0.m4s
#EXTINF:4.000000,
/chunks/assets/{FILM}/cmaf/480p/1.m4s
"""
EXPLANATION: Final[Example] = {
    "channel": "main",
    "viewer": "alice",
    "lineup": LINEUP,
    "lineup_kind": "derived",
    "lineup_why": f"'{LINEUP}' is derived from the names of channel and viewer alone",
    "at": "2026-01-01T00:00:05.000Z",
    "position_s": 5.0,
    "on_air": _TRAILER_AIRS,
    "next": [_FILM_AIRS],
    "reason": {
        "kind": "drawn",
        "text": f"drawn from revision 0 of the pool with '{LINEUP}/0' and the cycle's number",
        "revision": 0,
        "seed": f"{LINEUP}/0",
        **dict.fromkeys(("moment", "edit", "part", "plan", "taste")),
        "cut": False,
    },
    "where": {
        "part": 0, "part_since": "2026-01-01T00:00:00.000Z", "cycle": 0, "place": 0, "clips": 2, "segment": 1,
        "of_segments": 3,
    },
    "pool": {
        "revision": 0, "since": "2026-01-01T00:00:00.000Z", "assets": 2, "filler": 0, "rules": RULES,
        "met": ["repeat=1"], "relaxed": [],
    },
    "msn": {
        "number": 167225601,
        "addends": [
            ["the first segment, at tick 0", 167225600],
            ["segments in the parts before, 0", 0],
            ["segments of clips that have ended since the part that is on air began", 0],
            ["segments of the clip before this one", 1],
        ],
        "text": "167225601 = 167225600 (the first segment, at tick 0) + 0 (segments in the parts before, 0) + 0 "
        "(segments of clips that have ended since the part that is on air began) + 1 (segments of the clip before "
        "this one)",
    },
    "dsn": {
        "number": 122,
        "addends": [
            ["the first clip, at tick 0", 167225600],
            ["clips in the parts before, 0", 0],
            ["clips that have ended since the part that is on air began", 0],
            ["what a URL of the day 20454 counts from", -167225478],
        ],
        "text": "122 = 167225600 (the first clip, at tick 0) + 0 (clips in the parts before, 0) + 0 (clips that have "
        "ended since the part that is on air began) - 167225478 (what a URL of the day 20454 counts from)",
    },
    "playlist": {
        "rendition": "cmaf-480p", "lineup": f"{LINEUP}~20454", "first_msn": 167225600, "last_msn": 167225604,
        "discontinuity_sequence": 121, "dsn_base": 167225478, "ended": False, "holds_ms": 1000, "text": _PLAYLIST,
    },
}  # fmt: skip

GUIDE: Final[Example] = {
    "channel": "main",
    "viewer": "alice",
    "lineup": LINEUP,
    "starts": "2026-01-01T00:00:12.000Z",
    "ends": "2026-01-02T00:00:12.000Z",
    "next": "2026-01-01T00:00:22.000Z",
    "entries": [
        {
            "kind": "clip", "starts": "2026-01-01T00:00:10.000Z", "ends": "2026-01-01T00:00:22.000Z",
            "title": "The Film", "asset": FILM, "description": "A dog learns to fly.", "language": "en", "rating": 6,
            "tags": ["kids"], "moment": None, "assets": None, "part": None, "poster": None,
        }
    ],
}  # fmt: skip
XMLTV: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tv SYSTEM "xmltv.dtd">
<tv generator-info-name="StreamSync">
  <channel id="main.streamsync">
    <display-name>main</display-name>
  </channel>
  <programme start="20260101000140 +0000" stop="20260102000140 +0000" channel="main.streamsync">
    <title>main</title>
  </programme>
</tv>
"""

_EDIT: Example = {
    "id": "9730d0b7", "starts": "2026-01-01T00:02:04.000Z", "clips": [TRAILER], "drop": 0, "pending": True,
    "state": "to come",
}  # fmt: skip
EDITS: Final[Example] = {"channel": "main", "lineup": None, "version": 3, "edits": [_EDIT]}
KIDS_EDITS: Final[Example] = {"channel": "main", "lineup": "kids", "version": 3, "edits": [_EDIT]}
EDITED: Final[Example] = {**_EDIT, "channel": "main", "lineup": None, "version": 3}

MOMENT: Final[Example] = {
    "channel": "main",
    "version": 3,
    "id": "kick-off",
    "title": "Kick-off",
    "at": "2026-12-31T23:00:00.000Z",
    "clips": [FILM, f"{TRAILER}:0:3"],
    "slate": False,
    "every_s": None,
    "until": None,
    "resumes": True,
    "breaks": [{"after": 1, "length_s": 30.0, "pool": [TRAILER]}],
    "state": "to come",
}
MOMENTS: Final[Example] = {"channel": "main", "version": 3, "moments": [MOMENT]}

_NEW_POOL: Example = {
    "revisions": {
        "before": [], "after": [{"tick": 11160000, "assets": [FILM]}], "parts": True, "at": [], "cut": False,
    }
}  # fmt: skip
_STARTS = "2026-01-01T00:02:12.000Z"
EFFECTS: Final[Example] = {
    "dry_run": True,
    "channel": "main",
    "text": "it changes what 1 of a sample of 4 viewers see within 500 clips",
    "unchanged_until": "2026-01-01T00:02:04.000Z",
    "sample": True,
    "changed": _NEW_POOL,
    "effects": [
        {
            "viewer": "alice",
            "lineup": LINEUP,
            "differs_from": _STARTS,
            "before": [
                {
                    **_TRAILER_AIRS, "starts": _STARTS, "ends": "2026-01-01T00:02:22.000Z", "msn": 167225636,
                    "dsn": 134,
                }
            ],
            "after": [
                {**_FILM_AIRS, "starts": _STARTS, "ends": "2026-01-01T00:02:24.000Z", "msn": 167225636, "dsn": 134}
            ],
        }
    ],
}  # fmt: skip
_CHANGE: Example = {
    "who": "owner",
    "verb": "set_pool",
    "why": "the trailer is late",
    "kind": "channel",
    "name": "main",
    "what": "changed",
    "version": 3,
    "text": "channel main: revisions with tick 11160000",
    "changed": _NEW_POOL,
    "id": "1767225700000-0",
    "at": "2026-01-01T00:01:40.000Z",
}
AUDIT: Final[Example] = {"entries": [_CHANGE], "next": None}
UNDONE: Final[Example] = {"undone": _CHANGE, "version": 4}
