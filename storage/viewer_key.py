"""The key that viewer tokens are signed with: made once, by whoever first needs it, for all servers."""

import re

from storage import keys
from storage.errors import Unavailable
from storage.redis_link import Link, text

BYTES = 32
FORM = rf"^[0-9a-f]{{{2 * BYTES}}}$"


class ViewerKey:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def shared(self, otherwise: str) -> str:
        """The key that there is; if there is none, it is `otherwise` from now on (hexadecimal digits)."""
        take = ("SET", keys.VIEWER_KEY, otherwise, "NX")
        return _checked(text((await self._link.ask(keys.VIEWER_KEY, take, ("GET", keys.VIEWER_KEY)))[1]))

    async def known(self) -> str | None:
        """The key that there is."""
        stored = (await self._link.ask(keys.VIEWER_KEY, ("GET", keys.VIEWER_KEY)))[0]
        return None if stored is None else _checked(text(stored))

    async def put(self, key: str) -> None:
        """Have another key: servers sign with it within a minute, and take what they signed before until they end."""
        await self._link.ask(keys.VIEWER_KEY, ("SET", keys.VIEWER_KEY, key))


def _checked(stored: str) -> str:
    if re.fullmatch(FORM, stored) is None:
        raise Unavailable(f"catalogue: {keys.VIEWER_KEY} does not hold a key")
    return stored
