"""Edits: a successor that takes over beyond everything a player may have seen. Pure."""

from manifest_server.playout.lineup import Lineup, Order, Succession


class TooLate(ValueError):
    """The lineup ends before a change could take effect."""


def succeed(succession: Succession, horizon: int, order: Order, repeats: bool) -> Succession:
    """`succession` with `order` taking over at its first clip boundary at or after the tick `horizon`.

    The numbers are carried on; changes pending beyond that boundary are dropped. Raises TooLate.
    """
    found = succession.boundary(horizon)
    if found is None:
        raise TooLate("the lineup has ended before the change horizon")
    return succession.succeeded(Lineup(found.tick, found.msn, found.dsn, order, repeats))


def horizon(position: int, lookahead: int, margin: int) -> int:
    """The change horizon at `position`: past every edge that a server may list within `margin` ticks from now."""
    return position + lookahead + margin
