"""What a pool's revision keeps of what is said of its assets, which may change, while what aired may not. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from manifest_server.programming.revisions import amended, revised
from storage.metadata import OLDEST, AssetMetadata
from storage.programme import Offsets, Rules
from storage.records import PoolRevision

Said = Mapping[str, AssetMetadata]


class Captured(TypedDict):
    """Fields of a PoolRevision."""

    tags: dict[str, tuple[int, ...]]
    ratings: tuple[int, ...]


def captured(rules: Rules, assets: Sequence[str], said: Said) -> Captured:
    """Which of the assets have the tags that the rules name, all tags if they are weighted, and how they are rated.

    Ratings are kept if any asset has one; one that nobody rated counts as the highest. Other tags are not kept: each
    change of what is kept is a new revision, and a new order for everybody.
    """
    having: dict[str, list[int]] = {}
    for index, asset in enumerate(assets):
        for tag in said[asset].tags if asset in said else ():
            if rules.order == "weighted" or tag in rules.tags:
                having.setdefault(tag, []).append(index)
    ratings = [said[asset].rating if asset in said else None for asset in assets]
    rated = any(rating is not None for rating in ratings)
    return {
        "tags": {tag: tuple(indexes) for tag, indexes in sorted(having.items())},
        "ratings": tuple(OLDEST if rating is None else rating for rating in ratings) if rated else (),
    }


def ruled(
    revisions: Sequence[PoolRevision], tick: int, rules: Rules, said: Said, offsets: Offsets = ()
) -> tuple[PoolRevision, ...]:
    """The revisions under other rules from `tick` on, what is planned for later too. `offsets`: their zone's."""
    return tuple(
        one if one.tick < tick else revised(one, one.tick, **captured(rules, one.assets, said))
        for one in amended(revisions, tick, rules=rules, offsets=offsets)
    )
