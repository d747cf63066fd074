"""A router whose doors are made once: when it is put on an application."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends

_READING = {"GET", "HEAD"}


class _Door(NamedTuple):
    path: str
    endpoint: Callable[..., Any]
    options: dict[str, Any]


class Router(APIRouter):
    """Notes its doors. FastAPI's own makes them, and, included in an application, makes each of them once more.

    To make all takes more than a tenth of a second, in which a server answers nothing.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._noted: list[_Door] = []
        self._for_changes: list[Depends] = []

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Note a door, as the decorators do."""
        self._noted.append(_Door(path, endpoint, options))

    def mark_changes(self, *dependencies: Depends) -> None:
        """Let all doors that change something depend on these, before what the router depends on."""
        self._for_changes += dependencies

    def put_on(self, app: FastAPI, dependencies: Sequence[Depends] = ()) -> None:
        """Make the doors, as doors of `app`, which depend on these first."""
        for path, endpoint, options in self._noted:
            marks = [] if set(options.get("methods") or _READING) <= _READING else self._for_changes
            more = {
                "tags": [*self.tags, *(options.get("tags") or ())],
                "dependencies": [*dependencies, *marks, *self.dependencies, *(options.get("dependencies") or ())],
                "responses": self.responses | (options.get("responses") or {}),
            }
            app.router.add_api_route(self.prefix + path, endpoint, **options | more)
