"""Clips are chosen so that nothing is cut for a moment; what was chosen stays when moments come and go."""

from functools import partial
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip, Given, Place, Succession
from manifest_server.programming.ahead import Ahead
from manifest_server.programming.arranged import Arranged
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.choice import CANDIDATES, chosen
from manifest_server.programming.course import Course
from manifest_server.programming.foresight import LOOK_TICKS, targets
from manifest_server.programming.programme import Programme, Takeover
from manifest_server.programming.shuffle import Shuffled
from manifest_server.programming.spans import SHORTEST, Spans
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from tests.playout.builders import SECOND

from .moments import DSN, IDENTS, MSN, asset, changed, course, even, moment, programme, segments, spans

HOUR = 3600 * SECOND
MINUTE_MS = 60_000
SHOW = (even("show", 10),)


def films(count: int, seed: int = 1, least: int = 30, most: int = 150) -> tuple[Clip, ...]:
    """Of two to ten minutes, in segments of 4 s."""
    drawn = Random(seed)
    return tuple(Clip.whole(asset(f"film{n:03}", *[4 * SECOND] * drawn.randint(least, most))) for n in range(count))


def aired(succession: Succession, since: int, until: int) -> list[Clip]:
    """Each clip that begins in this time."""
    return [place.clip for place, _ in segments(succession, since, until) if place.segment == place.clip.first]


def is_whole(clip: Clip) -> bool:
    return (clip.first, clip.last) == (0, len(clip.asset.ticks) - 1)


HOURLY = spans(moment("hourly", 10 * MINUTE_MS, SHOW, every_ms=60 * MINUTE_MS))


@pytest.mark.slow
def test_hardly_a_viewer_has_a_clip_cut_and_each_sees_what_they_would() -> None:
    pool, cut, arrivals = films(200), 0, 0
    for number in range(60):
        succession = course(f"viewer-{number}", pool, HOURLY).until(6 * HOUR)
        own = [clip for clip in aired(succession, 0, 6 * HOUR) if clip.asset.id.startswith("film")]
        arrivals += 6
        cut += sum(not is_whole(clip) for clip in own[:-1]) // 2  # a clip that was cut goes on after it
        order = [clip.asset.id for clip in Shuffled(Stock(pool), f"viewer-{number}".encode()).cycle(0).clips]
        seen = list(dict.fromkeys(clip.asset.id for clip in own))
        # No other clips, and none far from its place: brought forward by less than CANDIDATES, or put off by a few.
        places = [order.index(name) for name in seen]
        assert all(place - number < CANDIDATES for number, place in enumerate(places))
        assert set(order[: len(seen) - CANDIDATES]) <= set(seen)
    assert cut < arrivals // 20, (cut, arrivals)


def test_without_a_choice_nearly_every_viewer_has_a_clip_cut() -> None:
    """The control of the test above."""
    pool, cut = films(200), 0
    for number in range(20):
        made = programme(f"viewer-{number}", pool)
        fixed = Programme([one._replace(stock=None) for one in made.orders], fillers=made.fillers)
        own = aired(Course(fixed, HOURLY, MSN, DSN).until(6 * HOUR), 0, 6 * HOUR)
        cut += sum(not is_whole(clip) for clip in own[:-1] if clip.asset.id.startswith("film")) // 2
    assert cut > 100


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_was_listed_stays_when_moments_are_added_and_taken_away(data: st.DataObject) -> None:
    """A history of changes: each leaves everything before its change horizon as it was."""
    pool = films(data.draw(st.integers(3, 40)), data.draw(st.integers(0, 99)), 5, data.draw(st.integers(6, 150)))
    among, viewer = spans(), data.draw(st.text(max_size=4))
    before, now = course(viewer, pool, among).until(4 * HOUR), 0
    for number in range(data.draw(st.integers(1, 6))):
        now += data.draw(st.integers(1, 1500)) * SECOND
        first_ms = (now + BRIDGE_TICKS) // 90 + 1
        kept = [one for one in among.moments if one.moment.at_ms - 1_767_225_600_000 < first_ms]
        coming = [one for one in among.moments if one not in kept and data.draw(st.booleans())]
        again = data.draw(st.sampled_from([None, None, 11 * MINUTE_MS]))
        at_ms = first_ms + data.draw(st.integers(0, 90 * MINUTE_MS))
        new = moment(f"m{number}", at_ms, SHOW, every_ms=again)
        among = changed(among, now, *data.draw(st.permutations([*coming, new])), *kept)
        after = course(viewer, pool, among).until(4 * HOUR)
        both = zip(segments(before, 0, now), segments(after, 0, now), strict=False)
        for (old, old_length), (next_one, length) in both:
            if old.tick + old_length <= now:
                assert (_segment(old), old_length) == (_segment(next_one), length)
        for span in among.after(now, 4 * HOUR):
            assert after.place(span.start).tick == span.start
        before = after


def _segment(place: Place) -> tuple[object, ...]:
    return (place.clip.asset.id, place.segment, place.tick, place.msn, place.dsn)


