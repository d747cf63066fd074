"""Names of a long file: what contradicts an earlier row is found, on the disk as in memory."""

import random

import pytest

from manifest_server.admin import bulk_names
from manifest_server.admin.bulk_names import Fault, Names, digest


@pytest.mark.parametrize("run", [1 << 19, 7], ids=["in memory", "on the disk"])
def test_rows_that_contradict_earlier_ones_are_found(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    monkeypatch.setattr(bulk_names, "_RUN", run)
    names = Names()
    for row in range(1, 101):
        names.says("viewer", f"v{row}", row, row)
    names.says("viewer", "v7", 7, 101)  # the same again
    names.says("viewer", "v7", 8, 102)
    names.says("viewer", "v7", 7, 103)
    names.says("lineup", "v7", 8, 104)  # something else of this name
    names.needs("lineup", "v7", 103)
    names.needs("lineup", "v7", 105)
    names.needs("lineup", "none", 106)
    lineup, none, viewer = digest("lineup", "v7"), digest("lineup", "none"), digest("viewer", "v7")
    assert sorted(names.faults()) == [Fault(102, viewer, 7), Fault(103, lineup, None), Fault(106, none, None)]
    names.close()


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_a_dict_finds(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(bulk_names, "_RUN", 50)
    draw, names = random.Random(seed), Names()
    said: dict[str, tuple[int, int]] = {}
    expected: list[tuple[int, int | None]] = []
    for row in range(1, 1000):
        name, content = f"n{draw.randrange(300)}", draw.choice([2, 4])
        if draw.random() < 0.3:
            names.needs("lineup", name, row)
            if name not in said:
                expected.append((row, None))
            continue
        names.says("lineup", name, content, row)
        first, before = said.setdefault(name, (row, content))
        if before != content:
            expected.append((row, first))
    assert sorted((row, before or 0) for row, _, before in names.faults()) == [(r, b or 0) for r, b in expected]
    names.close()


def test_no_names_have_no_faults() -> None:
    names = Names()
    assert list(names.faults()) == []
    names.close()
