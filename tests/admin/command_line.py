"""The command line in this process, for stories of commands."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from streamsync.cli import app
from streamsync.exits import exit_code


class Run:
    """Runs commands; `before`: the words that all of them begin with."""

    def __init__(self, *before: str) -> None:
        self._before = before

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, (*self._before, *words))

    def json(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout)

    def fails(self, *words: str) -> tuple[int, str]:
        failed = self(*words)
        assert failed.exception is not None
        return exit_code(failed.exception), str(failed.exception)  # type: ignore[arg-type]
