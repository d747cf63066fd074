"""A channel with day parts, and a moment with a break that is on air when one of them would begin."""

from manifest_server.admin import actions
from manifest_server.admin.rules import set_rules
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.metadata import AssetMetadata
from storage.programme import Break, DayPart, Moment, Rules
from tests.admin.moment_stage import FILMS, GOAL, SPOT, with_moment
from tests.stage import EPOCH_MS

RULES = Rules(
    day_parts=(
        DayPart(minute=360, any_tags=("kids",), most_rating=6),
        DayPart(minute=365, no_tags=("kids",), least_rating=0),
        DayPart(minute=1200),
    ),
    time_zone="Europe/Berlin",  # at one o'clock when the channel begins
)
BREAK = Break(after=1, length_ms=30_000, pool=(ClipRecord(asset=SPOT.id),))
FIVE_MS = EPOCH_MS + 5 * 3_600_000  # six in Berlin
SHOW = Moment(
    id="show", at_ms=FIVE_MS - 30_000, title="Show", clips=(ClipRecord(asset=GOAL.id),) * 2, breaks=(BREAK,)
)  # 20 s, a break of 30 s, 20 s: over at 05:00:40


async def with_parts(catalogue: Catalogue) -> None:
    await with_moment(catalogue)
    await catalogue.metadata.store(AssetMetadata(asset=FILMS[0].id, version=1, tags=("kids",), rating=0))
    await set_rules(catalogue, "main", RULES, lambda: EPOCH_MS)
    await actions.replaced(catalogue, await catalogue.channel("main"), None, moments=(SHOW,), edits=())
