"""What a change would do, before it is made: for whom, from when on, and what airs instead."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.actions import Clock, change_horizon
from manifest_server.admin.airing_examples import EFFECTS
from manifest_server.admin.preview import Airing, airing, clips_from
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.ticks import date_ms, date_text
from manifest_server.programming.compared import channel_changes, differs_from, first_difference, lineup_changes
from storage.audit_records import Difference, differences
from storage.catalogue import Catalogue
from storage.keys import checked_name
from storage.records import ChannelRecord
from storage.trial import Trial

CLIPS_LOOKED = 500  # of each viewer, from where the change may begin: some hours
SAMPLE = 8
MADE_UP = 3  # at least so many of them are nobody whom anything is stored of
_AT_ONCE = 25

Verb = Callable[[Catalogue], Awaitable[object]]


class Whom(NamedTuple):
    """Whose stream is looked at: that of one lineup; else these viewers, and a sample of all."""

    lineup: str | None = None
    viewers: tuple[str, ...] = ()


class Effect(BaseModel):
    """What a lineup airs without the change, and with it, from the first clip that differs on.

    `differs_from` is RFC 3339; null: the next clips are the same. Before it every segment and number is the same.
    """

    viewer: str | None
    lineup: str
    differs_from: str | None
    before: list[Airing]
    after: list[Airing]


class Effects(BaseModel):
    """What a change would do; nothing was stored.

    `sample`: it changes what others see too, and these are only some of all viewers. `unchanged_until`: nobody's
    stream changes before. `changed`: what would be stored of the channel or lineup, before and after.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EFFECTS]})

    dry_run: Literal[True] = True
    channel: str
    text: str
    unchanged_until: str | None
    sample: bool
    changed: dict[str, Difference]
    effects: list[Effect]


async def tried(
    catalogue: Catalogue, read: Callable[[str], bytes], name: str, verb: Verb, whom: Whom, clock: Clock, count: int
) -> Effects:
    """What the verb would do if it were not done to a trial of the catalogue. Raises what the verb raises.

    `read`: the bytes of an object, for plans. `count`: how many clips to tell of.
    """
    checked_name("channel", name)
    trial = Trial(catalogue.link)
    await verb(trial)
    was, would = await catalogue.channel(name), await trial.channel(name)
    changed = differences(was, would)
    if whom.lineup is not None:
        old, new = [await one.overlay(name, whom.lineup) for one in (catalogue, trial)]
        if new is None and old is not None:
            new = old.model_copy(update={"parts": (), "edits": ()})
        if new is not None:
            changed |= differences(old, new)
    said = Effects(channel=name, text="", unchanged_until=None, sample=False, changed=changed, effects=[])
    if not changed:
        return said.model_copy(update={"text": "it changes nothing"})
    if would.epoch_ms is None:
        return said.model_copy(update={"text": "the channel was not started: it counts from its beginning"})
    reached = change_horizon(would, clock())
    before, after = Channels(catalogue, read), Channels(trial, read)
    longest = max(one.ticks[-1] for one in (await after.channel(name)).assets.values())
    ticks = [channel_changes(was, would, max(reached, 0), longest)]
    if whom.lineup is not None:
        ticks.append(lineup_changes(old, new, max(reached, 0)))
    tick = min((one for one in ticks if one is not None), default=None)
    if tick is None:
        return said.model_copy(update={"text": "what airs stays the same"})
    effects = [
        await _effect(before, after, name, viewer, lineup, tick, count)
        for viewer, lineup in await _looked_at(catalogue, before, was, whom)
    ]
    sample = whom.lineup is None
    return said.model_copy(
        update={
            "text": _text(effects, sample),
            "unchanged_until": date_text(date_ms(would.epoch_ms, tick)),
            "sample": sample,
            "effects": effects,
        }
    )


async def _looked_at(
    catalogue: Catalogue, before: Channels, channel: ChannelRecord, whom: Whom
) -> list[tuple[str | None, str]]:
    """Viewers with their lineups: those that are named first, some of whom something is stored, and made-up ones."""
    if whom.lineup is not None:
        return [(whom.viewers[0] if whom.viewers else None, whom.lineup)]
    names = list(dict.fromkeys(checked_name("viewer", one) for one in whom.viewers))[:SAMPLE]
    if len(names) < SAMPLE - MADE_UP:
        stored, _ = await catalogue.viewers_page(channel.name, None, SAMPLE)
        more = [one.name for one in stored if one.name not in names]
        names += more[: SAMPLE - MADE_UP - len(names)]
    names += [f"sample-{number}" for number in range(1, MADE_UP + 1)][: SAMPLE - len(names)]
    on = await before.channel(channel.name)
    return [(name, await before.lineup_id(on, name)) for name in names]


async def _effect(
    before: Channels, after: Channels, name: str, viewer: str | None, lineup: str, tick: int, count: int
) -> Effect:
    streams = [await one.on_air(await one.channel(name), lineup) for one in (before, after)]
    await asyncio.sleep(0)  # others want to go on
    day = day_of(date_ms(streams[1].channel.epoch_ms, tick))
    found = _parting(streams, day, tick)
    if found is None:
        return Effect(viewer=viewer, lineup=lineup, differs_from=None, before=[], after=[])
    start, differs = found
    told = [
        [airing(one.channel, place, one.dsn_base(day)) for place in clips_from(one, day, start, count)]
        for one in streams
    ]
    at = date_text(date_ms(streams[1].channel.epoch_ms, differs))
    return Effect(viewer=viewer, lineup=lineup, differs_from=at, before=told[0], after=told[1])


def _parting(streams: Sequence[Stream], day: int, tick: int) -> tuple[int, int] | None:
    """Where the first clip begins that differs, and from where on; None: none of those that are looked at."""
    for _ in range(CLIPS_LOOKED // _AT_ONCE):
        before, after = (clips_from(one, day, tick, _AT_ONCE) for one in streams)
        number = first_difference(before, after)
        if number is not None:
            start = min(some[number].start for some in (before, after) if number < len(some))
            return start, differs_from(before, after, number)
        if len(after) < _AT_ONCE:
            return None
        tick = after[-1].start + after[-1].clip.ticks
    return None


def _text(effects: Sequence[Effect], sample: bool) -> str:
    some = sum(one.differs_from is not None for one in effects)
    if not sample:
        return "it changes what airs" if some else f"the next {CLIPS_LOOKED} clips are the same"
    return f"it changes what {some} of a sample of {len(effects)} viewers see within {CLIPS_LOOKED} clips"
