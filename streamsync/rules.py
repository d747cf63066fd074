"""`streamsync channel rules`: in what order the clips of a pool air, and what is kept of what was asked for."""

import re
from typing import Annotated

import typer
from pydantic import ValidationError

from manifest_server.admin.rules_views import RulesView
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import mistake
from storage.programme import Rules
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, print_facts, print_json

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_OF = {"spacing": "spacing", "limit": "limits"}
_REPEAT = re.compile(r"([0-9]{1,9})([smhd]?)")


def rules(
    name: Annotated[str, typer.Argument(help="The channel's name.", show_default=False)],
    said: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE...", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be kept of them.")] = False,
    json: Json = False,
) -> None:
    """Set the rules for the order of a channel's clips, all of them; without any, show them.

    Names: order (shuffled: a new order in every cycle, for every viewer; fixed: that of the pool; weighted: what a
    viewer likes comes earlier), repeat (how many others are between two airings of an asset, or with s, m, h or d how
    long they last; both may be given), spacing.TAG (how many clips without the tag are between two with it) and
    limit.TAG (how many clips with the tag air in a cycle). Those that cannot all be met are relaxed, and it says so:
    a limit never is, then spacing, then a repeat in time, and one in clips first.

    Examples:

        streamsync channel rules main

        streamsync channel rules main repeat=12 repeat=2h spacing.news=3 limit.ads=4 --dry-run

        streamsync channel rules main order=shuffled
    """
    checked_name("channel", name)
    asked = None if said is None else _rules(said).model_dump(mode="json")
    at = ("channels", name, "rules")
    with doors(load()) as door:
        if asked is None:
            found = door.ask(RulesView, "GET", place(*at))
        elif dry_run:
            found = door.ask(RulesView, "POST", place(*at, "try"), asked)
        else:
            found = door.ask(RulesView, "PUT", place(*at), asked)
    if json:
        print_json(found)
        return
    facts = {"channel": found.channel, "order": found.rules.order}
    facts["cycle"] = f"{found.clips} clips of a pool of {found.pool}"
    print_facts(
        facts
        | {f"kept {number}": text for number, text in enumerate(found.met, 1)}
        | {f"relaxed {number}": text for number, text in enumerate(found.relaxed, 1)}
    )


def _rules(said: list[str]) -> Rules:
    """The rules of `NAME=VALUE`. Raises BadInput."""
    values: dict[str, dict[str, object]] = {"spacing": {}, "limits": {}, "": {}}
    for text in said:
        of, name, value = _parted(text)
        if name in values[of]:
            raise BadInput(f"{text[:80]!r}: that was said already")
        values[of][name] = value
    try:
        return Rules.model_validate({**values.pop(""), **values})
    except ValidationError as error:
        raise mistake(error, "the rules") from None


def _parted(text: str) -> tuple[str, str, object]:
    """The field that something is said of, or "" for the rules themselves, with name and value."""
    name, equals, value = text.partition("=")
    kind, dot, tag = name.partition(".")
    if equals and dot and kind in _OF:
        return _OF[kind], tag, value
    if equals and name == "order":
        return "", name, value
    if not equals or name != "repeat":
        raise BadInput(f"{text[:80]!r}: it is order=, repeat=, spacing.TAG= or limit.TAG=, and a value")
    found = _REPEAT.fullmatch(value)
    if found is None:
        raise BadInput(f"{text[:80]!r}: a repeat is a number of clips, or of s, m, h or d")
    number, unit = int(found[1]), found[2]
    return ("", "repeat_s", number * _SECONDS[unit]) if unit else ("", "repeat_clips", number)
