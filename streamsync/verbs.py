"""The verbs of the command line, each loaded when it is named: to load all takes longer than what most of them do."""

from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

# Where each is in this package, in the order of the help.
PLACES = {
    "package": "assets:package",
    "assets": "assets:assets",
    "asset": "removal:app",
    "upload": "upload:upload",
    "jobs": "jobs:app",
    "channel": "channels:app",
    "moment": "moments:app",
    "slate": "moments:slate",
    "edit": "edits:app",
    "lineups": "given:app",
    "lineup": "lineups:lineup",
    "epg": "guide:epg",
    "explain": "guide:explain",
    "viewers": "viewers:app",
    "profile": "profiles:app",
    "cohort": "cohorts:app",
    "filler": "filler:app",
    "plan": "plan:plan",
    "recommend": "recommend:recommend",
    "simulate": "simulate:simulate",
    "up": "up:up",
    "serve": "serve:serve",
    "worker": "workers:worker",
    "health": "health:health",
    "analytics": "analytics:analytics",
    "audit": "audit:audit",
    "undo": "audit:undo",
    "admin": "accounts:app",
    "token": "tokens:app",
    "webhook": "webhooks:app",
    "bucket": "bucket:app",
    "gc": "removal:gc",
    "reindex": "removal:reindex",
    "backup": "backup:backup",
    "restore": "backup:restore",
}
# Verbs of groups that are elsewhere than the group.
FURTHER = {
    "asset": {"show": "metadata:show", "edit": "metadata:edit"},
    "channel": {"access": "tokens:access", "export": "bulk:export", "import": "bulk:take_in", "rules": "rules:rules"},
}


class Verbs(TyperGroup):
    """A group of which nothing is loaded before it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all."""
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them; None if there is none, and then all are loaded, for one that was meant."""
        for name in [cmd_name] if cmd_name in PLACES else PLACES:
            self.commands[name] = _loaded(name)
        return self.commands.get(cmd_name)


@cache
def _loaded(name: str) -> Any:
    found = _at(PLACES[name])
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if not isinstance(found, typer.Typer):
        alone.command(name)(found)
        return get_command(alone)
    for verb, place in FURTHER.get(name, {}).items():
        found.command(verb)(_at(place))
    alone.add_typer(found, name=name)
    return get_group(alone).commands[name]


def _at(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"streamsync.{module}"), name)
