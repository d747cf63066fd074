"""The verb by which a viewer's own lineup follows their profile at once; a plan does it for everybody."""

from manifest_server.admin.actions import MARGIN_TICKS, Clock, deadline
from manifest_server.admin.edits import open_lineup, stored_lineup
from manifest_server.onair.channel import Channel
from manifest_server.playout.ticks import position
from manifest_server.programming.edits import horizon
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.keys import checked_name
from storage.programme import TasteRevision
from storage.records import LineupRecord

TASTES_LIMIT = 100  # of a viewer in a run of a channel: all of them count when the lineup is reckoned


async def apply_profile(catalogue: Catalogue, channel: str, viewer: str, clock: Clock) -> LineupRecord:
    """Let a viewer's own lineup be drawn by their profile, from their first clip boundary past the change horizon on.

    What they never see is left out at once; what they like counts where the rules say that the order is weighted. A
    profile that is applied already changes nothing. Raises BadInput, NotFound, NotOnAir; Conflict if the lineup
    changed meanwhile, or does so too often.
    """
    record = await catalogue.channel(checked_name("channel", channel))
    known = await catalogue.profiles.of(channel, checked_name("viewer", viewer))
    if known is None:
        raise NotFound(f"nothing is known of viewer {viewer!r} of channel {channel!r}")
    lineup, taste = derived_id(channel, viewer), known.taste
    await open_lineup(catalogue, channel, lineup)
    deadline_ms = await deadline(catalogue, channel)
    record = await catalogue.channel(channel)
    stored = await stored_lineup(catalogue, record, lineup)
    if stored.tastes and stored.tastes[-1].taste == taste:
        return stored
    if len(stored.tastes) >= TASTES_LIMIT:
        raise Conflict(f"the taste of viewer {viewer!r} has changed {TASTES_LIMIT} times: the next plan has it")
    on_air = position(clock(), Channel(record, {}).epoch_ms)
    tick = max(horizon(on_air, record.lookahead_ticks, MARGIN_TICKS), 0)
    kept = tuple(one for one in stored.tastes if one.tick < tick)
    tastes = (*kept, TasteRevision(tick=tick, taste=taste))
    changed = stored.model_copy(update={"tastes": tastes, "version": stored.version + 1})
    await catalogue.replace_lineup(channel, changed, deadline_ms, stored)
    return changed
