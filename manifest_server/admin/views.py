"""What the API answers with: pydantic models, for its doors and for its client."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.examples import (
    ASSET,
    ASSET_DETAIL,
    ASSETS,
    CHANNEL,
    CHANNELS,
    DELETION,
    GIVEN,
    IMPORTED,
    LINEUPS,
    REMOVAL,
    SELECTION,
    VIEWER,
    VIEWERS,
)
from manifest_server.playout.ticks import date_ms, date_text
from storage.metadata import AssetMetadata, PoolQuery
from storage.records import AssetRecord, ChannelRecord, LineupRecord, Thumbnails

State = Literal["not started", "to begin", "on air", "stopped"]


class ChannelView(ChannelRecord):
    """A channel as it is stored, and what that means now. Times are RFC 3339."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [CHANNEL]})

    state: State
    on_air_from: str | None
    on_air_until: str | None

    @classmethod
    def of(cls, record: ChannelRecord, now_ms: int) -> Self:
        """What a record means at an instant."""
        return cls.model_validate({**record.model_dump(), **on_air_state(record, now_ms)})


class NowOn(BaseModel):
    """What is on a channel: a moment, the same for all, or time of everybody's own. `ends`: null is not for a day."""

    kind: Literal["moment", "personal"]
    title: str
    starts: str | None
    ends: str | None
    moment: str | None
    asset: str | None
    poster: str | None


class ChannelLine(BaseModel):
    """A channel in a list. `assets`: how many are in its newest pool; `now`: if asked for, and on air."""

    name: str
    version: int
    state: State
    on_air_from: str | None
    on_air_until: str | None
    assets: int
    query: PoolQuery | None
    title: str
    description: str
    timeshift_s: int
    now: NowOn | None = None

    @classmethod
    def of(cls, record: ChannelRecord, now_ms: int) -> Self:
        """What a record means at an instant."""
        told = record.model_dump(include={"name", "version", "query", "title", "description", "timeshift_s"})
        return cls.model_validate(
            {**told, **on_air_state(record, now_ms), "assets": len(record.revisions[-1].assets)}
        )


class ChannelPage(BaseModel):
    """Some channels by their names; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANNELS]})

    channels: list[ChannelLine]
    next: str | None = None


class Selected(BaseModel):
    """An asset that a query selects."""

    id: str
    title: str


class Selection(BaseModel):
    """The assets that a query selects now, the first packaged first."""

    model_config = ConfigDict(json_schema_extra={"examples": [SELECTION]})

    assets: list[Selected]


class LineupView(LineupRecord):
    """A given lineup as it is stored: `parts` in the order they take over. Ticks are 1/90000 s from the epoch."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [GIVEN]})


class LineupLine(BaseModel):
    """A lineup in a list. `clips`: how many the newest part has."""

    id: str
    version: int
    clips: int
    repeats: bool


class LineupPage(BaseModel):
    """Some lineups, in no order; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINEUPS]})

    lineups: list[LineupLine]
    next: str | None = None


class ViewerView(BaseModel):
    """A viewer. `given`: the lineup they are on was given to them; else it is derived from their name."""

    model_config = ConfigDict(json_schema_extra={"examples": [VIEWER]})

    name: str
    lineup: str
    given: bool


class ViewerPage(BaseModel):
    """Some of the viewers that something is stored of, in no order; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [VIEWERS]})

    viewers: list[ViewerView]
    next: str | None = None


class SheetView(BaseModel):
    """A sheet of small pictures, `every_s` apart, row by row from the top left. `url`: as that of segments."""

    url: str
    columns: int
    rows: int
    count: int
    every_s: float
    width: int
    height: int


class AssetView(BaseModel):
    """An asset, and what is said of it. Times are RFC 3339; `rating`: the age from which on one may see it.

    `poster`, `thumbnails` and `vod`, the playlist by which it is played alone, are URLs as those of segments: a path
    of the server, or a URL of the store's or CDN's. `size_bytes`: of the file it was made from.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ASSET]})

    id: str
    state: str
    title: str
    description: str
    tags: tuple[str, ...]
    language: str | None
    rating: int | None
    rights_from: str | None
    rights_until: str | None
    more: dict[str, str]
    version: int
    duration_s: float
    renditions: list[str]
    file: str
    packaged_at: str
    size_bytes: int
    poster: str | None
    thumbnails: SheetView | None
    vod: str | None


class AssetDetail(AssetView):
    """An asset, and all that is stored of it: its record, which never changes, and what is said of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASSET_DETAIL]})

    record: AssetRecord
    said: AssetMetadata


class AssetPage(BaseModel):
    """Some assets by their ids; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASSETS]})

    assets: list[AssetDetail | AssetView]
    next: str | None = None


class PlaceView(BaseModel):
    """A place where an asset is listed. `free_at`: from when on it is not; null: not before somebody acts."""

    channel: str
    lineup: str | None
    why: str
    free_at: str | None


class RemovalView(BaseModel):
    """What stands against deleting an asset, and what it takes."""

    model_config = ConfigDict(json_schema_extra={"examples": [REMOVAL]})

    asset: str
    state: Literal["live", "retired", "deleted"]
    places: list[PlaceView]
    objects: int
    size_bytes: int


class DeletionView(BaseModel):
    """How far a deletion is. `kept_record`: a channel's history needs what is known of the asset's length."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELETION]})

    asset: str
    state: Literal["deleting", "deleted"]
    objects: int = 0
    size_bytes: int = 0
    kept_record: bool = False


class BadRow(BaseModel):
    """A row of an import, counted from 1, and what is wrong with it."""

    row: int
    why: str


class ImportView(BaseModel):
    """What an import did, or why it did nothing (`error`). `bad`: the first 100 of the bad rows.

    `changed`: what of the channel itself, such as "pool" and "rules". `left_out`: what rows that are good could not
    bring, and why.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [IMPORTED]})

    applied: bool
    rows: int
    bad_rows: int
    bad: list[BadRow]
    changed: list[str]
    lineups_given: int
    lineups_edited: int
    viewers: int
    left_out: list[BadRow] = []
    error: str | None = None


def sheet_of(stored: Thumbnails, media: str) -> SheetView:
    """A sheet of thumbnails as it is told of. `media`: what the URLs of objects begin with."""
    sizes = stored.model_dump(include={"columns", "rows", "count", "width", "height"})
    return SheetView(url=media + stored.key, every_s=stored.interval_s, **sizes)


def date_or_none(ms: int | None) -> str | None:
    """An instant as RFC 3339, if there is one."""
    return None if ms is None else date_text(ms)


def on_air_state(record: ChannelRecord, now_ms: int) -> dict[str, str | None]:
    """Its `state`, `on_air_from` and `on_air_until` at an instant."""
    state: State = "not started"
    if record.epoch_ms is not None:
        state = "to begin" if record.epoch_ms > now_ms else "on air" if record.stop_tick is None else "stopped"
    stopped = record.epoch_ms is not None and record.stop_tick is not None
    return {
        "state": state,
        "on_air_from": date_or_none(record.epoch_ms),
        "on_air_until": date_or_none(date_ms(record.epoch_ms or 0, record.stop_tick or 0) if stopped else None),
    }
