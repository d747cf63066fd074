"""Plans, edits and tastes on air: when each takes over, and what comes after it."""

from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Planned, stream
from manifest_server.programming.planned import plan_ends
from storage.clips import ClipRecord
from storage.programme import Edit, PlanRecord, Taste, TasteRevision
from storage.records import ChannelRecord, LineupRecord, PoolRevision
from tests.playout.builders import SECOND
from tests.stage import EPOCH_MS, asset

ASSETS = {one.id: one for one in (asset(number, 16) for number in range(1, 6))}
A, B, C, D, E = ASSETS
DAY = 0
LINEUP = "d-" + "0" * 24


def channel(*revisions: PoolRevision, **more: object) -> Channel:
    pools = revisions or (PoolRevision(tick=0, assets=(A, B, C)),)
    record = ChannelRecord(name="main", revisions=pools, epoch_ms=EPOCH_MS, msn=1000, dsn=1000)
    return Channel(record.model_copy(update=more), ASSETS)


def airs(
    on: Channel, record: LineupRecord | None = None, plans: tuple[Planned, ...] = (), until_s: int = 400
) -> list[str]:
    """What airs from clip to clip."""
    made = stream(on, on, LINEUP, record, plans)
    found, tick = [], 0
    while tick < until_s * SECOND:
        place = made.succession(DAY, tick).place(tick)
        assert (place.start, place.segment) == (tick, 0)
        found.append(place.clip.asset.id)
        tick += place.clip.ticks
    return found


def test_a_plan_takes_over_at_a_clip_boundary_and_the_derived_lineup_goes_on_after_it() -> None:
    plans = (Planned(40 * SECOND, 10_000 * SECOND, (D, D, E)),)
    plain, planned = airs(channel()), airs(channel(), plans=plans)
    assert planned[:3] == plain[:3]
    assert planned[3:6] == [D, D, E]
    assert set(planned[6:9]) == {A, B, C}


def test_a_new_plan_takes_over_from_one_that_has_not_ended() -> None:
    plans = (Planned(0, 10_000 * SECOND, (D,) * 20), Planned(100 * SECOND, 10_000 * SECOND, (E,) * 5))
    assert airs(channel(), plans=plans)[:12] == [D] * 7 + [E] * 5


def test_a_plan_ends_where_the_pool_first_lacks_one_of_its_assets() -> None:
    pools = (
        PoolRevision(tick=0, assets=(A, B, C)),
        PoolRevision(tick=100, assets=(A, B, C, D)),
        PoolRevision(tick=60 * SECOND, assets=(A, C)),
    )
    plan = PlanRecord(version=1, tick=0, until=500 * SECOND, pool=0, shards=1)
    on = channel(*pools)
    assert plan_ends(plan, pools) == 60 * SECOND
    assert plan_ends(plan.model_copy(update={"left_out": (1,)}), pools) == 500 * SECOND
    planned = airs(on, plans=(Planned(0, 60 * SECOND, (A, B) * 20),))
    assert planned[:4] == [A, B, A, B]
    assert set(planned[4:]) == {A, C}


def test_edits_of_everybody_and_of_one_viewer_put_clips_in_and_leave_some_out() -> None:
    plain = airs(channel())
    pushed = Edit(id="1", tick=20 * SECOND, clips=(ClipRecord(asset=D, first=0, last=2), ClipRecord(asset=E)))
    own = Edit(id="2", tick=70 * SECOND, drop=2)
    on = channel(edits=(pushed,))
    assert airs(on)[:6] == [*plain[:2], D, E, *plain[2:4]]
    mine = LineupRecord(id=LINEUP, run_msn=1000, edits=(own,))
    # D lasts 8 s: the boundaries are at 32, 40, 56 and 72 s.
    assert airs(on, mine)[:6] == [*plain[:2], D, E, plain[2], plain[5]]


def test_an_edit_of_a_run_before_does_not_count_and_the_taste_does() -> None:
    never = TasteRevision(tick=1000, taste=Taste(version=3, without=(A,)))
    old = LineupRecord(
        id=LINEUP, run_msn=5, edits=(Edit(id="1", tick=0, clips=(ClipRecord(asset=D),)),), tastes=(never,)
    )
    assert set(airs(channel(), old)) == {B, C}


def test_a_taste_counts_from_the_first_boundary_after_it_was_told() -> None:
    mine = LineupRecord(
        id=LINEUP, run_msn=1000, tastes=(TasteRevision(tick=50 * SECOND, taste=Taste(version=1, without=(B,))),)
    )
    plain, mixed = airs(channel()), airs(channel(), mine)
    assert mixed[:4] == plain[:4]
    assert set(mixed[4:]) == {A, C}


def test_a_given_lineup_is_walked_as_it_is_stored() -> None:
    on = channel(edits=(Edit(id="1", tick=10 * SECOND, clips=(ClipRecord(asset=E),)),))
    made = LineupRecord.model_validate({
        "id": "kids", "run_msn": 1000,
        "parts": [
            {"start": 0, "msn": 1000, "dsn": 1000, "clips": [A, B], "repeats": True},
            {"start": 48 * SECOND, "msn": 1012, "dsn": 1003, "clips": [C], "repeats": True},
        ],
    })  # fmt: skip
    found = stream(on, on, "kids", made).succession(DAY, 0)
    assert [found.place(second * SECOND).clip.asset.id for second in (0, 16, 32, 48, 64)] == [A, E, B, C, C]
