"""The key that viewer tokens are signed with: made once, by whoever first needs it, for all servers."""

from storage import keys
from storage.errors import Unavailable
from storage.redis_link import Link, text

BYTES = 32


class ViewerKey:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def shared(self, otherwise: str) -> str:
        """The key that there is; if there is none, it is `otherwise` from now on (hexadecimal digits)."""
        take = ("SET", keys.VIEWER_KEY, otherwise, "NX")
        stored = text((await self._link.ask(keys.VIEWER_KEY, take, ("GET", keys.VIEWER_KEY)))[1])
        if len(stored) != 2 * BYTES:
            raise Unavailable(f"catalogue: {keys.VIEWER_KEY} does not hold a key")
        return stored
