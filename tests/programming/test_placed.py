"""Until when filler, moments and edits may list an asset."""

import pytest

from manifest_server.programming.placed import LONGEST_TICKS, Span, edit_spans, programme_spans
from manifest_server.programming.revisions import amended
from manifest_server.programming.spans import Spans
from storage.clips import ClipRecord
from storage.programme import Break, Edit, Moment
from storage.records import ChannelRecord, PoolRevision

SECOND = 90_000
EPOCH_MS = 1_767_225_600_000
HOUR_MS = 3_600_000
LOOKBACK = 60 * SECOND
CLIPS = (ClipRecord(asset="a"), ClipRecord(asset="b"), ClipRecord(asset="a"))
LENGTHS = {"a": 10 * SECOND, "b": 5 * SECOND}
NONE = Spans((), EPOCH_MS)
MAIN = ChannelRecord(name="main", epoch_ms=EPOCH_MS, revisions=(PoolRevision(tick=0, assets=("x",)),))
WHY = "it is in the moment 'm'"
LAST_LIST = ", and may be in the last list, which stands until it is started anew"


def moment(**what: object) -> Moment:
    return Moment.model_validate({"id": "m", "at_ms": EPOCH_MS + HOUR_MS, "clips": CLIPS, **what})


def changed(**what: object) -> ChannelRecord:
    return MAIN.model_copy(update=what)


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (moment(), Span(WHY, 3625 * SECOND + LOOKBACK)),
        (
            moment(breaks=(Break(after=1, length_ms=7000, pool=(ClipRecord(asset="y"),)),)),
            Span(WHY, 3632 * SECOND + LOOKBACK),
        ),
        (moment(loops_until_ms=EPOCH_MS + 2 * HOUR_MS), Span(WHY, 7225 * SECOND + LOOKBACK)),
        (moment(every_ms=HOUR_MS), Span(f"{WHY}, which comes again and again: take that away", None)),
        # At one, two and three o'clock: until is not included.
        (
            moment(every_ms=HOUR_MS, until_ms=EPOCH_MS + 4 * HOUR_MS),
            Span(WHY, 3 * 3600 * SECOND + 25 * SECOND + LOOKBACK),
        ),
    ],
)
def test_a_moment_keeps_what_it_shows_until_its_last_coming_has_left_the_window(
    planned: Moment, expected: Span
) -> None:
    assert programme_spans(changed(moments=(planned,)), NONE, "a", LENGTHS) == [expected]
    assert programme_spans(changed(moments=(planned,)), NONE, "c", LENGTHS) == []
    in_break = [one.asset for made in planned.breaks for one in made.pool]
    assert [programme_spans(changed(moments=(planned,)), NONE, one, LENGTHS) for one in in_break] == [
        [expected]
    ] * len(in_break)


def test_what_was_shown_when_the_channel_ended_stays_listed() -> None:
    ended = changed(moments=(moment(),), stop_tick=3610 * SECOND)
    assert programme_spans(ended, NONE, "b", LENGTHS) == [Span(WHY + LAST_LIST, None)]
    before = changed(moments=(moment(),), stop_tick=3500 * SECOND)
    assert programme_spans(before, NONE, "b", LENGTHS) == [Span(WHY, 3625 * SECOND + LOOKBACK)]
    after = changed(moments=(moment(),), stop_tick=3690 * SECOND)
    assert programme_spans(after, NONE, "b", LENGTHS) == [Span(WHY, 3625 * SECOND + LOOKBACK)]


def test_an_edit_may_wait_for_the_longest_clip_there_can_be() -> None:
    edit = Edit(id="e", tick=100 * SECOND, clips=CLIPS)
    until = 100 * SECOND + LONGEST_TICKS + 25 * SECOND + LOOKBACK
    assert edit_spans(MAIN, NONE, [edit], "b", LENGTHS) == [Span("it is in the edit 'e'", until)]
    assert programme_spans(changed(edits=(edit,)), NONE, "b", LENGTHS) == [Span("it is in the edit 'e'", until)]
    assert edit_spans(MAIN, NONE, [edit], "c", LENGTHS) == []


def test_an_asset_of_unknown_length_is_taken_to_be_as_long_as_any() -> None:
    (found,) = programme_spans(changed(moments=(moment(),)), NONE, "a", {"a": 10 * SECOND})
    assert found.until == 3620 * SECOND + LONGEST_TICKS + LOOKBACK


def test_filler_stays_until_what_began_before_it_changed_has_ended() -> None:
    with_filler = amended(MAIN.revisions, 50 * SECOND, filler=("i", "j"))
    current = Span("it is its filler: give it other idents", None)
    assert programme_spans(changed(revisions=with_filler), NONE, "i", {}) == [current]
    without = changed(revisions=amended(with_filler, 80 * SECOND, filler=("j",)))
    until = 80 * SECOND + LONGEST_TICKS + 9 * SECOND + LOOKBACK
    assert programme_spans(without, NONE, "i", {}) == [Span("it was its filler", until)]
    assert programme_spans(without, NONE, "j", {}) == [current]
    stopped = without.model_copy(update={"stop_tick": 90 * SECOND})
    assert programme_spans(stopped, NONE, "i", {}) == [Span("it was its filler" + LAST_LIST, None)]
