"""Every key and every name that may become part of one. Pure."""

import re

from storage.errors import BadInput

RECORDS = "records/"
ASSETS = "assets/"
UPLOADS = "uploads/"
STATES = "states/"
METADATA = "metadata/"
WORK = "work/"
PLANS = "plans/"
MODELS = "models/"
COLLABORATIVE = "collaborative@"  # and the name of a model: a scorer

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ASSET = re.compile(r"[0-9a-f]{32}")
_MODEL = re.compile(r"[0-9a-f]{16}")


def checked_name(kind: str, name: str) -> str:
    """`name` if it may name a channel, viewer, lineup or rendition, else BadInput."""
    if not NAME.fullmatch(name):
        shown = name if len(name) <= 80 else name[:77] + "..."
        raise BadInput(
            f"{kind} {shown!r}: a name is 1 to 64 letters, digits, '.', '_' or '-', and starts with a letter or digit"
        )
    return name


def checked_asset(asset: str) -> str:
    """`asset` if it has the form of an asset id (32 hexadecimal digits), else BadInput."""
    if not _ASSET.fullmatch(asset):
        raise BadInput(f"asset {asset[:80]!r}: an asset id is 32 hexadecimal digits")
    return asset


# Objects ------------------------------------------------------------------


def asset_prefix(asset: str) -> str:
    """Where all objects of an asset are, but for its record."""
    return f"{ASSETS}{asset}/"


def record_key(asset: str) -> str:
    """The asset record: the last object written, and the only one that makes the others count."""
    return f"{RECORDS}{asset}.json"


def state_key(asset: str) -> str:
    """The mark of an asset that was retired or deleted; others have none."""
    return f"{STATES}{asset}.json"


def metadata_key(asset: str) -> str:
    """What is said of an asset; of many there is nothing."""
    return f"{METADATA}{asset}.json"


def rendition_prefix(asset: str, media_format: str, rung: str) -> str:
    """Where the segments of one rendition are."""
    return f"{ASSETS}{asset}/{media_format}/{rung}/"


def init_key(asset: str, media_format: str, rung: str) -> str:
    """The initialisation section of a `cmaf` rendition (EXT-X-MAP)."""
    return f"{rendition_prefix(asset, media_format, rung)}init.mp4"


def segment_key(asset: str, media_format: str, rung: str, number: int) -> str:
    """Segment `number` (from 0) of one rendition."""
    suffix = "m4s" if media_format == "cmaf" else "ts"
    return f"{rendition_prefix(asset, media_format, rung)}{number}.{suffix}"


def work_prefix(asset: str) -> str:
    """Where the steps of a packaging leave things for each other, until it is finished."""
    return f"{WORK}{asset}/"


def plan_prefix(channel: str, version: int) -> str:
    """Where the shards of a plan are."""
    return f"{PLANS}{channel}/{version}/"


def model_key(model: str) -> str:
    """What a recommender has learned. Raises BadInput for what is no model's name (16 hexadecimal digits)."""
    if not _MODEL.fullmatch(model):
        raise BadInput(f"model {model[:80]!r}: a model's name is 16 hexadecimal digits")
    return f"{MODELS}{model}.bin"


def plan_drafts(channel: str) -> str:
    """Where what plans are made from is: apart from their shards, of which there may be very many."""
    return f"{PLANS}{channel}/drafts/"


def plan_key(channel: str, version: int) -> str:
    """What a plan is made from: its first object."""
    return f"{plan_drafts(channel)}{version}.json"


def plan_of(key: str) -> tuple[str, int, str]:
    """Channel and version of the plan that an object is of, and where that and its like are; version 0: of none."""
    channel, _, rest = key.removeprefix(PLANS).partition("/")
    folder, _, name = rest.partition("/")
    if folder == "drafts":
        version = name.removesuffix(".json")
        return (channel, int(version), key) if version.isdecimal() else ("", 0, "")
    return (channel, int(folder), plan_prefix(channel, int(folder))) if folder.isdecimal() else ("", 0, "")


def plan_shard_key(channel: str, version: int, shard: int) -> str:
    """What a shard of the audience airs."""
    return f"{plan_prefix(channel, version)}{shard}.bin"


def vod_key(asset: str, media_format: str) -> str:
    """The multivariant playlist by which an asset is played alone."""
    return f"{ASSETS}{asset}/{media_format}/index.m3u8"


def checked_upload(upload: str) -> str:
    """`upload` if it has the form of an upload id (32 hexadecimal digits), else BadInput."""
    if not _ASSET.fullmatch(upload):
        raise BadInput(f"upload {upload[:80]!r}: an upload id is 32 hexadecimal digits")
    return upload


def upload_key(upload: str) -> str:
    """The uploaded source, once it is whole."""
    return f"{UPLOADS}{upload}"


def upload_record_key(upload: str) -> str:
    """What is known of an upload."""
    return f"{UPLOADS}{upload}.json"


# Redis: what is written together shares a hash tag -------------------------

