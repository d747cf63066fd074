"""`streamsync plan`: everybody's lineups, worked out ahead."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from manifest_server.admin.plan_work import Made
from manifest_server.admin.planning import Wish, draft_plan, made_shards, publish_plan, units
from manifest_server.admin.scorers import scorer_of
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text
from manifest_server.viewer.clock import now_ms
from storage import stores
from storage.catalogue import Catalogue
from storage.errors import Conflict, Unavailable
from storage.objects import Objects
from storage.plan_records import PlanDraft
from storage.programme import PlanRecord
from storage.records import ChannelRecord
from storage.settings import Settings, load
from streamsync.plan_crew import make_together
from streamsync.session import Json, err, print_error, print_facts, print_json, redis_url

AGAIN_S = 60.0  # until another try of one that is to be made again and again

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Tally:
    """What was done here. `derived`: viewers of whom nothing of the pool is; they see the derived lineup."""

    viewers: int = 0
    size_bytes: int = 0
    derived: int = 0
    seconds: float = 0
    began_s: float = field(default_factory=time.monotonic)

    def add(self, made: Made) -> None:
        """Count one unit."""
        self.viewers += made.viewers
        self.size_bytes += made.size_bytes
        self.derived += made.derived
        self.seconds = time.monotonic() - self.began_s


def plan(
    channel: Annotated[str, typer.Argument(help="The channel.", show_default=False)],
    hours: Annotated[int, typer.Option(min=1, max=168, help="For how long.")] = 24,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, max=256, help="Default: one for each core.")
    ] = None,
    scorer: Annotated[str, typer.Option(help="affinity, what recommend says, a plug-in, or a URL.")] = "affinity",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out assets that cannot be planned, instead of refusing.")
    ] = False,
    every: Annotated[
        int | None, typer.Option(min=1, max=168, help="Plan again after so many hours, until Ctrl-C.")
    ] = None,
    json: Json = False,
) -> None:
    """Work out the lineups of all viewers that have a profile (streamsync profile import), and put them on air.

    Each is drawn by what the viewer likes. The plan takes over 35 s after it was made or a little later, for all at
    once; on a channel without filler, at everybody's first clip boundary past the change horizon. Viewers that it
    does not know, and all of them after it, see the derived lineup. Run it on several machines at once: they share
    the work. After a Ctrl-C or a crash, the same command goes on where it was.

    Examples:

        streamsync plan main --hours 24

        streamsync plan main --hours 24 --every 12

        STREAMSYNC_REDIS_URL=redis://10.0.0.5 STREAMSYNC_OBJECTS_URL=s3://films streamsync plan main --processes 8
    """
    settings, wish = load(), Wish(hours, scorer, skip_bad)
    if every is not None and every >= hours:
        raise typer.BadParameter(
            "it has to be less than the hours of a plan, or there is a gap", param_hint="--every"
        )
    scorer_of(scorer, stores.objects(settings).read)  # wrong here is wrong in every process
    with redis_url(settings) as url:
        while True:
            began_ms = now_ms()
            try:
                _planned(settings, url, channel, wish, processes or os.cpu_count() or 1, json)
                if every is None:
                    return
                _wait(settings, url, channel, every, began_ms)
            except (Conflict, Unavailable) as error:
                if every is None:
                    raise
                print_error(error)
                time.sleep(AGAIN_S)


def _wait(settings: Settings, url: str, channel: str, every: int, began_ms: int) -> None:
    """Until the next plan is to be begun. Another planner's may come meanwhile: then that is the newest."""
    record = _asked(settings, url, lambda catalogue: catalogue.channel(channel))
    lead_ms = max((begins_ms(record) or began_ms) - began_ms, 0)
    while (left_ms := turn_ms(record, every, began_ms, lead_ms) - now_ms()) > 0:
        time.sleep(min(left_ms / 1000, AGAIN_S))
        with suppress(Unavailable):  # as far as is known
            record = _asked(settings, url, lambda catalogue: catalogue.channel(channel))


def turn_ms(record: ChannelRecord, every: int, began_ms: int, lead_ms: int) -> int:
    """When the next plan is to be begun (Unix milliseconds), so that it takes over `every` hours after the newest.

    `began_ms`: when one's own was begun, so long before it took over as `lead_ms`.
    """
    return max((begins_ms(record) or began_ms) - lead_ms, began_ms) + 3_600_000 * every


def begins_ms(record: ChannelRecord) -> int | None:
    """When the newest plan of a channel takes over (Unix milliseconds); None: there is none."""
    if record.epoch_ms is None or not record.plans:
        return None
    return record.epoch_ms + record.plans[-1].tick // TICKS_PER_MS


def _planned(settings: Settings, url: str, channel: str, wish: Wish, processes: int, json: bool) -> None:
    objects, tally = stores.objects(settings), Tally()
    draft = _asked(settings, url, lambda catalogue: draft_plan(catalogue, objects, channel, wish, now_ms))
    _make(settings, url, objects, draft, processes, tally)
    published = _asked(settings, url, lambda catalogue: publish_plan(catalogue, objects, draft, now_ms))
    epoch_ms = _asked(settings, url, lambda catalogue: catalogue.channel(channel)).epoch_ms
    _print(draft, published, epoch_ms, tally, json)


def _make(settings: Settings, url: str, objects: Objects, draft: PlanDraft, processes: int, tally: Tally) -> None:
    there = made_shards(objects, draft)
    if len(there) == draft.shards:
        return
    count = units(draft)
    shown = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*shown, console=err, disable=not err.is_terminal, transient=True) as progress:
        task = progress.add_task(f"plan {draft.version} of {draft.channel}", total=count)
        progress.update(task, completed=len(there) * count // draft.shards)

        def report(made: Made) -> None:
            tally.add(made)
            progress.update(task, advance=1)

        make_together(settings, url, draft, min(processes, count), report)


def _asked(settings: Settings, url: str, ask: Callable[[Catalogue], Awaitable[Answer]]) -> Answer:
    async def whole() -> Answer:
        async with Catalogue.connect(url, settings.redis_replicas) as catalogue:
            return await ask(catalogue)

    return asyncio.run(whole())


def _print(draft: PlanDraft, plan: PlanRecord, epoch_ms: int | None, tally: Tally, json: bool) -> None:
    said = {
        **plan.model_dump(mode="json", exclude={"left_out"}),
        "channel": draft.channel,
        "left_out": [draft.assets[index] for index in plan.left_out],
        "viewers": tally.viewers,
        "derived": tally.derived,
        "bytes": tally.size_bytes,
        "seconds": round(tally.seconds, 1),
    }
    if json:
        print_json(said)
        return
    when = {"from": plan.tick, "until": plan.until}
    dates = {name: date_text(date_ms(epoch_ms, tick)) for name, tick in when.items()} if epoch_ms is not None else {}
    each = f", {tally.size_bytes / tally.viewers:.0f} bytes each" if tally.viewers else ""
    print_facts(
        {"plan": f"{plan.version} of channel {draft.channel}", **dates}
        | {"viewers": f"{tally.viewers} here, in {tally.seconds:.1f} s{each}", "shards": str(plan.shards)}
        | ({"derived": f"{tally.derived} viewers: nothing of the pool is for them"} if tally.derived else {})
        | ({"left out": ", ".join(map(str, said["left_out"]))} if plan.left_out else {})
    )
