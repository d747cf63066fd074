"""Long answers of the API: how far it is, line by line, and last what came of it."""

import json
from collections.abc import Callable

import httpx

LINES = "application/x-ndjson"
ASKED = {"Content-Type": LINES, "Accept": LINES, "Accept-Encoding": "identity"}  # each line as it comes

Watcher = Callable[[dict[str, int]], None]  # is told how far it is there


def last_of(answer: httpx.Response, watcher: Watcher) -> str:
    """The last line of an answer that may be lines, and is being read; of another the whole."""
    if not answer.headers.get("content-type", "").startswith(LINES):
        answer.read()
        return answer.text
    last = ""
    for line in answer.iter_lines():
        if last:
            watcher(json.loads(last))
        last = line
    return last


def kind_of(last: str) -> str | None:
    """The kind of error that an answer ends with; None if it ends with none: it was broken off."""
    try:
        return str(json.loads(last)["kind"])
    except (ValueError, KeyError, TypeError):
        return None
