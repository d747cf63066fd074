"""What an event tells: that something changed, by its name. Pure."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from storage.job_records import JobAnswer
from storage.keys import ALL_ASSETS

LISTED = 20  # names in one event, and events of one look: of more is told that there are many


class Happened(BaseModel):
    """What is known of it. `name` null: so many that the list of them is to be loaded anew.

    `kinds` and `names`: of a channel, what of it changed ("channel", "lineup", "viewer"), and whose; many have no
    names. `job`: as it is now; null: it was forgotten.
    """

    name: str | None = None
    kinds: list[str] = []
    names: list[str] = []
    job: JobAnswer | None = None


def of_source(source: str, entries: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Happened]]:
    """The events, each with its kind, of what changed in a source of changes: a channel, or all of something."""
    if not entries:
        return
    if source[:1] != "{":
        kinds, names = list(dict.fromkeys(kind for kind, _ in entries)), dict.fromkeys(name for _, name in entries)
        yield "channel", Happened(name=source, kinds=kinds, names=list(names) if len(names) <= LISTED else [])
        return
    event = "asset" if source == ALL_ASSETS else source.strip("{}").removesuffix("s")
    changed: dict[str, dict[str, None]] = {}
    for kind, name in entries:
        changed.setdefault(name, {})[kind] = None
    if len(changed) > LISTED:
        yield event, Happened(name=None)
        return
    for name, found in changed.items():
        yield event, Happened(name=name, kinds=list(found))
