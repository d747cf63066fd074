"""What was chosen before a moment stays chosen: a channel keeps what was to come when that is changed. No I/O."""

from manifest_server.admin.actions import change_horizon
from manifest_server.onair.channel import Channel
from manifest_server.programming.foresight import outlook_of
from storage.programme import Outlook
from storage.records import TICKS_PER_SECOND

KEPT_TICKS = 400 * 86_400 * TICKS_PER_SECOND  # so are moments that were on air (moments.py)
OUTLOOKS_LIMIT = 1000


def with_outlook(on: Channel, now_ms: int, **changes: object) -> dict[str, object]:
    """These changes of a channel, and the outlook that they put an end to, if they do.

    They may change when moments or day parts begin, or plans that reset. `on` has the assets of what comes too.
    """
    record = on.record
    if record.epoch_ms is None:
        return changes
    after = Channel(record.model_copy(update=changes), on.assets)
    tick = change_horizon(record, now_ms)
    if record.outlooks:
        tick = max(tick, record.outlooks[-1].until)
    found = outlook_of(on.spans, after.spans, tick)
    if found is None:
        return changes
    return {**changes, "outlooks": (*_kept(record.outlooks, tick), found)}


def _kept(outlooks: tuple[Outlook, ...], tick: int) -> tuple[Outlook, ...]:
    kept = tuple(one for one in outlooks if one.until > tick - KEPT_TICKS)
    return kept[-OUTLOOKS_LIMIT:]
