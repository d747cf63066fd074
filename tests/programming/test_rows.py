"""What a plan writes down is the beginning of the lineup, under whatever rules."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.programming.draws import NEVER
from manifest_server.programming.orders import by_weight
from manifest_server.programming.rows import rows
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from tests.programming.stocks import large_stocks, names, stock, stocks, weighted


@settings(deadline=None, max_examples=60)
@given(
    (stocks() | large_stocks()).map(weighted), st.integers(0, 2**32), st.integers(1, 90_000_000), st.integers(1, 200)
)
def test_a_row_is_the_beginning_of_the_order_by_weight(of: Stock, seed: int, span: int, most: int) -> None:
    octaves = np.random.default_rng(seed).choice([NEVER, -300, 0, 0, 400, 768], (3, len(of.clips))).astype(np.int16)
    seeds = [b"lineup %d" % viewer for viewer in range(3)]
    for one, weights, row in zip(seeds, octaves, rows(of, seeds, octaves, span, most), strict=True):
        if (weights == NEVER).all():
            assert row.size == 0
            continue
        order = by_weight(of, weights, one)
        aired = names(order, range(-(-len(row) // order.clips)))
        assert [of.clips[index].asset.id for index in row] == aired[: len(row)]
        assert of.ticks[row[:-1]].sum() < span  # no more than it takes
        assert len(row) == most or (len(row) < most and of.ticks[row].sum() >= span)


def test_a_pool_of_very_short_clips_has_a_row_of_as_many_as_there_may_be() -> None:
    of = stock([1, 1, 1], Rules(order="weighted", repeat_clips=2))
    octaves = np.zeros((1, 3), dtype=np.int16)
    [row] = rows(of, [b"x"], octaves, 7 * 24 * 3600 * 90_000, 100)
    assert len(row) == 100
