"""Planning a day for a large audience: seconds, memory of all processes, bytes a viewer, and whether it is linear.

From profiles in a Valkey of its own to shards in a folder, by as many processes as there are cores. BENCH_PLAN
names other sizes: `BENCH_PLAN=100000,1000000,10000000 python -m benchmarks plan`.
"""

import asyncio
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from redis import Redis

from benchmarks.core import RULED
from benchmarks.report import figure, machine
from manifest_server.admin.actions import create_channel, start_channel
from manifest_server.admin.plan_work import Made
from manifest_server.admin.planning import HOUR, Wish, draft_plan, publish_plan
from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.draws import UNIT
from manifest_server.programming.rows import rows
from manifest_server.programming.stock import Stock
from storage import keys
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.lineup_ids import lineup_digest
from storage.plan_records import PlanDraft
from storage.plans import ROW_LIMIT
from storage.profile_records import ProfileRecord
from storage.profiles import SHARDS
from storage.programme import Rules
from storage.records import TICKS_PER_SECOND
from storage.settings import Settings
from streamsync.plan_crew import make_together
from tests.redis_servers import Server, server, valkey_server
from tests.stage import asset

ASSETS, TAGS, HOURS = 1_000, 64, 24
SIZES = (100_000, 1_000_000)
ROWS = 2_000  # that are drawn to see what a row takes
PROFILES = 5_000  # that differ; as many viewers as one likes have one of them each
EPOCH_MS = 1_767_225_600_000
CHANNEL = "main"


def main() -> None:
    """Print what planning 24 hours takes for each size of audience."""
    print(f"  {machine()}, load {os.getloadavg()[0]:.1f}")
    sizes = tuple(map(int, os.environ.get("BENCH_PLAN", "").split(","))) if os.environ.get("BENCH_PLAN") else SIZES
    costs: dict[int, float] = {}
    for viewers in sizes:
        with tempfile.TemporaryDirectory() as folder, server(Path(folder), binary=valkey_server()) as one:
            costs[viewers] = _measured(one, Path(folder), viewers)
    _rows()
    if len(costs) > 1:
        least, most = min(costs), max(costs)
        ratio = costs[most] / most / (costs[least] / least)
        figure(f"processor seconds a viewer, {most} against {least}", ratio, "times", at_most=1.2)


def _rows() -> None:
    """Print what drawing the rows alone takes, for a channel with rules and for one without."""
    drawn = np.random.default_rng(1)
    lengths = drawn.integers(30, 150, ASSETS) * 4 * TICKS_PER_SECOND
    clips = [Clip.whole(Asset(f"{n:032x}", (0, int(ticks)))) for n, ticks in enumerate(lengths)]
    tags = {"news": range(0, ASSETS, 10), "ads": range(5, ASSETS, 20)}
    octaves = drawn.integers(-3 * UNIT, 3 * UNIT, (ROWS, ASSETS)).astype(np.int16)
    seeds = [b"viewer %d" % n for n in range(ROWS)]
    for name, rules in (("without rules", Rules()), ("with spacing, limits and repeats", RULED)):
        stock = Stock(clips, rules, tags)
        rows(stock, seeds[:1], octaves[:1], HOURS * HOUR, ROW_LIMIT)  # what is made once for all viewers
        began_s = time.process_time()
        for start in range(0, ROWS, 250):
            rows(stock, seeds[start : start + 250], octaves[start : start + 250], HOURS * HOUR, ROW_LIMIT)
        figure(f"rows of 24 hours {name}", ROWS / (time.process_time() - began_s), "viewers a processor second")