ASSET_INDEX = "streamsync:{assets}:index"
ASSET_STATES = "streamsync:{assets}:states"
ASSET_METADATA = "streamsync:{assets}:metadata"
CHANNEL_INDEX = "streamsync:{channels}:index"
PROGRAMMED = "streamsync:{channels}:programmed"  # there for as long as nobody need look after the pools
CHANGES = "streamsync:changes"  # where it is published whose changes have grown: a channel's, or ALL_ASSETS
ALL_ASSETS = "{assets}"  # not a name, so no channel can have it
EVENTS = "streamsync:events"  # where it is published what has no stream of changes: "job ID", "upload ID"
TOKENS = "streamsync:{tokens}:index"
ALL_TOKENS = "{tokens}"  # likewise
WEBHOOK_PREFIX = "streamsync:{webhooks}:"  # and what is kept of each webhook (webhook_lua.py)
WEBHOOKS = f"{WEBHOOK_PREFIX}index"
WEBHOOKS_DUE = f"{WEBHOOK_PREFIX}due"
WEBHOOK_STATE = f"{WEBHOOK_PREFIX}state"
ALL_WEBHOOKS = "{webhooks}"  # likewise
AUDIENCES = "streamsync:{analytics}:channels"  # by when somebody was last seen there
AUDIENCE_SEED = "streamsync:{analytics}:seed"  # what viewers' names are hashed with, to be counted
VIEWER_KEY = "streamsync:{viewer-key}"  # what signs the names of viewers
ACCOUNTS = "streamsync:{accounts}:index"
SIGNING = "streamsync:{accounts}:signing"  # a secret: what is derived from it is good for hours, not for ever
ALL_ACCOUNTS = "{accounts}"  # likewise; its audit trail has what is of no channel


def answer_key(digest: str) -> str:
    """The first answer to a request with an Idempotency-Key."""
    return f"streamsync:{{answer:{digest}}}"


def channel_key(channel: str) -> str:
    """The channel record."""
    return f"streamsync:{{{channel}}}:channel"


def viewers_key(channel: str) -> str:
    """Hash of viewer name to viewer record."""
    return f"streamsync:{{{channel}}}:viewers"


def lineups_key(channel: str) -> str:
    """Hash of lineup id to lineup record."""
    return f"streamsync:{{{channel}}}:lineups"


def audit_key(source: str) -> str:
    """Stream of who changed what on a channel, when and why; of ALL_ACCOUNTS, what is of no channel."""
    # Not "{accounts}:audit": that is the trail of a channel called "accounts".
    return f"streamsync:{source}:index-audit" if source[:1] == "{" else f"streamsync:{{{source}}}:audit"


def session_key(digest: str) -> str:
    """Somebody who has signed in."""
    return f"streamsync:{{session:{digest}}}"


def link_key(digest: str) -> str:
    """What a one-time link is for."""
    return f"streamsync:{{link:{digest}}}"


def taken_key(digest: str) -> str:
    """Who has used a one-time link, or the state of an OpenID sign-in."""
    return f"streamsync:{{link:{digest}}}:taken"


def attempts_key(digest: str) -> str:
    """How often somebody was not let in of late: an account, a client's address."""
    return f"streamsync:{{attempts:{digest}}}"


def known_key(digest: str) -> str:
    """There for as long as it is remembered that somebody has signed in to an account from an address."""
    return f"streamsync:{{known:{digest}}}"


def profiles_key(channel: str, shard: int) -> str:
    """Hash of viewer name to profile, of a shard of the viewers. 256 of them share a hash tag."""
    return f"streamsync:{{{channel}/{shard >> 8:02x}}}:profiles:{shard & 0xFF:02x}"


def planning_key(channel: str, version: int, unit: int) -> str:
    """There for as long as somebody makes this part of a plan."""
    return f"streamsync:{{{channel}}}:planning:{version}:{unit}"


def analytics_key(channel: str, span_s: int, since_s: int) -> str:
    """Hash of what was counted on a channel in so many seconds from `since_s` (Unix seconds) on."""
    return f"streamsync:{{{channel}}}:analytics:{span_s}:{since_s}"


def audience_key(channel: str, since_s: int) -> str:
    """HyperLogLog of who was there in the ten seconds from `since_s` (Unix seconds) on."""
    return f"streamsync:{{{channel}}}:audience:{since_s}"


def counted_key(channel: str, mark: str) -> str:
    """There for a while after something was counted: it is not counted again when it is sent again."""
    return f"streamsync:{{{channel}}}:counted:{mark}"


def changes_key(source: str) -> str:
    """Stream of what changed on a channel, in the index of assets, or among the tokens or the accounts."""
    # Not "{assets}:changes": that is what the changes of a channel called "assets" are in.
    return f"streamsync:{source}:index-changes" if source[:1] == "{" else f"streamsync:{{{source}}}:changes"


def beat_keys(kind: str) -> tuple[str, str]:
    """What the "servers" or "workers" say of themselves, and when they last did."""
    return f"streamsync:{{health}}:{kind}", f"streamsync:{{health}}:{kind}-at"


# The packaging queue: all of it in one slot ---------------------------------

JOB_INDEX = "streamsync:{jobs}:index"
PENDING = "streamsync:{jobs}:pending"
LEASES = "streamsync:{jobs}:leases"
JOB_PREFIX = "streamsync:{jobs}:job:"
CLAIM_PREFIX = "streamsync:{jobs}:claim:"  # and a token: which task was claimed with it
JOB_FAILURES = "streamsync:{jobs}:failures"  # stream of jobs that failed: what webhooks tell of
SWEPT = "streamsync:{jobs}:swept"  # there for as long as nobody need look after the uploads
TICKETS = "streamsync:{jobs}"  # the namespace of dramatiq's keys


def job_key(job: str) -> str:
    """Hash with all there is to a job and its tasks."""
    return f"{JOB_PREFIX}{job}"
