"""All fields of a hash, some at a time: a hundred thousand lineups in the memory that a few hundred take."""

from collections.abc import AsyncIterator

from storage.errors import Unavailable
from storage.redis_link import Link, text

_COUNT = 200


async def scan(link: Link, key: str) -> AsyncIterator[tuple[str, str]]:
    """Fields and values: each that was there all the while, some twice. Raises Unavailable."""
    count, seen, cursor = int((await link.ask(key, ("HLEN", key)))[0]), 0, "0"
    while True:
        answer = (await link.ask(key, ("HSCAN", key, cursor, "COUNT", _COUNT)))[0]
        cursor, fields = text(answer[0]) if not isinstance(answer[0], int) else str(answer[0]), answer[1]
        pairs = fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True)
        for field, value in pairs:
            seen += 1
            yield text(field), text(value)
        if cursor == "0":
            break
    if seen < count:
        # A cursor means nothing to another server: a fail-over on the way leaves some out.
        raise Unavailable(f"catalogue: {count - seen} fields of {key} were not found again; it is safe to repeat")
