"""Why each clip is on air, whatever put it there."""

from fractions import Fraction

import pytest

from manifest_server.admin.explain import known
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Planned, Stream, stream
from manifest_server.programming.derivation import derivation
from manifest_server.programming.filler import frame_counts
from manifest_server.programming.orders import order_of
from manifest_server.programming.reasons import Reason, reason
from storage.clips import ClipRecord
from storage.programme import Break, DayPart, Edit, Moment, PlanRecord, Rules, Taste, TasteRevision
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision
from tests.playout.builders import SECOND
from tests.stage import EPOCH_MS, asset

FILMS = [asset(number, 16) for number in range(1, 6)]
IDENTS = [asset(1000 + count, count / 25) for count in frame_counts(Fraction(25))]
ASSETS = {one.id: one for one in (*FILMS, *IDENTS)}
A, B, C, D, E = (film.id for film in FILMS)
FILLER = tuple(one.id for one in IDENTS)
LINEUP = "d-" + "0" * 24
DAY = 20_454  # of the epoch


def channel(rules: Rules | None = None, **more: object) -> Channel:
    pool = PoolRevision(tick=0, assets=(A, B, C), filler=FILLER, rules=rules or Rules())
    record = ChannelRecord(name="main", revisions=(pool,), epoch_ms=EPOCH_MS, msn=1000, dsn=1000)
    return Channel(record.model_copy(update=more), ASSETS)


def reasons(on: Channel, made: Stream, lineup: str = LINEUP, until_s: int = 120) -> list[tuple[str, Reason]]:
    """Of each clip its asset and why it is on air."""
    found, tick = [], 0
    while tick < until_s * SECOND:
        one = derivation(made.succession(DAY, tick), tick)
        id_ = one.place.clip.asset.id
        found.append((id_, reason(known(made, lineup, one), one, ASSETS[id_].segments)))
        tick = one.place.start + one.place.clip.ticks
    return found


def kinds(found: list[tuple[str, Reason]]) -> list[str]:
    return [one.kind for _, one in found]


def test_what_is_drawn_fixed_or_given() -> None:
    on = channel()
    drawn = reasons(on, stream(on, on, LINEUP, None))
    assert set(kinds(drawn)) == {"drawn"}
    assert {one.seed for _, one in drawn} == {f"{LINEUP}/0"}
    fixed = channel(Rules(order="fixed"))
    assert set(kinds(reasons(fixed, stream(fixed, fixed, LINEUP, None)))) == {"fixed"}
    parts = (
        LineupPart(start=0, msn=1000, dsn=1000, clips=(ClipRecord(asset=A),), repeats=True),
        LineupPart(start=32 * SECOND, msn=1008, dsn=1002, clips=(ClipRecord(asset=B),), repeats=True),
    )
    record = LineupRecord(id="kids", run_msn=1000, parts=parts)
    given = reasons(on, stream(on, on, "kids", record), "kids")
    assert [(asset_id, one.kind, one.part) for asset_id, one in given[:4]] == [
        (A, "given", 0), (A, "given", 0), (B, "given", 1), (B, "given", 1),
    ]  # fmt: skip


def test_what_is_drawn_in_a_day_part_is_drawn_with_the_seed_that_is_named() -> None:
    parts = (DayPart(minute=0, any_tags=("red",)), DayPart(minute=61))
    on = channel(Rules(day_parts=parts), revisions=(
        PoolRevision(tick=0, assets=(A, B, C, D), filler=FILLER, rules=Rules(day_parts=parts), tags={"red": (0, 1)}),
    ))  # fmt: skip
    made = stream(on, on, LINEUP, None)
    for hour, part in ((0, 0), (2, 1)):
        one = derivation(made.succession(DAY, hour * 3600 * SECOND), hour * 3600 * SECOND)
        why = reason(known(made, LINEUP, one), one, 4)
        assert why.seed == f"{LINEUP}/0/{part}"
        again = order_of(on.revisions[0].of_part(part), why.seed.encode())
        assert [clip.asset.id for clip in again.cycle(one.cycle).clips] == [
            clip.asset.id for clip in one.lineup.order.cycle(one.cycle).clips
        ]


