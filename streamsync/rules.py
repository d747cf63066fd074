"""`streamsync channel rules`: in what order the clips of a pool air, and what is kept of what was asked for."""

import re
from typing import Annotated

import typer
from pydantic import ValidationError

from manifest_server.admin.rules_views import RulesView
from manifest_server.programming.day_parts import zone_text
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import OLDEST, mistake
from storage.programme import FARTHEST_MIN, Rules
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, print_facts, print_json

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_OF = {"spacing": "spacing", "limit": "limits"}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_OFFSET = re.compile(r"([+-])(0?[0-9]|1[0-4]):([0-5][0-9])")
_RATINGS = {"<=": "most_rating", ">=": "least_rating"}
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
    limit.TAG (how many clips with the tag air in a cycle). day.HH:MM is what airs from then on each day, to the tick
    for everybody: tags of which an asset has one, -TAG for none of it, <=AGE and >=AGE for ratings, with commas
    between, or nothing for all. It goes by the clock of a time zone, summer time and all, or by one that is always
    offset ahead of UTC. Those that cannot all be met are relaxed, and it says so: a limit never is, then spacing,
    then a repeat in time, and one in clips first.

    Examples:

        streamsync channel rules main

        streamsync channel rules main repeat=12 repeat=2h spacing.news=3 limit.ads=4 --dry-run

        streamsync channel rules main zone=Europe/Berlin day.06:00=kids day.20:15=-kids,"<=16" day.23:00=
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
    if found.rules.day_parts:
        facts["clock"] = zone_text(found.rules)
    facts["cycle"] = f"{found.clips} clips of a pool of {found.pool}"
    print_facts(
        facts
        | {f"kept {number}": text for number, text in enumerate(found.met, 1)}
        | {f"relaxed {number}": text for number, text in enumerate(found.relaxed, 1)}
    )


def _rules(said: list[str]) -> Rules:
    """The rules of `NAME=VALUE`. Raises BadInput."""
    values: dict[str, dict[str, object]] = {"spacing": {}, "limits": {}, "": {}}
    parts: list[dict[str, object]] = []
    for text in said:
        if text.startswith("day."):
            parts.append(_day_part(text))
            continue
        of, name, value = _parted(text)
        if name in values[of]:
            raise BadInput(f"{text[:80]!r}: that was said already")
        values[of][name] = value
    try:
        return Rules.model_validate({**values.pop(""), **values, "day_parts": parts})
    except ValidationError as error:
        raise mistake(error, "the rules") from None


def _day_part(text: str) -> dict[str, object]:
    """A day part of `day.HH:MM=WORD,WORD`. Raises BadInput."""
    name, equals, value = text.partition("=")
    found = _CLOCK.fullmatch(name.removeprefix("day."))
    if not equals or found is None:
        raise BadInput(f"{text[:80]!r}: it is day.HH:MM= and tags")
    part: dict[str, object] = {"minute": int(found[1]) * 60 + int(found[2])}
    tags: dict[str, list[str]] = {"any_tags": [], "no_tags": []}
    for word in filter(None, (word.strip() for word in value.split(","))):
        if word[:2] in _RATINGS:
            if not (word[2:].isdecimal() and int(word[2:][:9]) <= OLDEST):
                raise BadInput(f"{text[:80]!r}: {word[:2]} is followed by an age from 0 to {OLDEST}")
            part[_RATINGS[word[:2]]] = word[2:]
        else:
            tags["no_tags" if word.startswith("-") else "any_tags"].append(word.removeprefix("-"))
    return {**part, **tags}


def _offset(text: str, value: str) -> int:
    found = _OFFSET.fullmatch(value)
    minutes = 0 if found is None else int(found[2]) * 60 + int(found[3])
    if found is None or minutes > FARTHEST_MIN:
        raise BadInput(f"{text[:80]!r}: an offset is +HH:MM or -HH:MM, 14 hours at most")
    return -minutes if found[1] == "-" else minutes


def _parted(text: str) -> tuple[str, str, object]:
    """The field that something is said of, or "" for the rules themselves, with name and value."""
    name, equals, value = text.partition("=")
    kind, dot, tag = name.partition(".")
    if equals and dot and kind in _OF:
        return _OF[kind], tag, value
    if equals and name == "order":
        return "", name, value
    if equals and name == "offset":
        return "", "utc_offset_min", _offset(text, value)
    if equals and name == "zone":
        return "", "time_zone", value
    if not equals or name != "repeat":
        names = "order=, repeat=, spacing.TAG=, limit.TAG=, day.HH:MM=, zone= or offset="
        raise BadInput(f"{text[:80]!r}: it is {names}, and a value")
    found = _REPEAT.fullmatch(value)
    if found is None:
        raise BadInput(f"{text[:80]!r}: a repeat is a number of clips, or of s, m, h or d")
    number, unit = int(found[1]), found[2]
    return ("", "repeat_s", number * _SECONDS[unit]) if unit else ("", "repeat_clips", number)
