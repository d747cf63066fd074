"""`streamsync audit` and `streamsync undo`: who changed what on a channel, and taking a change back."""

from typing import Annotated

import typer

from manifest_server.admin.audit_views import AuditLine, AuditPage, UndoneView
from manifest_server.admin.changes import Effects
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.effects import Change, print_effects
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, print_facts, print_json, print_table

Channel = Annotated[str, typer.Argument(help="The channel's name.", show_default=False)]


def audit(
    channel: Annotated[
        str | None, typer.Argument(help="The channel's name; without, what is of none.", show_default=False)
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many changes, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """Show who changed what on a channel, its lineups and viewers, when and why. With --json: before and after, too.

    Without a channel: who signed in or was refused, and who made, changed or took away accounts and tokens.

    Examples:

        streamsync audit main

        streamsync audit

        streamsync audit main --count 1000 --json
    """
    found: list[AuditLine] = []
    with doors(load()) as door:
        where = "audit" if channel is None else _path(channel, "audit")
        for page in door.pages(AuditPage, where, {"limit": min(count, 100)}):
            found += page.entries
            if len(found) >= count:
                break
    if json:
        print_json(found[:count])
    elif found:
        table = columns("entry", "at", "who", "verb", "what", "why")
        for one in found[:count]:
            add_row(table, one.id, one.at, one.who, one.verb, one.text, one.why)
        print_table(table)
    else:
        err.print("nothing was changed since the audit trail began")


@grouped
def undo(
    channel: Channel,
    change: Change,
    entry: Annotated[
        str | None, typer.Option(help="A change of the audit trail; else the newest.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Take back the newest change of a channel, or say why it cannot be. What players may have listed stays.

    This is a change, too: undone again, it is as before. A change that the same was changed after is not taken back.

    Examples:

        streamsync undo main --dry-run

        streamsync undo main --entry 1767225600000-0 --why "the wrong channel"
    """
    with doors(load()) as door:
        path, body = _path(channel, "undo"), {"entry": entry}
        found = change.asked(door, UndoneView, "POST", path, body)
    if isinstance(found, Effects):
        print_effects(found, json)
    elif json:
        print_json(found)
    else:
        one = found.undone
        facts = {"undone": one.text, "was made": f"by {one.who} at {one.at}, {one.verb}"}
        print_facts(facts | ({} if found.version is None else {"version": str(found.version)}))


def _path(channel: str, *rest: str) -> str:
    return place("channels", checked_name("channel", channel), *rest)
