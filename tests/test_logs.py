"""Log lines as JSON and as text, and what is not in them."""

import json
import logging
import sys
from typing import Any

import pytest

from storage.errors import NotFound
from streamsync.logs import ACCESS, JsonLines, NoQuery, OneLine


def record(
    message: str, *args: object, name: str = "streamsync.x", error: Exception | None = None
) -> logging.LogRecord:
    info = None
    if error is not None:
        try:
            raise error
        except type(error):
            info = sys.exc_info()
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, info)
    made.created = 1_767_225_700.5
    return made


def fields(one: logging.LogRecord) -> dict[str, Any]:
    line = JsonLines().format(one)
    assert "\n" not in line
    told: dict[str, Any] = json.loads(line)
    base = {"time": "2026-01-01T00:01:40.500Z", "level": "warning", "logger": one.name}
    assert base.items() <= told.items()
    return {name: value for name, value in told.items() if name not in base}


TOLD = {
    "values": (record("event=done job=%s seconds=%.1f count=%d", "a b=c", 1.26, 3),
               {"event": "done", "job": "a b=c", "seconds": 1.3, "count": 3}),
    "text behind": (record("event=empty channel=%s: the pool before stays", "main"),
                    {"event": "empty", "channel": "main", "message": "the pool before stays"}),
    "an event from a value": (record("event=%s job=%s", "failed", "x\ny"), {"event": "failed", "job": "x\ny"}),
    "no event": (record("Started %s", "twice"), {"message": "Started twice"}),
    "a value without a name": (record("event=odd (%s)", 7), {"message": "event=odd (7)"}),
    "a name that is taken": (record("event=x level=%s", "high"), {"event": "x"}),
}  # fmt: skip


@pytest.mark.parametrize(("one", "told"), TOLD.values(), ids=TOLD)
def test_what_is_said_becomes_fields(one: logging.LogRecord, told: dict[str, object]) -> None:
    assert fields(one) == told


def test_a_librarys_exception_is_told_without_its_text() -> None:
    told = fields(record("event=fault", error=ValueError("redis://:secret@tv")))
    assert told["error"] == "ValueError"
    assert "in record" in told.pop("traceback")
    assert "secret@tv" not in str(told)
    assert fields(record("event=fault", error=NotFound("no channel 'x'")))["reason"] == "no channel 'x'"
    assert OneLine().format(record("event=fault", error=ValueError("secret"))) == "event=fault (ValueError)"
    assert OneLine().format(record("event=fault", error=NotFound("no x"))) == "event=fault (NotFound: no x)"


def test_an_access_log_has_no_query() -> None:
    said = record('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", "/live/a?t=secret", "1.1", 200, name=ACCESS)
    assert NoQuery().filter(said)
    assert said.getMessage() == '10.0.0.1:5 - "GET /live/a HTTP/1.1" 200'
    told = {"client": "10.0.0.1:5", "method": "GET", "path": "/live/a", "version": "1.1", "status": 200}
    assert fields(said) == {"event": "access", **told}
