"""Log lines on stderr: text for people, or JSON for what gathers them.

Neither has a query of a URL, nor, where we format it, what a library puts into its exceptions: tokens may be in them.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Literal

from storage.errors import StreamSyncError

LogForm = Literal["text", "json"]
ACCESS = "uvicorn.access"  # its lines' arguments: client, method, target, version, status

_FIELD = re.compile(r"(\w+)=(%[.\d]*[a-z]|[^\s%]+)")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, and what it says as fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told: dict[str, object] = {"time": at, "level": record.levelname.lower(), "logger": record.name}
        for name, value in _fields(record).items():
            told.setdefault(name, value)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            told["error"] = type(error).__name__
            if isinstance(error, StreamSyncError):
                told["reason"] = str(error)
            told["traceback"] = "".join(traceback.format_tb(error.__traceback__))
        return json.dumps(told, ensure_ascii=False)


class OneLine(logging.Formatter):
    """A record as one line of text; of an exception that a library tells, only what it is."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            text += f" ({type(error).__name__}{f': {error}' if isinstance(error, StreamSyncError) else ''})"
        return " ".join(text.split())


class NoQuery(logging.Filter):
    """Takes the query out of an access log's lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it pass, without."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, target, version, status = record.args
            record.args = (client, method, str(target).partition("?")[0], version, status)
        return True


def write(formatter: logging.Formatter, level: int) -> None:
    """All log lines of this process, from a level on, go to stderr in one form."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def with_access() -> None:
    """Requests are logged, too."""
    access = logging.getLogger(ACCESS)
    access.setLevel(logging.INFO)
    if not any(isinstance(one, NoQuery) for one in access.filters):
        access.addFilter(NoQuery())


def _fields(record: logging.LogRecord) -> dict[str, object]:
    given = record.args if isinstance(record.args, tuple) else ()
    if record.name == ACCESS and len(given) == 5:
        return {"event": "access", **dict(zip(("client", "method", "path", "version", "status"), given, strict=True))}
    template = str(record.msg)
    found = _FIELD.findall(template)
    if not template.startswith("event=") or sum(value[0] == "%" for _, value in found) != len(given):
        return {"message": record.getMessage()}
    rest, values = _FIELD.sub("", template).strip(" :,"), iter(given)
    told = {name: _value(text, next(values)) if text[0] == "%" else text for name, text in found}
    return {**told, "message": rest} if rest else told


def _value(conversion: str, value: object) -> object:
    text = conversion % value
    return {"d": int, "f": float}.get(conversion[-1], str)(text)
