"""The ladder: nothing is enlarged, everything has a rung, every size is even."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packager import ladder

SIDES = st.integers(min_value=1, max_value=8000)


def shapes(width: int, height: int, aspect: str) -> list[str]:
    found = ladder.rungs(width, height, "keep" if aspect == "keep" else "pad")
    return [f"{r.name} {r.width}x{r.height} {r.picture_width}x{r.picture_height}" for r in found]


@pytest.mark.parametrize(
    ("width", "height", "aspect", "rungs"),
    [
        (
            1920,
            1080,
            "pad",
            [
                "1080p 1920x1080 1920x1080",
                "720p 1280x720 1280x720",
                "480p 854x480 854x480",
                "360p 640x360 640x360",
                "240p 426x240 426x240",
            ],
        ),
        (848, 480, "pad", ["480p 854x480 854x480", "360p 640x360 640x360", "240p 426x240 426x240"]),
        (640, 480, "pad", ["480p 854x480 640x480", "360p 640x360 480x360", "240p 426x240 320x240"]),
        (640, 480, "keep", ["480p 640x480 640x480", "360p 480x360 480x360", "240p 320x240 320x240"]),
        (360, 640, "pad", ["480p 854x480 270x480", "360p 640x360 202x360", "240p 426x240 136x240"]),
        (320, 180, "pad", ["240p 320x180 320x180"]),
        (100, 80, "pad", ["240p 144x80 100x80"]),
        (100, 80, "keep", ["240p 100x80 100x80"]),
        (99, 20, "pad", ["240p 98x56 98x20"]),
    ],
)
def test_the_rungs_of(width: int, height: int, aspect: str, rungs: list[str]) -> None:
    assert shapes(width, height, aspect) == rungs


@settings(deadline=None)
@given(width=SIDES, height=SIDES, aspect=st.sampled_from(["pad", "keep"]))
def test_every_picture_has_a_rung_and_no_rung_enlarges(width: int, height: int, aspect: str) -> None:
    rungs = ladder.rungs(width, height, "keep" if aspect == "keep" else "pad")
    assert rungs
    for rung in rungs:
        sides = (rung.width, rung.height, rung.picture_width, rung.picture_height)
        assert all(side % 2 == 0 and side >= 2 for side in sides)
        assert rung.picture_width <= rung.width
        assert rung.picture_height <= rung.height
        # A rounding to even, and the 2 % of cropped encodes, are the most that a side may grow.
        assert rung.picture_width <= width * 1.02 + 2
        assert rung.picture_height <= height * 1.02 + 2


def test_a_large_picture_has_all_five() -> None:
    assert [rung.name for rung in ladder.rungs(3840, 2160, "pad")] == ["1080p", "720p", "480p", "360p", "240p"]
