from manifest_server.playout.lineup import Clip
from manifest_server.programming.pool import Revision, derived, derived_id
from tests.playout.builders import SECOND, asset

OLD = tuple(Clip.whole(asset(f"old{number}", 4.0, 4.0)) for number in range(4))  # a cycle of 32 s
NEW = tuple(Clip.whole(asset(f"new{number}", 3.0)) for number in range(3))


def test_a_lineup_depends_on_channel_and_viewer_alone() -> None:
    assert derived_id("main", "alice") == "d-e502acd69dfe1a8922a06ebb"
    assert len({derived_id(channel, viewer) for channel in ("a", "b") for viewer in ("a", "b", "c")}) == 6


def test_a_name_cannot_be_moved_between_channel_and_viewer() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")


def test_each_viewer_goes_over_to_a_new_pool_at_their_own_boundary() -> None:
    both = derived("d-x", [Revision(0, OLD), Revision(41 * SECOND, NEW)], 100, 10)
    assert [lineup.start for lineup in both.lineups] == [0, 48 * SECOND]
    assert (both.lineups[1].msn, both.lineups[1].dsn) == (112, 16)
    assert both.place(48 * SECOND - 1).clip in OLD
    assert both.place(48 * SECOND).clip in NEW


def test_a_revision_overtaken_before_a_boundary_never_airs() -> None:
    both = derived("d-x", [Revision(0, OLD), Revision(41 * SECOND, NEW[:1]), Revision(42 * SECOND, NEW)], 100, 10)
    assert [lineup.start for lineup in both.lineups] == [0, 48 * SECOND]
    assert both.lineups[1].order.clips == 3


def test_what_aired_does_not_change_with_later_revisions() -> None:
    one = derived("d-x", [Revision(0, OLD)], 100, 10)
    two = derived("d-x", [Revision(0, OLD), Revision(400 * SECOND, NEW)], 100, 10)
    three = derived("d-x", [Revision(0, OLD), Revision(400 * SECOND, NEW), Revision(900 * SECOND, OLD)], 100, 10)
    for second in range(400):
        assert one.place(second * SECOND) == two.place(second * SECOND) == three.place(second * SECOND)
    for second in range(400, 900):
        assert two.place(second * SECOND) == three.place(second * SECOND)


def test_a_clip_does_not_follow_itself_from_pool_to_pool() -> None:
    for viewer in range(60):
        both = derived(f"d-{viewer}", [Revision(0, OLD), Revision(1, OLD)], 0, 0)
        start = both.lineups[1].start
        assert both.place(start - 1).clip != both.place(start).clip
