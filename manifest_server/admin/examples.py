"""Examples of what the API answers about what is stored; those of what airs are in airing_examples.py.

They are one story: the channel "main" with a film and a trailer, on air since 2026 began. A test holds them to the
models.
"""

from typing import Any, Final

Example = dict[str, Any]

FILM: Final = "0f3a5d0c9b1e4f62a7d8c3b2e1f00912"
TRAILER: Final = "77b2c0de5a91438f9b6e2d4c8f10a3b5"
LINEUP: Final = "d-e502acd69dfe1a8922a06ebb"  # of the viewer "alice"
_UPLOAD = "7d504d04be640618db4913568f3d0a94"
_BEGAN = "2026-01-01T00:00:00.000Z"
_CI = "6e7d5ba31406e226"

RULES: Final[Example] = {
    "order": "shuffled", "limits": {}, "spacing": {}, "repeat_s": 0, "repeat_clips": 1, "day_parts": [],
    "utc_offset_min": 0, "time_zone": None,
}  # fmt: skip

CHANNEL: Final[Example] = {
    "schema_version": 1,
    "name": "main",
    "version": 2,
    "msn": 167225600,
    "dsn": 167225600,
    "revisions": [
        {
            "tick": 0, "assets": [FILM, TRAILER], "rules": RULES, "tags": {}, "ratings": [], "filler": [],
            "offsets": [],
        }
    ],
    "epoch_ms": 1767225600000,
    "stop_tick": None,
    "target_duration_s": 4,
    "lookahead_ticks": 1440000,
    "lookback_ticks": 5400000,
    "query": None,
    "public": True,
    "moments": [],
    "outlooks": [],
    "edits": [],
    "plans": [],
    "forgotten": 0,
    "cohorts": None,
    "title": "Channel One",
    "description": "Films, all day.",
    "timeshift_s": 7200,
    "past_from": 0,
    "overlaid": False,
    "state": "on air",
    "on_air_from": _BEGAN,
    "on_air_until": None,
}  # fmt: skip
CHANNELS: Final[Example] = {
    "channels": [
        {
            "name": "main", "version": 2, "state": "on air", "on_air_from": _BEGAN, "on_air_until": None, "assets": 2,
            "query": None, "title": "Channel One", "description": "Films, all day.", "timeshift_s": 7200,
            "now": {
                "kind": "personal", "title": "main", "starts": None, "ends": "2026-01-01T20:00:00.000Z",
                "moment": None, "asset": None, "poster": None,
            },
        }
    ],
    "next": None,
}  # fmt: skip
SELECTION: Final[Example] = {"assets": [{"id": FILM, "title": "The Film"}]}

RULED: Final[Example] = {
    "channel": "main",
    "version": 3,
    "rules": {
        **RULES, "limits": {"ads": 4}, "spacing": {"news": 3}, "repeat_s": 7200, "repeat_clips": 12,
    },
    "pool": 40,
    "clips": 36,
    "met": ["limit.ads=4: 4 of 8 in a cycle", "spacing.news=3", "repeat=12"],
    "relaxed": ["repeat=7200s is 5400s: all others of a cycle last no longer"],
    "offsets": [],
}  # fmt: skip

GIVEN: Final[Example] = {
    "schema_version": 1,
    "id": "kids",
    "version": 1,
    "run_msn": 167225600,
    "parts": [
        {
            "start": 0, "msn": 167225600, "dsn": 167225600,
            "clips": [{"asset": FILM, "first": 0, "last": None}, {"asset": TRAILER, "first": 0, "last": 3}],
            "repeats": True,
        }
    ],
    "edits": [],
    "tastes": [],
}  # fmt: skip
LINEUPS: Final[Example] = {
    "lineups": [{"id": "kids", "version": 1, "clips": 2, "repeats": True}],
    "next": None,
}

VIEWER: Final[Example] = {"name": "alice", "lineup": LINEUP, "given": False}
VIEWERS: Final[Example] = {"viewers": [VIEWER, {"name": "bob", "lineup": "kids", "given": True}], "next": None}
PROFILE: Final[Example] = {
    "viewer": "alice", "lineup": LINEUP, "version": 93271600266070, "likes": {"kids": 0.8}, "no_tags": [],
    "without": [], "most_rating": 12, "history": [[FILM, 0.9]],
}  # fmt: skip
PROFILES_STORED: Final[Example] = {
    "applied": True, "rows": 2, "bad_rows": 0, "bad": [], "stored": 2, "error": None,
}  # fmt: skip
_BAD_NAME = "viewer 'b b': a name is 1 to 64 letters, digits, '.', '_' or '-', and starts with a letter or digit"
NO_PROFILES_STORED: Final[Example] = {
    "applied": False, "rows": 2, "bad_rows": 1, "bad": [{"row": 2, "why": _BAD_NAME}], "stored": 0,
    "error": f"nothing was changed: 1 of 2 rows are bad: row 2: {_BAD_NAME}",
}  # fmt: skip
COHORTS: Final[Example] = {
    "channel": "main",
    "version": 5,
    "cohorts": {
        "rules": [{"lineup": "kids", "likes": {}, "most_rating": 6}],
        "tastes": [{"lineup": "drama", "likes": {"drama": 1.0}}],
        "otherwise": None,
    },
}
COHORT: Final[Example] = {"viewer": "alice", "lineup": "kids", "cohort": True}

