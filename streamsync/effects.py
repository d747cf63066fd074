"""What a change would do, printed: for whom, from when on, and what airs before and after, side by side."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from manifest_server.admin.changes import Effects
from manifest_server.admin.preview import Airing
from storage.keys import checked_name
from streamsync.session import Why, add_row, columns, out, print_json, print_table

if TYPE_CHECKING:
    from streamsync.client import Client

Form = TypeVar("Form")


@dataclass(frozen=True)
class Change:
    """How a change is to be made: at once, or only tried; and why."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what it would do, for whom and from when on.")
    ] = False
    sample: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VIEWER", help="With --dry-run: look at these first; may be repeated.", show_default=False
        ),
    ] = None
    version: Annotated[
        int | None, typer.Option(help="Refuse if what is changed is at another by now.", show_default=False)
    ] = None
    why: Why = None

    def asked(self, door: "Client", form: type[Form], method: str, path: str, body: object = None) -> Form | Effects:
        """The answer of a door: to the change, or of a trial."""
        if not self.dry_run:
            return door.ask(form, method, path, body, version=self.version)
        names = [checked_name("viewer", one) for one in self.sample or []]
        params: dict[str, bool | list[str]] = {"dry_run": True, **({"sample": names} if names else {})}
        return door.ask(Effects, method, path, body, params, self.version)


def print_effects(found: Effects, json: bool) -> None:
    """What a trial has told."""
    if json:
        print_json(found)
        return
    out.print(f"dry run, nothing was stored: {found.text}", markup=False)
    if found.unchanged_until is not None:
        out.print(f"nothing changes before {found.unchanged_until}", markup=False)
    for effect in found.effects:
        whose = f"{effect.viewer}, lineup {effect.lineup}" if effect.viewer is not None else f"lineup {effect.lineup}"
        out.print(
            f"\n{whose}: {f'from {effect.differs_from} on' if effect.differs_from else 'the same'}", markup=False
        )
        if effect.differs_from is None:
            continue
        table = columns("starts", "before", "MSN", "starts", "after", "MSN")
        for before, after in zip_longest(effect.before, effect.after):
            add_row(table, *_cells(before), *_cells(after))
        print_table(table)


def _cells(airing: Airing | None) -> tuple[str, str, str]:
    return ("", "", "") if airing is None else (airing.starts, airing.title, str(airing.msn))
