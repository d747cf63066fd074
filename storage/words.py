"""Words: what is published of what changed, for whoever listens to events; nobody need hear them."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from storage import keys
from storage.errors import Unavailable
from storage.redis_link import Link


class Words:
    """A part of the catalogue (catalogue.py)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def say(self, kind: str, name: str) -> None:
        """Tell of what has no stream of changes; one that cannot be said is no loss."""
        with suppress(Unavailable):
            await self._link.ask(keys.EVENTS, ("PUBLISH", keys.EVENTS, f"{kind} {name}"))

    async def heard(self, ready: Callable[[], None]) -> AsyncIterator[tuple[str, str]]:
        """Kind and name of what changed; kind "": the name is of a source whose stream of changes has grown.

        `ready` is called once: from then on nothing is missed. Ends with Unavailable, when the connection does.
        """
        async for channel, word in self._link.listen(keys.CHANGES, keys.EVENTS, ready=ready):
            if channel == keys.CHANGES:
                yield "", word
            else:
                kind, _, name = word.partition(" ")
                yield kind, name
