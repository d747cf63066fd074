"""Revisions of a channel's pool that follow one another: what a change does not touch goes along. Pure."""

from collections.abc import Sequence
from typing import Any

from storage.metadata import OLDEST
from storage.records import PoolRevision


def revised(last: PoolRevision, tick: int, **changes: Any) -> PoolRevision:
    """The revision `last` from `tick` on, with these of its fields changed; rules, filler and the rest go along.

    With other assets and no word of their tags and ratings, those that stay keep theirs; an asset that is new has
    none, and of ratings the highest.
    """
    assets: tuple[str, ...] | None = changes.get("assets")
    if assets is not None and assets != last.assets:
        changes = _carried(last, assets) | changes
    return last.model_copy(update={**changes, "tick": tick})


def amended(revisions: Sequence[PoolRevision], tick: int, **changes: Any) -> tuple[PoolRevision, ...]:
    """The revisions with these changes from `tick` on; what is planned for later stays planned, and has them too."""
    kept = tuple(one for one in revisions if one.tick < tick)
    later = tuple(revised(one, one.tick, **changes) for one in revisions if one.tick >= tick)
    if later and later[0].tick == tick:
        return kept + later
    return (*kept, revised(kept[-1], tick, **changes), *later)


def _carried(last: PoolRevision, assets: tuple[str, ...]) -> dict[str, object]:
    before = {asset: index for index, asset in enumerate(last.assets)}
    tags = {
        tag: tuple(index for index, asset in enumerate(assets) if before.get(asset) in having)
        for tag, having in ((tag, frozenset(indexes)) for tag, indexes in last.tags.items())
    }
    ratings = tuple(last.ratings[before[one]] if one in before else OLDEST for one in assets) if last.ratings else ()
    return {"tags": tags, "ratings": ratings}
