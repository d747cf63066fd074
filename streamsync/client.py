"""A client of a server's API: the token goes to that server and nowhere else, errors come back as our own."""

import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from storage.errors import BadInput, Conflict, NoRoom, NotFound, StreamSyncError, Unavailable
from storage.job_records import JobAnswer
from storage.settings import Settings
from storage.upload_records import Part

API = "/api/v1"
TIMEOUT = httpx.Timeout(30, connect=10)
PATIENCE_S = 10.0  # with a server that does not answer, or answers that something is away
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 15.0

_KINDS: dict[int, type[StreamSyncError]] = {
    400: BadInput, 401: BadInput, 403: BadInput, 404: NotFound, 405: NotFound, 409: Conflict, 413: BadInput,
    507: NoRoom,
}  # fmt: skip
Form = TypeVar("Form")

_JOBS = TypeAdapter(list[JobAnswer])


def kind(status: int) -> type[StreamSyncError]:
    """The error that a status stands for; Unavailable for what may pass."""
    return _KINDS.get(status, Unavailable if status >= 500 or status in {408, 425, 429} else BadInput)


def pause_s(attempt: int) -> float:
    """How long to wait before attempt `attempt` + 1 (from 0): longer each time, and not everybody at once."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1)  # noqa: S311


def _wait(seconds: float) -> None:
    time.sleep(seconds)


class Client:
    """The API of the server that is set. Every method raises Unavailable, and BadInput when the token is refused.

    May be shared by threads. `wait` waits between attempts; what it raises comes out of the method.
    """

    def __init__(
        self, settings: Settings, *, patience_s: float = PATIENCE_S, wait: Callable[[float], None] = _wait
    ) -> None:
        self.server = checked_server(settings.server)
        if settings.token is None:
            raise BadInput("STREAMSYNC_TOKEN is not set: the server asks for it")
        token = settings.token.get_secret_value()
        if not token.isascii() or not token.isprintable():
            raise BadInput("STREAMSYNC_TOKEN: it is printable ASCII")
        self._patience_s = patience_s
        self._wait = wait
        self._http = httpx.Client(
            base_url=f"{self.server}{API}/", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._http.close()

    def begin(self, wish: dict[str, object]) -> dict[str, Any]:
        """Begin an upload, or go on with it. Raises NoRoom."""
        return self._object("POST", "uploads", wish)

    def target(self, upload: str, part: Part, wait: Callable[[float], None]) -> dict[str, Any]:
        """Where to PUT a part: number, url, headers; `wait` is for this answer alone. Raises NotFound, Conflict."""
        answer = self._object("POST", f"uploads/{upload}/parts", {"parts": [part.model_dump()]}, wait)
        [target] = answer["parts"]
        return {**target, "url": target["url"] if not target["url"].startswith("/") else self.server + target["url"]}

    def complete(self, upload: str, sha256: str) -> dict[str, Any]:
        """Have an upload packaged: `asset`, or `job` and `state`. Raises NotFound, Conflict."""
        return self._object("POST", f"uploads/{upload}/complete", {"sha256": sha256})

    def jobs(self, count: int) -> list[JobAnswer]:
        """The newest jobs."""
        return self._read(_JOBS, self._ask("GET", f"jobs?count={count}"))

    def job(self, job: str) -> JobAnswer:
        """One job with its tasks. Raises NotFound."""
        return self._read(TypeAdapter(JobAnswer), self._ask("GET", f"jobs/{_segment(job)}"))

    def cancel(self, job: str) -> bool:
        """Stop it. Raises NotFound."""
        return bool(self._object("POST", f"jobs/{_segment(job)}/cancel")["changed"])

    def retry(self, job: str) -> bool:
        """Go on with it. Raises NotFound."""
        return bool(self._object("POST", f"jobs/{_segment(job)}/retry")["changed"])

    def _object(
        self, method: str, path: str, body: object = None, wait: Callable[[float], None] | None = None
    ) -> dict[str, Any]:
        return self._read(TypeAdapter(dict[str, Any]), self._ask(method, path, body, wait))

    def _read(self, form: "TypeAdapter[Form]", answer: httpx.Response) -> Form:
        try:
            return form.validate_json(answer.content)
        except ValidationError:
            raise Unavailable(f"{self.server} answers what is no answer of this API: is it a StreamSync?") from None

    def _ask(
        self, method: str, path: str, body: object = None, wait: Callable[[float], None] | None = None
    ) -> httpx.Response:
        """The answer. Asked again for as long as there is patience: everything here may be repeated."""
        began_s, attempt = time.monotonic(), 0
        while True:
            try:
                return self._asked(method, path, body)
            except Unavailable:
                pause = pause_s(attempt)
                if time.monotonic() + pause - began_s > self._patience_s:
                    raise
            (wait or self._wait)(pause)
            attempt += 1

    def _asked(self, method: str, path: str, body: object) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise Unavailable(f"{self.server} does not answer: {reason(error)}") from None
        if answer.is_success:
            return answer
        raise kind(answer.status_code)(self._told(answer))

    def _told(self, answer: httpx.Response) -> str:
        if answer.status_code == 401:
            return f"{self.server} refuses the token: is STREAMSYNC_TOKEN the server's?"
        try:
            return str(answer.json()["error"])
        except (ValueError, KeyError, TypeError):
            return f"{self.server} answers {answer.status_code} {answer.reason_phrase}"


def checked_server(server: str | None) -> str:
    """The server's URL without a "/" at its end. Raises BadInput."""
    if server is None:
        raise BadInput(
            "STREAMSYNC_SERVER is not set: name the server to ask; a video of this machine is made an asset here "
            "by `streamsync package`"
        )
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
        raise BadInput("STREAMSYNC_SERVER: it is http:// or https:// and a host, perhaps a port and a path")
    return server.rstrip("/")


def reason(error: httpx.TransportError) -> str:
    """What was wrong with a connection, in a few words."""
    return (str(error) or type(error).__name__).splitlines()[0]


def _segment(text: str) -> str:
    # Checked here too: an id with a "/" in it would ask for something else.
    if not text.isalnum():
        raise NotFound(f"no job {text[:80]!r}")
    return text
