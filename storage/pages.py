"""A hash page by page: what a page costs does not depend on how much there is."""

import re
from itertools import count

from storage.errors import BadInput
from storage.redis_link import Link, text

_AFTER = re.compile(r"([0-9]{1,20})\.([0-9]{1,6})")
_CURSOR_LIMIT = 1 << 64
# Of those that are looked for by how they begin: so many are passed at a step, and for one page at most so many steps
# are taken, at under a millisecond each. Fewer than `limit` may be found by then.
_STEP, _STEPS = 1000, 200


async def page(
    link: Link, key: str, after: str | None, limit: int, prefix: str = ""
) -> tuple[list[tuple[str, str]], str | None]:
    """At most `limit` fields with their values, and the `after` of the next page; None after the last.

    `prefix`: only fields that begin with it, which has nothing in it that a glob would take for more than itself.
    In no order. While the hash grows or shrinks some may come twice, and at the edge of a page be passed over.
    `after` means nothing to another server: after a fail-over begin anew. Raises BadInput, Unavailable.
    """
    cursor, skipped = _place(after)
    found: list[tuple[str, str]] = []
    asked = ("MATCH", prefix + "*", "COUNT", _STEP) if prefix else ("COUNT", limit)
    for step in count(1):
        answer = (await link.ask(key, ("HSCAN", key, cursor, *asked)))[0]
        following, fields = int(answer[0]), answer[1]
        pairs = list(fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True))
        room = limit - len(found)
        found += [(text(field), text(value)) for field, value in pairs[skipped : skipped + room]]
        # Redis answers with whole buckets, and with all of a small hash: the rest of them is for the next page.
        if skipped + room < len(pairs):
            return found, f"{cursor}.{skipped + room}"
        if following == 0:
            return found, None
        if len(found) == limit or step == _STEPS:
            return found, f"{following}.0"
        cursor, skipped = following, 0
    raise AssertionError("a step returns")


def _place(after: str | None) -> tuple[int, int]:
    if after is None:
        return 0, 0
    parts = _AFTER.fullmatch(after)
    if parts is None or int(parts[1]) >= _CURSOR_LIMIT:
        raise BadInput(f"after {after[:80]!r}: it is the `next` of the page before")
    return int(parts[1]), int(parts[2])