@pytest.mark.parametrize("among", [HOURLY, spans(*HOURLY.moments, moment("late", 100 * MINUTE_MS, SHOW))])
def test_what_is_chosen_does_not_depend_on_from_where_one_reckons(among: Spans) -> None:
    pool = films(60)
    daily = spans(*among.moments, moment("daily", 30 * MINUTE_MS, SHOW, every_ms=86_400_000, resumes=False))
    whole = course("v", pool, daily).until(27 * HOUR)
    anchor = daily.anchor(24 * HOUR + 1)
    assert anchor is not None
    part = course("v", pool, daily, since=24 * HOUR + 1).until(27 * HOUR)
    assert [one[0].clip for one in segments(whole, anchor.start, 27 * HOUR)] == [
        one[0].clip for one in segments(part, anchor.start, 27 * HOUR)
    ]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(spacing={"red": 3, "blue": 5}),
        Rules(repeat_clips=40),
        Rules(repeat_s=3 * 3600, spacing={"red": 2}),
        Rules(limits={"red": 4}, repeat_clips=12),
    ],
)
def test_rules_are_kept_as_well_as_without_moments(rules: Rules) -> None:
    pool = films(60, least=30, most=60)
    tags = {"red": range(0, 60, 6), "blue": range(0, 60, 10)}
    stock = Stock(pool, rules, tags)
    changes = 0
    for number in range(12):
        seed = b"viewer-%d" % number
        orders = (Takeover(0, partial(_arranged, stock, seed), stock=lambda _: stock),)
        found = Course(Programme(orders, fillers=((0, IDENTS),)), HOURLY, MSN, DSN).until(8 * HOUR)
        clips = [clip for clip in aired(found, 0, 8 * HOUR) if clip.asset.id.startswith("film")]
        natural = Arranged(stock, seed)
        plain = [clip for cycle in range(3) for clip in natural.cycle(cycle).clips][: len(clips)]
        changes += [one.asset for one in clips] != [one.asset for one in plain]
        wanted, got = (_least(some, rules, stock) for some in (plain, clips))
        assert all(after >= min(asked, was) for after, was, asked in zip(got, wanted, _asked(rules), strict=True))
    assert changes > 6


def _arranged(stock: Stock, seed: bytes, avoid: tuple[str, ...], _: int) -> Arranged:
    return Arranged(stock, seed, avoid)


def _asked(rules: Rules) -> list[int]:
    return [rules.repeat_clips, *rules.spacing.values()]


def _least(clips: list[Clip], rules: Rules, stock: Stock) -> list[int]:
    """The least number of clips between two airings of one, and between two of each tag: by comparing all pairs."""
    whole = [clip for clip in clips if clip.first == 0]
    names = [clip.asset.id for clip in whole]
    found = [
        min(
            (b - a - 1 for a, one in enumerate(names) for b in range(a + 1, len(names)) if names[b] == one),
            default=999,
        )
    ]
    for tag in rules.spacing:
        having = [n for n, name in enumerate(names) if stock.tags[tag][stock.index_of[name]]]
        found.append(min((b - a - 1 for a, b in pairwise(having)), default=999))
    return found


def test_a_break_is_filled_with_what_fits_it() -> None:
    spots = tuple(Clip.whole(Asset(f"spot{n}", (0, (7 + n) * SECOND))) for n in range(12))  # 7 to 18 s
    show = (even("one", 10), even("two", 10))
    among = spans(moment("show", 10 * MINUTE_MS, show, [(1, 61_000, spots)]))
    begins = (600 + 40) * SECOND
    for number in range(20):
        succession = course(f"viewer-{number}", films(9), among).until(HOUR)
        pod = aired(succession, begins, begins + 61 * SECOND)
        shown = [clip for clip in pod if clip.asset.id.startswith("spot")]
        assert all(map(is_whole, shown))
        assert sum(clip.ticks for clip in shown) >= 52 * SECOND
        assert succession.place(begins + 61 * SECOND).tick == begins + 61 * SECOND


def test_what_is_promised_is_not_exchanged() -> None:
    pool = films(30)
    stock, put_in = Stock(pool), even("edit", 30)
    gap = pool[7].ticks + pool[9].ticks
    free = Ahead(Shuffled(stock, b"v"))
    look = chosen(free, gap, stock, None)
    assert look.wait or look.ahead != free
    held = free._replace(queue=(put_in,))
    assert chosen(held, gap, stock, None) == (0, held)


def test_nothing_is_taken_from_beyond_the_end_of_a_plan() -> None:
    pool = films(12)
    plan = Given(pool)
    waiting = pool[-6:]
    ahead = Ahead(plan, repeats=False, offset=plan.ticks, queue=waiting, spare=6)
    for gap in range(SECOND, ahead.length or 0, 40 * SECOND):
        look = chosen(ahead, gap, Stock(pool), None)
        assert sorted(clip.asset.id for clip in look.ahead.queue) == sorted(
            clip.asset.id for clip in waiting[-len(look.ahead.queue) :]
        )
        assert look.ahead.offset == plan.ticks


def test_targets_are_those_known_at_the_time() -> None:
    before = spans(moment("first", 60 * MINUTE_MS, SHOW))
    horizon = 50 * 60 * SECOND
    after = changed(before, horizon, moment("second", 70 * MINUTE_MS, SHOW))
    found = [tuple(one) for one in targets(after, 0, 2 * HOUR)]
    assert found == [(0, horizon, HOUR), (horizon, 70 * 60 * SECOND - SHORTEST, 70 * 60 * SECOND)]
    far = changed(before, horizon - LOOK_TICKS, moment("second", 70 * MINUTE_MS, SHOW))
    assert far.outlooks == ()