ASSET: Final[Example] = {
    "id": FILM,
    "state": "live",
    "title": "The Film",
    "description": "A dog learns to fly.",
    "tags": ["kids"],
    "language": "en",
    "rating": 6,
    "rights_from": None,
    "rights_until": None,
    "more": {},
    "version": 1,
    "duration_s": 12.0,
    "renditions": ["cmaf-480p", "cmaf-audio"],
    "file": "film.mp4",
    "packaged_at": "2025-12-30T18:04:05Z",
    "size_bytes": 73400320,
    "poster": f"/chunks/assets/{FILM}/poster.jpg",
    "thumbnails": {
        "url": f"/chunks/assets/{FILM}/thumbnails.jpg", "columns": 2, "rows": 1, "count": 2, "every_s": 10.0,
        "width": 160, "height": 90,
    },
    "vod": f"/chunks/assets/{FILM}/cmaf/index.m3u8",
}  # fmt: skip
ASSET_DETAIL: Final[Example] = {
    **ASSET,
    "record": {
        "schema_version": 1,
        "id": FILM,
        "title": "The Film",
        "source": {"name": "film.mp4", "sha256": "a0" * 32, "size_bytes": 73400320},
        "settings": "c4d1e0",
        "frame_rate": "25",
        "frames": 300,
        "ticks": [0, 360000, 720000, 1080000],
        "renditions": [
            {
                "format": "cmaf", "rung": "480p", "kind": "video", "codecs": "avc1.4D401F", "width": 854,
                "height": 480, "peak_bps": 960000, "average_bps": 480000,
            },
            {
                "format": "cmaf", "rung": "audio", "kind": "audio", "codecs": "mp4a.40.2", "width": 0, "height": 0,
                "peak_bps": 130000, "average_bps": 128000,
            },
        ],
        "poster": f"assets/{FILM}/poster.jpg",
        "thumbnails": {
            "key": f"assets/{FILM}/thumbnails.jpg", "columns": 2, "rows": 1, "count": 2, "width": 160, "height": 90,
            "interval_s": 10.0,
        },
        "packaged_at": "2025-12-30T18:04:05Z",
        "encode_s": 4.8,
        "speed": 2.5,
    },
    "said": {
        "schema_version": 1, "asset": FILM, "version": 1, "title": None, "description": "A dog learns to fly.",
        "tags": ["kids"], "language": "en", "rating": 6, "rights_from_ms": None, "rights_until_ms": None, "more": {},
    },
}  # fmt: skip
ASSETS: Final[Example] = {"assets": [ASSET], "next": None}
REMOVAL: Final[Example] = {
    "asset": FILM,
    "state": "retired",
    "places": [{"channel": "main", "lineup": "kids", "why": "it plays this", "free_at": "2026-01-01T00:02:24.000Z"}],
    "objects": 9,
    "size_bytes": 1132000,
}
DELETION: Final[Example] = {
    "asset": FILM, "state": "deleted", "objects": 9, "size_bytes": 1132000, "kept_record": True,
}  # fmt: skip
DELETING: Final[Example] = {
    "asset": FILM, "state": "deleting", "objects": 0, "size_bytes": 0, "kept_record": False,
}  # fmt: skip
RETIREMENT: Final[Example] = {"channels": ["main"], "kept": [], "lineups": [["main", "kids"]]}

UPLOAD: Final[Example] = {
    "id": _UPLOAD, "name": "film.mp4", "title": "film", "priority": 5, "size_bytes": 73400320,
    "part_size_bytes": 16777216, "parts": 5, "state": "open", "done": [{"number": 1, "md5": "0c" * 16}],
    "expires_at": "2026-01-03T00:00:00Z",
}  # fmt: skip
UPLOADS: Final[Example] = {
    "uploads": [
        {
            "id": _UPLOAD, "name": "film.mp4", "size_bytes": 73400320, "state": "open",
            "created_at": "2026-01-01T00:00:00Z",
        }
    ],
    "next": None,
}  # fmt: skip
TARGETS: Final[Example] = {
    "parts": [
        {
            "number": 2,
            "url": f"/api/v1/uploads/{_UPLOAD}/parts/2?expires=1767226500&signature={'5f' * 32}",
            "headers": {"Content-MD5": "DAwMDAwMDAwMDAwMDAwMDA=="},
        }
    ]
}
OUTCOME: Final[Example] = {"job": FILM, "state": "queued"}

TOKEN: Final[Example] = {
    "id": _CI, "scope": "edit", "name": "ci", "created": _BEGAN, "expires": "2026-01-31T00:00:00.000Z",
    "expired": False,
}  # fmt: skip
NEW_TOKEN: Final[Example] = {**TOKEN, "token": f"sst_{_CI}_{'0' * 64}"}
PLAYBACK_TOKEN: Final[Example] = {
    "token": "HEADER.CLAIMS.SIGNATURE", "expires": "2026-01-01T06:00:00.000Z", "path": "/live/main/alice/index.m3u8",
}  # fmt: skip

IMPORTED: Final[Example] = {
    "applied": True, "rows": 3, "bad_rows": 0, "bad": [], "changed": ["pool"], "lineups_given": 1,
    "lineups_edited": 0, "viewers": 1, "left_out": [], "error": None,
}  # fmt: skip
_NO_LINEUP = "viewer 'bob': there is no lineup 'kid', nor in a row before"
NOT_IMPORTED: Final[Example] = {
    "applied": False, "rows": 3, "bad_rows": 1, "bad": [{"row": 3, "why": _NO_LINEUP}], "changed": [],
    "lineups_given": 0, "lineups_edited": 0, "viewers": 0, "left_out": [],
    "error": f"nothing was changed: 1 of 3 rows are bad: row 3: {_NO_LINEUP}",
}  # fmt: skip
