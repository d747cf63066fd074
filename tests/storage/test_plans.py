"""Shards of plans: what is packed is read again, the bytes are what they are said to be, and damage is told."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import Unavailable
from storage.plans import Shard, index_bits, packed, shard_of

ONE, TWO = b"\0" * 11 + b"\1", b"\0" * 11 + b"\2"
GOLDEN = bytes.fromhex(
    "53535031" "02" "00" "0000" "02000000"
    "000000000000000000000001" "000000000000000000000002"
    "03000000" "07000000"
    "0300" "90"          # 2, 1, 0 in two bits each
    "0500" "1b40"        # 0, 1, 2, 3, 1
)  # fmt: skip


def row(*indexes: int) -> np.ndarray:
    return np.array(indexes, dtype=np.intp)


def test_a_shard_is_these_bytes() -> None:
    data = packed([ONE, TWO], [row(2, 1, 0), row(0, 1, 2, 3, 1)], 4)
    assert data[:-16] == GOLDEN
    shard = Shard(data, 4)
    assert (shard.clips(ONE), shard.clips(TWO), shard.clips(b"\0" * 12)) == ((2, 1, 0), (0, 1, 2, 3, 1), None)


@settings(deadline=None)
@given(st.integers(1, 65536), st.dictionaries(st.binary(min_size=12, max_size=12), st.integers(0, 60)), st.integers())
def test_what_is_packed_is_read_again(assets: int, sizes: dict[bytes, int], seed: int) -> None:
    drawn = np.random.default_rng(abs(seed))
    ids = sorted(sizes)
    rows = [drawn.integers(0, assets, sizes[one]) for one in ids]
    shard = Shard(packed(ids, rows, assets), assets)
    assert shard.ids() == ids
    assert [shard.clips(one) for one in ids] == [tuple(one.tolist()) for one in rows]
    assert shard.clips(b"between them") is None or b"between them" in ids


@pytest.mark.parametrize(("assets", "bits"), [(1, 1), (2, 1), (3, 2), (1000, 10), (1024, 10), (1025, 11)])
def test_an_index_takes_as_many_bits_as_it_needs(assets: int, bits: int) -> None:
    assert index_bits(assets) == bits


def test_a_day_of_clips_of_six_minutes_takes_318_bytes() -> None:
    one = len(packed([ONE], [np.arange(240)], 1000))
    assert len(packed([ONE, TWO], [np.arange(240)] * 2, 1000)) - one == 12 + 4 + 2 + 300


@pytest.mark.parametrize("at", range(len(GOLDEN) + 16))
def test_a_byte_that_is_another_is_told(at: int) -> None:
    data = bytearray(packed([ONE, TWO], [row(2, 1, 0), row(0, 1, 2, 3, 1)], 4))
    data[at] ^= 0x40
    with pytest.raises(Unavailable, match="is no shard of this plan: its digest is another"):
        Shard(bytes(data), 4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((0, b"SSP2"), "begins with something else"),
        ((4, b"\3"), "begins with something else"),
        ((6, b"\1"), "begins with something else"),
        ((8, b"\3"), "rows do not fill it"),
        ((8, b"\xff\xff\xff\xff"), "rows do not fill it"),
        ((40, b"\x08"), "rows do not fill it"),
        ((36, b"\x01"), "row 0 has another length"),
        ((36, b"\xff\xff\xff\xff"), "row 0 has another length"),
        ((44, b"\xff"), "row 0 has another length"),
    ],
)
def test_bytes_that_somebody_signed_are_not_trusted_either(change: tuple[int, bytes], says: str) -> None:
    body = bytearray(GOLDEN)
    body[change[0] : change[0] + len(change[1])] = change[1]
    data = bytes(body) + blake2b(body, digest_size=16).digest()
    with pytest.raises(Unavailable, match=says):
        Shard(data, 4, "plans/main/1/0.bin").clips(ONE)


def test_an_index_that_no_asset_has_is_told() -> None:
    with pytest.raises(Unavailable, match="row 1 names an asset that is not there"):
        Shard(packed([ONE, TWO], [row(2, 1), row(0, 3)], 4), 3).clips(TWO)


@pytest.mark.parametrize("data", [b"", b"SSP1", b"\0" * 27])
def test_what_is_too_short_is_no_shard(data: bytes) -> None:
    with pytest.raises(Unavailable, match="too short"):
        Shard(data, 4)


def test_ids_out_of_order_are_not_packed() -> None:
    with pytest.raises(ValueError, match="ids ascend"):
        packed([TWO, ONE], [row(0), row(0)], 4)


def test_a_lineup_is_in_the_shard_of_its_first_bits() -> None:
    low, high = b"\x00" * 12, b"\xff" * 12
    assert [shard_of(one, 4) for one in (low, b"\x3f" + high[1:], b"\x40" + low[1:], high)] == [0, 0, 1, 3]
    assert shard_of(high, 1 << 18) == (1 << 18) - 1
