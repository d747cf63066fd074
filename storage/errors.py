"""The one family of errors. Each door maps it in one table: HTTP status, exit code."""


class StreamSyncError(Exception):
    """A fact and the value, fit to be shown to a person: `no channel 'main'`."""


class BadInput(StreamSyncError):
    """What was asked cannot be understood: a name, an instant, a setting."""


class BadSource(StreamSyncError):
    """A video that cannot become an asset; the message names the file and the reason."""


class NotFound(StreamSyncError):
    """A channel, viewer, lineup, rendition, asset or object that does not exist."""


class Conflict(StreamSyncError):
    """The thing exists already, is busy, or has changed since it was read."""


class NotOnAir(StreamSyncError):
    """A channel before its epoch, or never started. Waiting helps when `retry_after_s` is given."""

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(StreamSyncError):
    """A part that we need does not answer: Redis, the object store, ffmpeg."""


class NoRoom(StreamSyncError):
    """The disk, or the store, is full."""
