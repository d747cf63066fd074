"""Assets that somebody looks for: by text, tags and state, by their ids or the newest first, page by page."""

import asyncio
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.metadata import AssetMetadata
from storage.records import AssetRecord

TEXT_LIMIT = 200
State = Literal["live", "retired", "deleted"]

_PAUSE_EVERY = 200  # assets compared, at some 10 microseconds each: playlists want a turn of the loop
_PLACE = re.compile(r"([0-9TZ:.+-]{1,40})_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. Every word of `text` is in the title, the file's name, the description, a tag, or the id.

    `tags`: it has all of these; `no_tags`: and none of these. `states`: it is in one of these; none: in any.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    no_tags: tuple[str, ...] = ()

    def finds(self, record: AssetRecord, said: AssetMetadata, state: str) -> bool:
        """Whether an asset is looked for."""
        if self.states and state not in self.states:
            return False
        tags = set(said.tags)
        if not _as_kept(self.tags) <= tags or _as_kept(self.no_tags) & tags:
            return False
        told = _folded(
            " ".join((said.title or record.title, record.source.name, said.description, *said.tags, record.id))
        )
        return all(word in told for word in _folded(self.text).split())


async def newest(catalogue: Catalogue, sought: Sought, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """The ids of assets, the last packaged first, and the `after` of the next page. Raises BadInput, Unavailable."""
    place = None if after is None else _place(after)
    found = await _found(catalogue, sought)
    order = sorted(((record.packaged_at, asset) for asset, record in found.items()), reverse=True)
    rest = [one for one in order if place is None or one < place]
    return [asset for _, asset in rest[:limit]], "_".join(rest[limit - 1]) if len(rest) > limit else None


async def by_id(catalogue: Catalogue, sought: Sought, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """The same by their ids, of which `after` is one."""
    ids = await catalogue.asset_ids() if sought == Sought() else sorted(await _found(catalogue, sought))
    rest = [asset for asset in ids if after is None or asset > after]
    return rest[:limit], rest[limit - 1] if len(rest) > limit else None


async def _found(catalogue: Catalogue, sought: Sought) -> Mapping[str, AssetRecord]:
    records = await catalogue.assets_of(await catalogue.asset_ids())
    states = await catalogue.asset_states()
    said = {} if sought == Sought() else await catalogue.metadata.of_all(records)
    found = {}
    for number, (asset, record) in enumerate(records.items(), 1):
        if sought.finds(record, said.get(asset, AssetMetadata(asset=asset)), states.get(asset, "live")):
            found[asset] = record
        if number % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)
    return found


def _place(after: str) -> tuple[str, str]:
    parts = _PLACE.fullmatch(after)
    if parts is None:
        raise BadInput(f"after {after[:80]!r}: it is the `next` of the page before")
    return parts[1], parts[2]


def _as_kept(tags: tuple[str, ...]) -> set[str]:
    return {" ".join(_folded(tag).split()) for tag in tags}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
