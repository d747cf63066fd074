"""Making a plan: unit after unit, by as many processes on as many machines as there are.

Each takes a unit that is not there and that nobody else is making (a claim in Redis that passes by itself), reads the
profiles of its part of the audience, scores, draws, and puts the shards, each once. A claim only saves work: what two
make is the same, as long as the profiles are, and whoever comes first has it.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from manifest_server.admin.planning import UNIT_SHARDS, made_shards, units
from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.affinity import Features, Scorer, audience, octaves
from manifest_server.programming.draws import NEVER, Indexes
from manifest_server.programming.pool import DERIVED
from manifest_server.programming.rows import rows
from manifest_server.programming.stock import Stock
from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.lineup_ids import lineup_digest
from storage.objects import Objects
from storage.plan_records import PlanDraft
from storage.plans import ROW_LIMIT, packed, shard_of
from storage.profile_records import Known
from storage.profiles import SHARDS, profile_of

CLAIM_MS = 60_000  # a unit takes a second or so; whoever was killed in one is relieved after this
LOOK_S = 1.0  # how often one who has nothing to do looks whether there is
_BATCH = 1 << 18  # weights that are drawn from at a time: some megabytes


class Made(NamedTuple):
    """What was done for a unit. `derived`: viewers of whom nothing of the pool is, and who have no row."""

    unit: int
    viewers: int
    size_bytes: int
    derived: int


class PlanWork:
    """Makes shards of a plan."""

    def __init__(self, catalogue: Catalogue, objects: Objects, draft: PlanDraft, scorer: Scorer) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._draft = draft
        self._scorer = scorer
        self._features = Features(draft.assets, draft.tags, draft.ratings)
        clips = [
            Clip.whole(Asset(asset, (0, ticks))) for asset, ticks in zip(draft.assets, draft.lengths, strict=True)
        ]
        having = {tag: [at for at, tags in enumerate(draft.tags) if tag in tags] for tag in draft.rules.tags}
        self._stock = Stock(clips, draft.rules, having, draft.ratings)

    async def run(self, report: Callable[[Made], None], stopped: Callable[[], bool] = lambda: False) -> None:
        """Take units until all shards are there, whoever made them, or it is stopped."""
        while not stopped():
            there = await asyncio.to_thread(made_shards, self._objects, self._draft)
            left = [unit for unit in range(units(self._draft)) if not there.issuperset(self._shards(unit))]
            if not left:
                return
            # Not everybody from the first on: then all would ask for what one has just taken.
            start = random.randrange(len(left))  # noqa: S311
            taken = 0
            for unit in (*left[start:], *left[:start]):
                if stopped():
                    return
                if await self._catalogue.profiles.claim(self._draft.channel, self._draft.version, unit, CLAIM_MS):
                    taken += 1
                    now = await asyncio.to_thread(self._there, unit)
                    if not now.issuperset(self._shards(unit)):
                        report(await self.make(unit, now))
            if not taken:
                await asyncio.sleep(LOOK_S)

    async def make(self, unit: int, there: "set[int] | frozenset[int]" = frozenset()) -> Made:
        """Make those shards of a unit that are not there."""
        draft, wanted = self._draft, [shard for shard in self._shards(unit) if shard not in there]
        some_of: dict[int, list[tuple[bytes, Known]]] = {shard: [] for shard in wanted}
        span = SHARDS // units(draft)
        async for viewer, stored in self._catalogue.profiles.stored(draft.channel, unit * span, (unit + 1) * span):
            lineup = lineup_digest(draft.channel, viewer)
            found = some_of.get(shard_of(lineup, draft.shards))
            if found is not None:
                found.append((lineup, profile_of(viewer, stored)))
        size = viewers = derived = 0
        for shard, some in some_of.items():
            some.sort(key=lambda pair: pair[0])
            drawn = [pair for pair in self._drawn(some) if pair[1].size]
            data = packed([one for one, _ in drawn], [row for _, row in drawn], len(draft.assets))
            key = keys.plan_shard_key(draft.channel, draft.version, shard)
            await asyncio.to_thread(self._objects.put, key, data, if_absent=True)
            size, viewers, derived = size + len(data), viewers + len(some), derived + len(some) - len(drawn)
        return Made(unit, viewers, size, derived)

    def _there(self, unit: int) -> frozenset[int]:
        """Those of a unit's shards that are there by now. Blocks.

        What was listed may be long ago, and somebody may have made it since, whose claim has passed.
        """
        *others, last = self._shards(unit)

        def exists(shard: int) -> bool:
            return self._objects.exists(keys.plan_shard_key(self._draft.channel, self._draft.version, shard))

        # It is put last: where it is not, few are.
        return frozenset([last, *filter(exists, others)]) if exists(last) else frozenset()

    def _shards(self, unit: int) -> range:
        count = min(UNIT_SHARDS, self._draft.shards)
        return range(unit * count, (unit + 1) * count)

    def _drawn(self, some: Sequence[tuple[bytes, Known]]) -> Iterator[tuple[bytes, Indexes]]:
        count = max(_BATCH // len(self._draft.assets), 1)
        for start in range(0, len(some), count):
            batch = some[start : start + count]
            seen = audience([known for _, known in batch], self._features)
            try:
                weights = octaves(self._scorer.scores(seen, self._features), seen.never)
            except ValueError as error:
                raise BadInput(f"scorer {self._draft.scorer!r}: {error}") from None
            weights[:, list(self._draft.left_out)] = NEVER
            seeds = [
                f"{DERIVED}{lineup.hex()}/{known.version}/{self._draft.version}".encode() for lineup, known in batch
            ]
            found = rows(self._stock, seeds, weights, self._draft.span, ROW_LIMIT)
            for (lineup, _), row in zip(batch, found, strict=True):
                yield lineup, row
