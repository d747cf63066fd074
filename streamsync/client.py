"""A client of a server's API: the token goes to that server and nowhere else, errors come back as our own."""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from storage.errors import BadInput, Conflict, NoRoom, NotFound, NotOnAir, StreamSyncError, Unavailable
from storage.job_records import JobAnswer
from storage.settings import Settings
from storage.upload_records import Part
from streamsync.answers import ASKED, Watcher, kind_of, last_of
from streamsync.doors import checked_server
from streamsync.session import reason_given

API = "/api/v1"
TIMEOUT = httpx.Timeout(30, connect=10)
LONG_TIMEOUT = httpx.Timeout(600, connect=10)  # for a whole channel
PATIENCE_S = 10.0  # with a server that does not answer, or answers that something is away
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 15.0

_KINDS: dict[int, type[StreamSyncError]] = {
    400: BadInput, 401: BadInput, 403: BadInput, 404: NotFound, 405: NotFound, 409: Conflict, 413: BadInput,
    507: NoRoom,
}  # fmt: skip
Form = TypeVar("Form")

KIND = "X-Error-Kind"  # which of our errors it was: manifest_server/admin/refusals.py
Params = Mapping[str, str | int | bool | list[str]]

_JOBS = TypeAdapter(list[JobAnswer])


class Paged(Protocol):
    """A page of a list."""

    @property
    def next(self) -> str | None:
        """Where the next page begins; None after the last."""
        ...


Page = TypeVar("Page", bound=Paged)


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
        self,
        settings: Settings,
        *,
        patience_s: float = PATIENCE_S,
        wait: Callable[[float], None] = _wait,
        here: httpx.BaseTransport | None = None,
    ) -> None:
        """`here`: a transport to the API in this process, which asks for no token (here.py)."""
        self._is_here = here is not None
        self._wait = wait
        if here is not None:
            self.server, self._patience_s = "this machine", 0.0
            self._http = httpx.Client(base_url="http://here/", transport=here)
            return
        self.server, self._patience_s = checked_server(settings.server), patience_s
        headers = {"Authorization": f"Bearer {_token(settings)}"}
        self._http = httpx.Client(base_url=f"{self.server}{API}/", headers=headers, timeout=TIMEOUT)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(
        self,
        form: type[Form],
        method: str,
        path: str,
        body: object = None,
        params: Params | None = None,
        version: int | None = None,
    ) -> Form:
        """The answer of a door. `version`: the one that a change is made for; Conflict if it is at another by now."""
        return self._read(TypeAdapter(form), self._sent(method, path, body, params, version))

    def tell(
        self, method: str, path: str, body: object = None, params: Params | None = None, version: int | None = None
    ) -> None:
        """Have something done that has no answer."""
        self._sent(method, path, body, params, version)

    def pages(self, form: type[Page], path: str, params: Params | None = None) -> Iterator[Page]:
        """The pages of a list."""
        after: str | None = None
        while True:
            page = self.ask(
                form, "GET", path, params={**(params or {}), **({} if after is None else {"after": after})}
            )
            yield page
            after = page.next
            if after is None:
                return

    @contextmanager
    def lines(self, path: str) -> Iterator[Iterator[bytes]]:
        """The lines of a long answer, as they come."""
        try:
            with self._http.stream("GET", path, timeout=LONG_TIMEOUT) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._error(answer)
                yield (line.encode() + b"\n" for line in answer.iter_lines())
        except httpx.TransportError as error:
            raise self._away(error) from None

    def send(
        self, form: type[Form], path: str, chunks: Iterable[bytes], params: Params, watcher: Watcher = lambda _: None
    ) -> Form:
        """The answer to a long body, which is sent once, as it comes; also one that tells why it was refused.

        `watcher` is told how far it is there, if the door tells it.
        """
        url = _with(path, _because(params))
        try:
            with self._http.stream("POST", url, content=chunks, timeout=LONG_TIMEOUT, headers=ASKED) as answer:
                last = last_of(answer, watcher)
        except httpx.TransportError as error:
            raise self._away(error) from None
        try:
            return TypeAdapter(form).validate_json(last)
        except ValidationError:
            raise self._refused(answer, last) from None

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

    def _sent(
        self, method: str, path: str, body: object, params: Params | None, version: int | None
    ) -> httpx.Response:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        if method == "POST" and not self._is_here:
            headers["Idempotency-Key"] = secrets.token_urlsafe(16)  # it is done once, however often it is sent
        return self._ask(method, _with(path, params if method == "GET" else _because(params)), body, headers=headers)

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
        self,
        method: str,
        path: str,
        body: object = None,
        wait: Callable[[float], None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The answer. Asked again for as long as there is patience: everything here may be repeated."""
        began_s, attempt = time.monotonic(), 0
        while True:
            try:
                return self._asked(method, path, body, headers)
            except Unavailable:
                pause = pause_s(attempt)
                if time.monotonic() + pause - began_s > self._patience_s:
                    raise
            (wait or self._wait)(pause)
            attempt += 1

    def _asked(self, method: str, path: str, body: object, headers: dict[str, str] | None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise self._away(error) from None
        if answer.is_success:
            return answer
        raise self._error(answer)

    def _away(self, error: httpx.TransportError) -> Unavailable:
        return Unavailable(f"{self.server} does not answer: {reason(error)}")

    def _error(self, answer: httpx.Response) -> StreamSyncError:
        """The error that was answered with, of the kind that it was there."""
        known = {one.__name__: one for one in (BadInput, NotFound, Conflict, NotOnAir, Unavailable, NoRoom)}
        otherwise = kind(answer.status_code)
        if answer.status_code == 409 and "Retry-After" in answer.headers:
            otherwise = Unavailable  # another attempt of ours is being answered
        return known.get(answer.headers.get(KIND, ""), otherwise)(self._told(answer))

    def _refused(self, answer: httpx.Response, last: str) -> StreamSyncError:
        """The error that an answer as lines ends with."""
        kind = kind_of(last) if answer.is_success else answer.headers.get(KIND, "")
        if kind is None:
            return Unavailable(f"{self.server} broke off its answer")
        return self._error(httpx.Response(answer.status_code, headers={KIND: kind}, text=last))

    def _told(self, answer: httpx.Response) -> str:
        if answer.status_code == 401:
            return f"{self.server} refuses the token: is STREAMSYNC_TOKEN the server's?"
        try:
            return str(answer.json()["error"])
        except (ValueError, KeyError, TypeError):
            return f"{self.server} answers {answer.status_code} {answer.reason_phrase}"


def _token(settings: Settings) -> str:
    if settings.token is None:
        raise BadInput("STREAMSYNC_TOKEN is not set: the server asks for it")
    token = settings.token.get_secret_value()
    if not token.isascii() or not token.isprintable():
        raise BadInput("STREAMSYNC_TOKEN: it is printable ASCII")
    return token


def _because(params: Params | None) -> Params | None:
    """With what --why says."""
    why = reason_given.get()
    return params if why is None else {**(params or {}), "why": why}


def _with(path: str, params: Params | None) -> str:
    return f"{path}?{httpx.QueryParams(params)}" if params else path


def reason(error: httpx.TransportError) -> str:
    """What was wrong with a connection, in a few words."""
    return (str(error) or type(error).__name__).splitlines()[0]


def _segment(text: str) -> str:
    # Checked here too: an id with a "/" in it would ask for something else.
    if not text.isalnum():
        raise NotFound(f"no job {text[:80]!r}")
    return text
