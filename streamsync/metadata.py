"""`streamsync asset show` and `edit`: what is said of an asset."""

import re
from typing import Annotated

import typer

from manifest_server.admin.metadata import changed_metadata
from manifest_server.admin.views import AssetDetail
from manifest_server.playout.ticks import date_text
from manifest_server.viewer.clock import instant_ms
from storage.errors import BadInput
from storage.keys import checked_asset
from storage.metadata import AssetMetadata, tidy
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, duration_text, print_facts, print_json

Asset = Annotated[str, typer.Argument(help="The asset's id.", show_default=False)]

_SAID = re.compile(r"([a-z_]+|more\.[^=]+?)([+-]?)=(.*)", re.DOTALL)


def show(asset: Asset, json: Json = False) -> None:
    """What an asset is, and what is said of it.

    Example: streamsync asset show 0f3a...
    """
    with doors(load()) as door:
        found = door.ask(AssetDetail, "GET", place("assets", checked_asset(asset)))
    record, said, state = found.record, found.said, found.state
    if json:
        print_json(
            {"asset": record.model_dump(mode="json"), "metadata": said.model_dump(mode="json"), "state": state}
        )
        return
    rungs = " ".join(one.rung for one in record.renditions if one.format == "cmaf")
    _print(
        {"asset": record.id, "state": state, "title": said.title or record.title, **_rows(said)}
        | {"duration": duration_text(record.duration_s), "renditions": rungs, "packaged": record.packaged_at}
        | {"file": record.source.name}
    )


def edit(
    asset: Asset,
    said: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="What to say of it.", show_default=False)
    ],
    version: Annotated[int | None, typer.Option(help="Refuse if it is at another version by now.")] = None,
    json: Json = False,
) -> None:
    """Say something of an asset: pools are made of it, and viewers read it.

    Names: title, description, language (BCP 47), rating (the age from which on one may see it), rights_from and
    rights_until (Unix seconds or RFC 3339), tags (with commas between; += adds one, -= takes one away), and more.NAME
    for anything else. Nothing after the "=" takes back what was said.

    Examples:

        streamsync asset edit 0f3a... title="The Film" tags=kids,animals language=en rating=6

        streamsync asset edit 0f3a... rights_from=2026-12-01 rights_until=2027-01-31T23:00:00Z

        streamsync asset edit 0f3a... tags+=winter tags-=kids more.series=Planets more.episode=3
    """
    path = place("assets", checked_asset(asset))
    with doors(load()) as door:
        known = door.ask(AssetDetail, "GET", path).said
        changes = _changes(known, said)
        changed = changed_metadata(known, changes)
        # What is added to must be what was read.
        seen = known.version if version is None else version
        now = door.ask(AssetDetail, "PATCH", path, _sent(changes, changed), version=seen).said
    if json:
        print_json(now)
    else:
        _print({"asset": now.asset, "title": now.title or "", **_rows(now), "version": str(now.version)})


def _sent(changes: dict[str, object], changed: AssetMetadata) -> dict[str, object]:
    """The changes as the API takes them."""
    plain = changed.model_dump(mode="json")
    sent: dict[str, object] = {name: None if value is None else plain[name] for name, value in changes.items()}
    for name in sent.keys() & {"rights_from_ms", "rights_until_ms"}:
        ms = sent.pop(name)
        sent[name.removesuffix("_ms")] = None if ms is None else date_text(plain[name])
    return sent


def _changes(known: AssetMetadata, said: list[str]) -> dict[str, object]:
    """What `NAME=VALUE`, `NAME+=VALUE` and `NAME-=VALUE` change. Raises BadInput."""
    changes: dict[str, object] = {}
    tags, more = list(known.tags), dict(known.more)
    for text in said:
        parts = _SAID.fullmatch(text)
        if parts is None:
            raise BadInput(f"{text[:80]!r}: it is NAME=VALUE, tags+=VALUE or tags-=VALUE")
        name, sign, value = parts[1], parts[2], parts[3].strip()
        if name == "tags":
            tags = _tags(tags, sign, [one for one in value.split(",") if one.strip()])
            changes["tags"] = tags
        elif sign:
            raise BadInput(f"{text[:80]!r}: only to tags can something be added, or taken away")
        elif name.startswith("more."):
            more[_tidy(name[5:])] = value
            changes["more"] = {key: one for key, one in more.items() if one}
        elif name in {"rights_from", "rights_until"}:
            changes[f"{name}_ms"] = instant_ms(value) if value else None
        else:
            changes[name] = value or None
    return changes


def _tags(tags: list[str], sign: str, words: list[str]) -> list[str]:
    match sign:
        case "+":
            return [*tags, *words]
        case "-":
            gone = set(map(_tidy, words))
            return [tag for tag in tags if tag not in gone]
    return words


def _tidy(word: str) -> str:
    try:
        return tidy(word)
    except ValueError as error:
        raise BadInput(f"{word[:80]!r}: {error}") from None


def _rows(said: AssetMetadata) -> dict[str, str]:
    start, end = said.rights_from_ms, said.rights_until_ms
    return {
        "description": said.description,
        "tags": ", ".join(said.tags),
        "language": said.language or "",
        "rating": "" if said.rating is None else f"from {said.rating}",
        "rights": "" if start is None and end is None else f"{_date(start)} to {_date(end)}",
        **said.more,
    }


def _date(instant: int | None) -> str:
    return "..." if instant is None else date_text(instant)


def _print(rows: dict[str, str]) -> None:
    print_facts({name: value for name, value in rows.items() if value})
