"""The ladder: which rungs a picture is encoded in, and how large. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

# Encoders crop to whole blocks (848x480, 1916x1076): so much enlargement is not upscaling.
TOLERANCE = Fraction(102, 100)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung before it is fitted to a picture: a 16:9 box, and what H.264 may cost in it."""

    name: str
    width: int
    height: int
    profile: Literal["high", "main"]
    level: str
    rate_kbps: int


# Levels hold 60 frames per second in the whole box, so CODECS is the same for every asset.
STEPS = (
    Step("1080p", 1920, 1080, "high", "4.2", 5000),
    Step("720p", 1280, 720, "high", "3.2", 2800),
    Step("480p", 854, 480, "main", "3.1", 1400),
    Step("360p", 640, 360, "main", "3.1", 800),
    Step("240p", 426, 240, "main", "3.0", 400),
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of an asset: the encoded size, and the picture's size in it (smaller where padded)."""

    step: Step
    width: int
    height: int
    picture_width: int
    picture_height: int

    @property
    def name(self) -> str:
        """As in URLs: "720p"."""
        return self.step.name

    @property
    def is_padded(self) -> bool:
        """Whether there are bars."""
        return (self.width, self.height) != (self.picture_width, self.picture_height)


def rungs(width: int, height: int, aspect: Literal["pad", "keep"]) -> tuple[Rung, ...]:
    """The rungs, best first, of a picture shown `width` x `height` with square pixels; at least one.

    Nothing is enlarged: a picture smaller than the smallest box gets the one rung "240p" at its own size.
    """
    kept = tuple(
        _fitted(step, step.width, step.height, width, height, aspect)
        for step in STEPS
        if _scale(step.width, step.height, width, height) <= TOLERANCE
    )
    return kept or (_own_size(width, height, aspect),)


def _scale(box_width: int, box_height: int, width: int, height: int) -> Fraction:
    return min(Fraction(box_width, width), Fraction(box_height, height))


def _fitted(
    step: Step, box_width: int, box_height: int, width: int, height: int, aspect: Literal["pad", "keep"]
) -> Rung:
    scale = _scale(box_width, box_height, width, height)
    picture = min(_even(width * scale), box_width), min(_even(height * scale), box_height)
    if aspect == "keep":
        return Rung(step, *picture, *picture)
    # A bar of a few pixels is a rounding error, not a shape: 848x480 fills the box of 854x480.
    if box_width - picture[0] <= box_width // 100 and box_height - picture[1] <= box_height // 100:
        picture = box_width, box_height
    return Rung(step, box_width, box_height, *picture)


def _own_size(width: int, height: int, aspect: Literal["pad", "keep"]) -> Rung:
    width, height = max(2, width // 2 * 2), max(2, height // 2 * 2)
    if aspect == "keep":
        return Rung(STEPS[-1], width, height, width, height)
    box_width = max(width, 2 * ceil(Fraction(height * 16, 9) / 2))
    box_height = max(height, 2 * ceil(Fraction(width * 9, 16) / 2))
    return Rung(STEPS[-1], box_width, box_height, width, height)


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))
