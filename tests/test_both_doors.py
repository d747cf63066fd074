"""Every verb has both doors, the API and the command line, and the second asks the first. See docs/api.md."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from typer.core import TyperGroup
from typer.main import get_command

from manifest_server.admin.v1 import v1
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.settings import Settings
from streamsync.cli import app
from tests.verbs import NO_VERBS, ONLY_API, ONLY_COMMANDS, VERBS

ADMIN = Path(__file__).parents[1] / "manifest_server" / "admin"
NOWHERE = "redis://127.0.0.1:1"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(data=tmp_path_factory.mktemp("api"), token=SecretStr("x"))
    catalogue = Catalogue.connect(NOWHERE)
    return v1(settings, NOWHERE, catalogue, lambda: 0, Channels(catalogue)).app()


def actions() -> set[str]:
    """The public coroutine functions of manifest_server/admin/, but for the doors themselves."""
    modules = [path for path in ADMIN.glob("*.py") if not path.stem.endswith("_api")]
    return {
        f"{path.stem}.{node.name}"
        for path in modules
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    }


def operations(api: FastAPI) -> set[str]:
    """The ids of all operations, but for those of uploads."""
    return {
        operation["operationId"]
        for path, doors in api.openapi()["paths"].items()
        for operation in doors.values()
        if path.split("/")[1] not in ONLY_API
    }


def commands(of: Any = None, *before: str) -> Iterator[tuple[str, object]]:
    """Every command with the function that it runs."""
    of = of or get_command(app)
    for name in of.list_commands(None):
        found = of.get_command(None, name)
        if isinstance(found, TyperGroup):
            yield from commands(found, *before, name)
        else:
            yield " ".join((*before, name)), inspect.unwrap(found.callback)


def test_every_action_is_a_verb_or_says_why_not() -> None:
    ours = {verb.action for verb in VERBS if verb.action[0].islower()}
    assert actions() == ours | NO_VERBS.keys()
    assert not ours & NO_VERBS.keys()


def test_every_operation_is_a_verbs(api: FastAPI) -> None:
    assert operations(api) == {verb.operation for verb in VERBS}


def test_every_command_is_a_verbs_or_says_why_not() -> None:
    ours = {verb.command for verb in VERBS}
    assert {name for name, _ in commands()} == ours | ONLY_COMMANDS.keys()
    assert not ours & ONLY_COMMANDS.keys()


@pytest.mark.parametrize("name", sorted({verb.command for verb in VERBS}))
def test_a_verbs_command_asks_the_api(name: str) -> None:
    source = inspect.getsource(dict(commands())[name])  # type: ignore[arg-type]
    assert "with doors(load()) as" in source
    assert "with_catalogue" not in source


@pytest.mark.parametrize("name", sorted(name for name, _ in commands()))
def test_a_command_says_what_it_does_and_how_to_type_it(name: str) -> None:
    text = inspect.getdoc(dict(commands())[name])
    assert text is not None
    assert "Example" in text
    assert "streamsync" in text.split("Example")[1]


def test_the_description_has_examples_and_says_how_errors_look(api: FastAPI) -> None:
    described = api.openapi()
    for path, doors in described["paths"].items():
        for method, operation in doors.items():
            assert operation.get("summary") or operation.get("description"), (method, path)
            if path.split("/")[1] in {"channels", "assets"}:
                assert {"400", "401", "404", "409", "503"} <= operation["responses"].keys(), (method, path)
            for form, body in operation.get("requestBody", {}).get("content", {}).items():
                assert exampled(body, described["components"]["schemas"]), (method, path, form)


def exampled(part: object, schemas: dict[str, object]) -> bool:
    """Whether a part of the description, or what it refers to, has an example."""
    if isinstance(part, list):
        return any(exampled(one, schemas) for one in part)
    if not isinstance(part, dict):
        return False
    if part.keys() & {"example", "examples"}:
        return True
    if "$ref" in part:
        return exampled(schemas[part["$ref"].rpartition("/")[2]], schemas)
    return any(exampled(one, schemas) for one in part.values())
