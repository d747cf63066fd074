"""What viewers' pages are answered with. Times are RFC 3339, UTC."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.epg import Kind
from manifest_server.admin.views import State
from manifest_server.admin.watch_examples import PUBLIC_CHANNELS, WATCH, WATCH_GUIDE


class NowView(BaseModel):
    """What is on air for everybody: a shared moment."""

    title: str
    starts: str
    ends: str


class PublicChannel(BaseModel):
    """A channel that anybody may watch. `poster`: a URL; `now`: null while everybody sees something of their own."""

    name: str
    title: str
    description: str
    state: State
    on_air_from: str | None
    on_air_until: str | None
    poster: str | None
    now: NowView | None


class PublicChannels(BaseModel):
    """The channels that anybody may watch, by their names: the first hundred."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_CHANNELS]})

    now_ms: int
    channels: list[PublicChannel]


class WatchView(BaseModel):
    """A viewer on a channel, and where they watch it.

    `registered`: their name was made up just now. `stream`: the path of their playlist, with its token where it needs
    one. `timeshift_s`: how far back `?back=` of it reaches. `beacon_s`: how often a player reports
    what it noted since.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [WATCH]})

    viewer: str
    registered: bool
    viewer_token: Annotated[str | None, Field(description="for who cannot keep a cookie; null unless asked for")]
    channel: str
    title: str
    description: str
    state: State
    on_air_from: str | None
    on_air_until: str | None
    stream: str
    now_ms: int
    timeshift_s: int
    beacon_s: int


class ThumbnailsView(BaseModel):
    """A sheet of small pictures, row by row from the top left, each of `width` x `height` pixels, `every_s` apart.

    The picture of second `s` of the asset is number `min(floor(s / every_s), count - 1)`, counted from 0.
    """

    url: str
    columns: int
    rows: int
    count: int
    every_s: float
    width: int
    height: int


class WatchEntry(BaseModel):
    """Something that a viewer sees. `asset_from_s`: at what second of the asset it begins."""

    kind: Kind
    starts: str
    ends: str
    title: str
    description: str
    asset: str
    asset_from_s: float
    poster: str | None
    thumbnails: ThumbnailsView | None
    moment: Annotated[str | None, Field(description="the id of the shared moment that it is in, or in a break of")]
    rating: Annotated[int | None, Field(description="the age from which on one may see it")]
    language: str | None
    tags: list[str]


class WatchGuide(BaseModel):
    """What a viewer sees from an instant on: what is on then comes first."""

    model_config = ConfigDict(json_schema_extra={"examples": [WATCH_GUIDE]})

    now_ms: int
    entries: list[WatchEntry]
