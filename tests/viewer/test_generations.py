"""The bounded memory of the fast lane."""

from manifest_server.viewer.generations import Generations


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    gone: list[str] = []
    kept = Generations[int, str](10, gone.append)
    for number in range(100):
        kept.keep(number, f"value {number}")
        found = kept.get(0)
        if found is not None and 0 not in kept.young:
            kept.keep(0, found)
    assert kept.get(0) == "value 0"
    assert kept.get(99) == "value 99"
    assert kept.get(50) is None
    assert len(kept) <= 12
    assert "value 0" not in gone
    assert "value 50" in gone
    assert len(gone) == len(set(gone))


def test_weight_counts_as_what_is_kept_grows() -> None:
    kept = Generations[int, str](10)
    kept.keep(1, "one", 2)
    kept.weigh(4)
    kept.keep(2, "two", 6)
    assert kept.get(1) is None
    assert kept.get(2) == "two"


def test_without_room_nothing_is_kept() -> None:
    kept = Generations[int, str](0)
    kept.keep(1, "one")
    assert kept.get(1) is None
    assert len(kept) == 0
