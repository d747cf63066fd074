"""Plans, edits and tastes on air: when each takes over, and what comes after it."""

from fractions import Fraction

import pytest

from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Planned, stream
from manifest_server.playout.days import NUMBERS_SINCE_S, day_of
from manifest_server.programming.filler import frame_counts
from manifest_server.programming.planned import plan_ends
from storage.clips import ClipRecord
from storage.programme import Edit, Moment, PlanRecord, Taste, TasteRevision
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


def resetting(tick: int, until: int, **more: object) -> Channel:
    """The channel with filler, and a plan that resets."""
    idents = {one.id: one for one in (asset(1000 + count, count / 25) for count in frame_counts(Fraction(25)))}
    plan = PlanRecord(version=1, tick=tick, until=until, pool=0, shards=1, resets=True)
    on = channel(PoolRevision(tick=0, assets=(A, B, C), filler=tuple(idents)), plans=(plan,), **more)
    return Channel(on.record, {**on.assets, **idents})


def test_a_plan_that_resets_begins_to_the_tick_for_who_is_in_it_and_for_who_is_not() -> None:
    tick = 105 * SECOND + 777
    on = resetting(tick, 1000 * SECOND)
    mine = stream(on, on, LINEUP, None, [Planned(tick, 1000 * SECOND, (D, E) * 40)])
    other = stream(on, on, LINEUP, None)
    for made, assets in ((mine, {D}), (other, {A, B, C})):
        place = made.succession(DAY, tick).place(tick)
        assert (place.tick, place.segment, place.clip.asset.id in assets) == (tick, 0, True)
        before = made.succession(DAY, tick).place(tick - 1)
        assert before.clip.asset.id not in ASSETS  # an ident
    until = mine.succession(DAY, 1100 * SECOND).boundary(1000 * SECOND)
    assert until is not None
    assert mine.succession(DAY, 1100 * SECOND).place(until.tick).clip.asset.id in {A, B, C}


def test_a_given_lineup_is_not_cut_for_a_plan() -> None:
    on = resetting(105 * SECOND, 1000 * SECOND)
    made = LineupRecord.model_validate({
        "id": "kids", "run_msn": 1000,
        "parts": [{"start": 0, "msn": 1000, "dsn": 1000, "clips": [A, B], "repeats": True}],
    })  # fmt: skip
    found = stream(on, on, "kids", made).succession(DAY, 105 * SECOND)
    assert (found.place(105 * SECOND).start, found.place(105 * SECOND).clip.last) == (96 * SECOND, 4)
    assert (on.spans_of("kids"), on.spans_of(LINEUP)) == (on.given_spans, on.spans)


@pytest.mark.parametrize("moments", [False, True])
def test_a_channel_that_was_stopped_shows_its_last_list_on_later_days_too(moments: bool) -> None:
    hourly = Moment(
        id="m", at_ms=EPOCH_MS + 3_600_000, clips=(ClipRecord(asset=E),), every_ms=3_600_000, resumes=False
    )
    # What was planned for later never begins.
    first = EPOCH_MS // 1000 - NUMBERS_SINCE_S
    on = resetting(40 * 3600 * SECOND, 100 * 3600 * SECOND, stop_tick=36_000 * SECOND, msn=first, dsn=first)
    if moments:
        on = Channel(on.record.model_copy(update={"plans": (), "moments": (hourly,)}), on.assets)
    made = stream(on, on, LINEUP, None)
    listed = []
    for hours in (10, 30, 80):
        now_ms = EPOCH_MS + hours * 3_600_000
        window = made.window(day_of(now_ms), on.position(now_ms))
        assert window.moves is None
        listed.append([(run.asset, run.first, run.last, run.tick) for run in window.runs])
        assert window.dsn - made.dsn_base(day_of(now_ms)) > 0
    assert listed[0] == listed[1] == listed[2]
