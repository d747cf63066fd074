"""Exit codes: the one table."""

from storage.errors import BadInput, BadSource, Conflict, NoRoom, NotFound, NotOnAir, StreamSyncError, Unavailable

FAULT = 1  # ours
INTERRUPTED = 130  # by a Ctrl-C; typer says the same

CODES: dict[type[StreamSyncError], int] = {
    BadInput: 2,
    BadSource: 3,
    NotFound: 4,
    Conflict: 5,
    NotOnAir: 6,
    Unavailable: 7,
    NoRoom: 8,
}


def exit_code(error: StreamSyncError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), FAULT)
