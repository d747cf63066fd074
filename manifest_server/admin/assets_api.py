"""The API's assets: list them, look at one, say what it is."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.asset_search import TEXT_LIMIT, Sought, State, by_id, newest
from manifest_server.admin.metadata import describe
from manifest_server.admin.parameters import PAGE, After, IfMatch, Instant, Limit, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.routing import Router
from manifest_server.admin.views import AssetDetail, AssetPage, AssetView, date_or_none, sheet_of
from manifest_server.viewer.clock import instant_ms
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.keys import checked_asset, vod_key
from storage.metadata import TAGS_LIMIT, AssetMetadata
from storage.objects import Objects
from storage.records import AssetRecord

AssetId = Annotated[str, Path(description="32 hexadecimal digits")]
Text = Annotated[
    str, Query(max_length=TEXT_LIMIT, description="words, each in the title, file, description, a tag or the id")
]
Tag = Annotated[tuple[str, ...], Query(max_length=TAGS_LIMIT, description="again and again: it has all of them")]
NoTag = Annotated[tuple[str, ...], Query(max_length=TAGS_LIMIT, description="again and again: it has none of them")]
InState = Annotated[tuple[State, ...], Query(max_length=3, description="again and again: it is in one of them")]
Sort = Annotated[Literal["id", "newest"], Query(description="by ids, or the last packaged first")]


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


def router(catalogue: Catalogue, objects: Objects, check: Callable[[], None], media: str) -> Router:
    """The routes under /assets. `check` raises Unavailable while the catalogue is known to be away; `media`: what the
    URLs of objects begin with."""

    async def detail(asset: str) -> AssetDetail:
        found = await _views(catalogue, [asset], media, whole=True)
        if not found:
            raise NotFound(f"no asset {asset!r}")
        [only] = found
        assert isinstance(only, AssetDetail)  # noqa: S101 - as it is whole
        return only

    async def newer(asset: str) -> tuple[AssetDetail, int]:
        now = await detail(asset)
        return now, now.version

    routes = Router(prefix="/assets", tags=["assets"], dependencies=[in_reach(check)], responses=REFUSALS)

    @routes.get("", summary="Assets with what is said of them: all, or those looked for", operation_id="list_assets")
    async def listed(
        after: After = None,
        limit: Limit = PAGE,
        whole: Annotated[bool, Query(description="with all that is stored of each")] = False,
        text: Text = "",
        tag: Tag = (),
        no_tag: NoTag = (),
        state: InState = (),
        sort: Sort = "id",
    ) -> AssetPage:
        sought = Sought(text, tag, state, no_tag)
        if sort == "newest":
            ids, then = await newest(catalogue, sought, after, limit)
        else:
            ids, then = await by_id(catalogue, sought, None if after is None else checked_asset(after), limit)
        return AssetPage(assets=await _views(catalogue, ids, media, whole=whole), next=then)

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


async def _views(catalogue: Catalogue, ids: list[str], media: str, *, whole: bool) -> list[AssetDetail | AssetView]:
    records, said = await catalogue.assets_of(ids), await catalogue.metadata.of_all(ids)
    states = await catalogue.states_of(ids)
    return [
        AssetDetail(**dict(view), record=records[asset], said=found) if whole else view
        for asset in ids
        if asset in records
        for found in [said.get(asset, AssetMetadata(asset=asset))]
        for view in [_view(records[asset], found, states.get(asset, "live"), media)]
    ]


def _view(record: AssetRecord, said: AssetMetadata, state: str, media: str) -> AssetView:
    # Of a deleted one nothing is left that could be looked at.
    is_there = state != "deleted"
    return AssetView(
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
        size_bytes=record.source.size_bytes,
        poster=media + record.poster if is_there and record.poster is not None else None,
        thumbnails=sheet_of(record.thumbnails, media) if is_there and record.thumbnails is not None else None,
        vod=media + vod_key(record.id, "cmaf") if is_there else None,
    )
