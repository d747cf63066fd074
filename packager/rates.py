"""Rates: the frame rate that an asset gets. Pure."""

from collections.abc import Mapping
from fractions import Fraction

FASTEST = Fraction(60)

# Each is a whole number of ticks of 1/120000 s per frame.
RATES = (
    *(Fraction(rate) for rate in (5, 6, Fraction(15, 2), 8, 10, 12, Fraction(25, 2), 15, 16, 20)),
    *(Fraction(rate * 1000, 1001) for rate in (12, 15, 24, 30, 60)),
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)),
)
SNAP = Fraction(4, 1000)  # NTSC rates are 0.1 % from whole ones, 24 and 25 are 4 % apart
STEADY = Fraction(9, 10)  # of all frame distances alike: a constant rate, though some frames be missing


def chosen(average: Fraction | None, header: Fraction | None, deltas: Mapping[int, int], base: Fraction) -> Fraction:
    """The rate to encode at, one of RATES, at most 60.

    `deltas` counts the distances of frames in units of `base` seconds, `average` is what the packets give over
    the whole length and `header` what the file says. A variable rate gets that of its commonest distance.
    """
    common, share = _commonest(deltas, base)
    if common is not None and share >= STEADY:
        return nearest(common)
    for rate in (average, header):
        if rate is not None and abs(nearest(rate) / halved(rate) - 1) <= SNAP:
            return nearest(rate)
    return nearest(common or average or header or Fraction(25))


def nearest(rate: Fraction) -> Fraction:
    """The closest of RATES, by ratio; rates above 60 are halved until they are not."""
    slow = halved(rate)
    return min(RATES, key=lambda known: max(known / slow, slow / known))


def halved(rate: Fraction) -> Fraction:
    """`rate` divided by two until it is at most 60."""
    while rate > FASTEST * (1 + SNAP):
        rate /= 2
    return rate


def _commonest(deltas: Mapping[int, int], base: Fraction) -> tuple[Fraction | None, Fraction]:
    """The rate of the commonest distance and its share of all."""
    known = {delta: count for delta, count in deltas.items() if delta > 0}
    if not known:
        return None, Fraction(0)
    top = max(known, key=lambda delta: (known[delta], -delta))
    # A clock of milliseconds counts 1/30 s as 33, 33 and 34: neighbours are the same distance.
    alike = {delta: count for delta, count in known.items() if abs(delta - top) <= 1}
    count = sum(alike.values())
    ticks = sum(delta * times for delta, times in alike.items())
    return 1 / (Fraction(ticks, count) * base), Fraction(count, sum(known.values()))
