"""A channel with filler and a shared moment, five minutes after it began."""

import asyncio
from fractions import Fraction

from manifest_server.admin import actions
from manifest_server.admin.fillers import set_filler
from manifest_server.programming.filler import frame_counts
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Edit, Moment
from storage.records import ChannelRecord
from tests.stage import EPOCH_MS, asset

FILMS = [asset(1, 47.0), asset(2, 33.0), asset(3, 26.0)]
GOAL = asset(9, 20.0)  # what everybody sees
SPOT = asset(8, 15.0)  # what an edit puts in
IDENTS = [asset(1000 + count, count / 25) for count in frame_counts(Fraction(25))]
MOMENT_MS = EPOCH_MS + 300_040  # at 25 frames a second: on a frame
EDIT_S = 400


async def with_moment(catalogue: Catalogue) -> ChannelRecord:
    """The channel main with the moment "goal", and the edit "spot" after it."""
    await asyncio.gather(*(catalogue.index_asset(one) for one in (*FILMS, GOAL, SPOT, *IDENTS)))
    await actions.create_channel(catalogue, "main", [film.id for film in FILMS])
    await set_filler(catalogue, "main", [one.id for one in IDENTS], lambda: EPOCH_MS)
    channel = await actions.start_channel(catalogue, "main", EPOCH_MS)
    moment = Moment(id="goal", at_ms=MOMENT_MS, clips=(ClipRecord(asset=GOAL.id),), title="The Goal")
    edit = Edit(id="spot", tick=EDIT_S * 90_000, clips=(ClipRecord(asset=SPOT.id),))
    return await actions.replaced(catalogue, channel, None, moments=(moment,), edits=(edit,))