def test_a_taste_is_named_by_its_version_and_is_in_the_seed() -> None:
    on = channel()
    tastes = (TasteRevision(tick=30 * SECOND, taste=Taste(version=7, without=(A,))),)
    found = reasons(on, stream(on, on, LINEUP, LineupRecord(id=LINEUP, run_msn=1000, tastes=tastes)))
    assert [(one.taste, one.seed) for _, one in found[:3]] == [
        (None, f"{LINEUP}/0"), (None, f"{LINEUP}/0"), (7, f"{LINEUP}/0/7"),
    ]  # fmt: skip
    assert found[2][1].text == (
        f"drawn from revision 0 of the pool with '{LINEUP}/0/7' and the cycle's number, for version 7 of the "
        "viewer's profile"
    )
    assert A not in {asset_id for asset_id, _ in found[2:]}


def test_what_is_drawn_by_weight_says_so() -> None:
    on = channel(Rules(order="weighted", repeat_clips=2))
    tastes = (TasteRevision(tick=0, taste=Taste(version=7, likes={"kids": 1})),)
    found = reasons(on, stream(on, on, LINEUP, LineupRecord(id=LINEUP, run_msn=1000, tastes=tastes)))
    assert found[0][1].text == (
        f"drawn from revision 0 of the pool with '{LINEUP}/0/7/7' and the cycle's number, by weight, for version 7 "
        "of the viewer's profile"
    )


def test_what_was_planned_names_the_plans_version() -> None:
    plan = PlanRecord(version=3, tick=30 * SECOND, until=1000 * SECOND, pool=0, shards=1)
    on = channel(plans=(plan,))
    planned = Planned(plan.tick, plan.until, (D, E, D))
    found = reasons(on, stream(on, on, LINEUP, None, (planned,)))
    assert [(one.kind, one.plan) for _, one in found] == [
        ("drawn", None), ("drawn", None), *[("planned", 3)] * 3, *[("drawn", None)] * (len(found) - 5),
    ]  # fmt: skip
    assert found[2][1].text == "version 3 of the channel's plan"
    # A viewer whom the plan does not know has what is drawn.
    assert set(kinds(reasons(on, stream(on, on, LINEUP, None)))) == {"drawn"}


def test_an_edit_is_named() -> None:
    on = channel(edits=(Edit(id="push", tick=20 * SECOND, clips=(ClipRecord(asset=D),)),))
    own = (Edit(id="mine", tick=70 * SECOND, clips=(ClipRecord(asset=E),)),)
    found = reasons(on, stream(on, on, LINEUP, LineupRecord(id=LINEUP, run_msn=1000, edits=own)))
    assert [(asset_id, one.edit) for asset_id, one in found if one.kind == "edit"] == [(D, "push"), (E, "mine")]


@pytest.mark.parametrize("resumes", [True, False])
def test_around_a_moment_with_a_break(resumes: bool) -> None:
    moment = Moment(
        id="show",
        at_ms=EPOCH_MS + 57_400,
        clips=(ClipRecord(asset=D), ClipRecord(asset=E)),
        breaks=(Break(after=1, length_ms=20_000, pool=(ClipRecord(asset=A), ClipRecord(asset=B))),),
        resumes=resumes,
    )
    on = channel(moments=(moment,))
    found = reasons(on, stream(on, on, LINEUP, None), until_s=200)
    names = kinds(found)
    first = names.index("moment")
    assert [(asset_id, one.moment) for asset_id, one in found if one.kind == "moment"] == [(D, "show"), (E, "show")]
    assert names[first - 1] == "filler"
    assert "break" in names[first:]
    assert all(asset_id in {A, B} for asset_id, one in found if one.kind == "break")
    # 57.4 s is in the middle of the fourth clip: 8 s of it were shown, and 8 s are hardly anything.
    assert "rest" not in names
    assert [one.cut for _, one in found[: first + 1]].count(True) == 1
