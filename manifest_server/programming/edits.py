"""The change horizon: a change takes over beyond everything a player may have seen. Pure."""


def horizon(position: int, lookahead: int, margin: int) -> int:
    """The change horizon at `position`: past every edge that a server may list within `margin` ticks from now."""
    return position + lookahead + margin