def _measured(one: Server, folder: Path, viewers: int) -> float:
    """The processor seconds that it took."""
    _fill(one, viewers)
    asyncio.run(_stage(one.url))
    settings, objects = Settings(data=folder / "data"), FolderObjects(folder / "data" / "objects")
    cores, made, now_ms = os.cpu_count() or 1, list[Made](), lambda: int(time.time() * 1000)

    async def begun() -> PlanDraft:
        async with Catalogue.connect(one.url) as catalogue:
            return await draft_plan(catalogue, objects, CHANNEL, Wish(HOURS), now_ms)

    with _memory() as peak:
        began_s, began = time.perf_counter(), os.times()
        draft = asyncio.run(begun())
        make_together(settings, one.url, draft, cores, made.append)

        async def published() -> None:
            async with Catalogue.connect(one.url) as catalogue:
                await publish_plan(catalogue, objects, draft, now_ms)

        asyncio.run(published())
        seconds, ended = time.perf_counter() - began_s, os.times()
    assert sum(each.viewers for each in made) == viewers
    size = sum(each.size_bytes for each in made)
    spent = ended.user - began.user + ended.system - began.system
    spent += ended.children_user - began.children_user + ended.children_system - began.children_system
    goals: dict[str, float | None] = {"s": 60, "GB": 2} if viewers == 1_000_000 else {"s": None, "GB": None}
    print(f"  {viewers} viewers, {draft.shards} shards, load {os.getloadavg()[0]:.1f}")
    figure("planning 24 hours over 1,000 assets", seconds, "s", at_most=goals["s"])
    figure("processor seconds, ours and our processes'", spent, "s")
    figure("memory of all processes, at most", peak[0] / 1e9, "GB", at_most=goals["GB"])
    figure("stored for a viewer", size / viewers, "bytes", at_most=400)
    return spent


async def _stage(url: str) -> None:
    async with Catalogue.connect(url) as catalogue:
        await _staged(catalogue)


async def _staged(catalogue: Catalogue) -> None:
    drawn = random.Random(1)  # noqa: S311 - a fixed draw
    films = [asset(n, 4 * drawn.randint(30, 150)) for n in range(ASSETS)]  # two to ten minutes: six in the mean
    for film in films:
        await catalogue.index_asset(film)
        said = await catalogue.metadata.of(film.id)
        tags = tuple(sorted(drawn.sample([f"tag{n:02}" for n in range(TAGS)], 6)))
        await catalogue.metadata.store(said.model_copy(update={"version": 1, "tags": tags}))
    await create_channel(catalogue, CHANNEL, [film.id for film in films])
    await start_channel(catalogue, CHANNEL, EPOCH_MS)


def _fill(one: Server, viewers: int) -> None:
    """Profiles as an import would leave them, by the shortest way."""
    drawn = random.Random(2)  # noqa: S311 - a fixed draw
    texts = [_profile(drawn).stored() for _ in range(PROFILES)]
    with Redis(port=one.port) as redis:
        for start in range(0, viewers, 10_000):
            pipeline = redis.pipeline(transaction=False)
            for number in range(start, min(start + 10_000, viewers)):
                name = f"viewer-{number}"
                shard = int.from_bytes(lineup_digest(CHANNEL, name)[:2], "big") * SHARDS >> 16
                pipeline.hset(keys.profiles_key(CHANNEL, shard), name, texts[number % PROFILES])
            pipeline.execute()
        print(f"  {viewers} profiles: {redis.info('memory')['used_memory'] / viewers:.0f} bytes each in Valkey")


def _profile(drawn: random.Random) -> ProfileRecord:
    """Eight likes, and ten clips that were watched."""
    tags = drawn.sample([f"tag{n:02}" for n in range(TAGS)], 8)
    watched = [(f"{drawn.randrange(ASSETS):032x}", round(drawn.random(), 2)) for _ in range(10)]
    return ProfileRecord(likes={tag: round(drawn.uniform(-0.9, 1), 2) for tag in tags}, history=tuple(watched))


@contextmanager
def _memory() -> Iterator[list[int]]:
    """The most bytes that this process and those it started had at once (PSS: what they share counts once)."""
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            peak[0] = max(peak[0], sum(map(_pss, _tree(os.getpid()))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _tree(pid: int) -> list[int]:
    """A process and its Python children; not the Valkey."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children = [int(child) for child in task.read_text().split()]
        found += [child for child in children if "python" in Path(f"/proc/{child}/comm").read_text()]
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has ended
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
