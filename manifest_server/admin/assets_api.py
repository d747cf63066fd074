"""The API's assets: list them, look at one, say what it is."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.metadata import describe
from manifest_server.playout.ticks import date_text
from manifest_server.viewer.clock import instant_ms
from storage.catalogue import Catalogue
from storage.errors import BadInput, NotFound
from storage.keys import checked_asset
from storage.metadata import AssetMetadata
from storage.objects import Objects
from storage.records import AssetRecord

PAGE = 100

AssetId = Annotated[str, Path(description="32 hexadecimal digits")]
After = Annotated[str | None, Query(description="the `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=PAGE, description="how many to tell of")]
IfMatch = Annotated[
    str | None, Header(description='the ETag of what was read, such as "3": refused with 409 if it changed since')
]


class AssetView(BaseModel):
    """An asset, and what is said of it. Times are RFC 3339; `rating`: the age from which on one may see it."""

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


class AssetPage(BaseModel):
    """Some assets by their ids; `next` is the `after` of the next page."""

    assets: list[AssetView]
    next: str | None = None


class AssetChanges(BaseModel):
    """What to say of an asset; null takes back what was said, what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"title": "The Film", "tags": ["kids", "animals"], "language": "en", "rating": 6},
                {"rights_until": "2027-01-31T23:00:00Z", "more": {"series": "Planets"}},
            ]
        },
    )

    title: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    language: str | None = None
    rating: int | None = None
    rights_from: Annotated[str | None, Field(description="Unix seconds or RFC 3339")] = None
    rights_until: Annotated[str | None, Field(description="it has ended by then")] = None
    more: dict[str, str] | None = None

    def changes(self) -> dict[str, object]:
        """As the action takes them. Raises BadInput."""
        said: dict[str, object] = self.model_dump(exclude_unset=True)
        for name in said.keys() & {"rights_from", "rights_until"}:
            instant = said.pop(name)
            said[f"{name}_ms"] = instant_ms(str(instant)) if instant is not None else None
        return said


def router(catalogue: Catalogue, objects: Objects, check: Callable[[], None]) -> APIRouter:
    """The routes under /assets. `check` raises Unavailable while the catalogue is known to be away."""
    routes = APIRouter(prefix="/assets", tags=["assets"])

    @routes.get("", summary="Assets with what is said of them, by their ids")
    async def listed(after: After = None, limit: Limit = PAGE) -> AssetPage:
        check()
        since = "" if after is None else checked_asset(after)
        ids = [asset for asset in await catalogue.asset_ids() if asset > since]
        views = await _views(catalogue, ids[:limit])
        return AssetPage(assets=views, next=ids[limit - 1] if len(ids) > limit else None)

    @routes.get("/{asset}", summary="One asset")
    async def one(asset: AssetId, answer: Response) -> AssetView:
        check()
        return _tagged(answer, await _viewed(catalogue, checked_asset(asset)))

    @routes.patch("/{asset}", summary="Say something of an asset")
    async def change(asset: AssetId, changes: AssetChanges, answer: Response, if_match: IfMatch = None) -> AssetView:
        check()
        await describe(catalogue, objects, asset, changes.changes(), _version(if_match))
        return _tagged(answer, await _viewed(catalogue, asset))

    return routes


async def _views(catalogue: Catalogue, ids: list[str]) -> list[AssetView]:
    records, said = await catalogue.assets_of(ids), await catalogue.metadata.of_all(ids)
    states = await catalogue.states_of(ids)
    return [
        _view(records[asset], said.get(asset, AssetMetadata(asset=asset)), states.get(asset, "live"))
        for asset in ids
        if asset in records
    ]


async def _viewed(catalogue: Catalogue, asset: str) -> AssetView:
    found = await _views(catalogue, [asset])
    if not found:
        raise NotFound(f"no asset {asset!r}")
    return found[0]


def _view(record: AssetRecord, said: AssetMetadata, state: str) -> AssetView:
    return AssetView(
        id=record.id,
        state=state,
        title=said.title or record.title,
        **said.model_dump(include={"description", "tags", "language", "rating", "more", "version"}),
        rights_from=None if said.rights_from_ms is None else date_text(said.rights_from_ms),
        rights_until=None if said.rights_until_ms is None else date_text(said.rights_until_ms),
        duration_s=record.duration_s,
        renditions=[one.name for one in record.renditions],
        file=record.source.name,
        packaged_at=record.packaged_at,
    )


def _tagged(answer: Response, view: AssetView) -> AssetView:
    answer.headers["ETag"] = f'"{view.version}"'
    return view


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().removeprefix("W/").strip('"')
    if not version.isdecimal() or len(version) > 9:
        raise BadInput(f"If-Match {if_match[:80]!r}: it is the ETag that the asset was answered with")
    return int(version)
