"""Readers of segments never do worse than say that the bytes are malformed."""

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packager import boxes, tsfile
from packager.boxes import Malformed


@settings(deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    for read in (boxes.init, boxes.fragment, tsfile.segment):
        with pytest.raises(Malformed):
            read(data)


@settings(deadline=None)
@given(body=st.binary(min_size=187, max_size=187), count=st.integers(1, 4))
def test_any_transport_packets_are_read_or_malformed(body: bytes, count: int) -> None:
    with pytest.raises(Malformed):
        tsfile.segment((b"G" + body) * count)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0\0", "3 stray bytes at 0"),
        (pack(">I4s", 4, b"free"), "box b'free' at 0 is 4 bytes long, there are 8"),
        (pack(">I4s", 16, b"free"), "box b'free' at 0 is 16 bytes long, there are 8"),
        (pack(">I4sQ", 1, b"free", 99), "box b'free' at 0 is 99 bytes long, there are 16"),
    ],
)
def test_boxes_fill_their_parent_exactly(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        list(boxes.walk(data))
    assert str(caught.value) == message


def test_a_wide_box_is_read() -> None:
    assert list(boxes.walk(pack(">I4sQ", 1, b"free", 20) + b"abcd")) == [boxes.Box("free", 16, 20)]


@pytest.mark.parametrize("sample", [b"\0\0\0\0", b"\0\0\0\5\x65", b"\0\0\0\1"])
def test_nal_units_fill_their_sample(sample: bytes) -> None:
    with pytest.raises(Malformed):
        boxes.nal_kinds(sample, 4)


def test_the_kinds_of_nal_units() -> None:
    assert boxes.nal_kinds(b"\0\0\0\1\x67\0\0\0\2\x68\xff\0\0\0\1\x65", 4) == (7, 8, 5)
