"""The API's assets: list them, look at one, say what it is."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.metadata import describe
from manifest_server.admin.parameters import PAGE, After, IfMatch, Instant, Limit, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.views import AssetDetail, AssetPage, AssetView, date_or_none
from manifest_server.viewer.clock import instant_ms
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.keys import checked_asset
from storage.metadata import AssetMetadata
from storage.objects import Objects
from storage.records import AssetRecord

AssetId = Annotated[str, Path(description="32 hexadecimal digits")]


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
    rights_from: Instant | None = None
    rights_until: Annotated[Instant | None, Field(description="it has ended by then")] = None
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

    async def detail(asset: str) -> AssetDetail:
        found = await _views(catalogue, [asset], whole=True)
        if not found:
            raise NotFound(f"no asset {asset!r}")
        [only] = found
        assert isinstance(only, AssetDetail)  # noqa: S101 - as it is whole
        return only

    async def newer(asset: str) -> tuple[AssetDetail, int]:
        now = await detail(asset)
        return now, now.version

    routes = APIRouter(prefix="/assets", tags=["assets"], dependencies=[in_reach(check)], responses=REFUSALS)

    @routes.get("", summary="Assets with what is said of them, by their ids", operation_id="list_assets")
    async def listed(
        after: After = None,
        limit: Limit = PAGE,
        whole: Annotated[bool, Query(description="with all that is stored of each")] = False,
    ) -> AssetPage:
        since = "" if after is None else checked_asset(after)
        ids = [asset for asset in await catalogue.asset_ids() if asset > since]
        views = await _views(catalogue, ids[:limit], whole=whole)
        return AssetPage(assets=views, next=ids[limit - 1] if len(ids) > limit else None)

    @routes.get("/{asset}", summary="One asset, with all that is stored of it", operation_id="show_asset")
    async def one(asset: AssetId, answer: Response) -> AssetDetail:
        found = await detail(checked_asset(asset))
        return tagged(answer, found, found.version)

    @routes.patch("/{asset}", summary="Say something of an asset", operation_id="describe")
    async def change(
        asset: AssetId, changes: AssetChanges, answer: Response, if_match: IfMatch = None
    ) -> AssetDetail:
        said, version = changes.changes(), version_of(if_match)
        async with with_newer(lambda: newer(asset)):
            await describe(catalogue, objects, asset, said, version)
        found = await detail(asset)
        return tagged(answer, found, found.version)

    return routes


async def _views(catalogue: Catalogue, ids: list[str], *, whole: bool) -> list[AssetDetail | AssetView]:
    records, said = await catalogue.assets_of(ids), await catalogue.metadata.of_all(ids)
    states = await catalogue.states_of(ids)
    return [
        _view(records[asset], said.get(asset, AssetMetadata(asset=asset)), states.get(asset, "live"), whole=whole)
        for asset in ids
        if asset in records
    ]


def _view(record: AssetRecord, said: AssetMetadata, state: str, *, whole: bool) -> AssetDetail | AssetView:
    view = AssetView(
        id=record.id,
        state=state,
        title=said.title or record.title,
        **said.model_dump(include={"description", "tags", "language", "rating", "more", "version"}),
        rights_from=date_or_none(said.rights_from_ms),
        rights_until=date_or_none(said.rights_until_ms),
        duration_s=record.duration_s,
        renditions=[one.name for one in record.renditions],
        file=record.source.name,
        packaged_at=record.packaged_at,
    )
    return AssetDetail(**dict(view), record=record, said=said) if whole else view
