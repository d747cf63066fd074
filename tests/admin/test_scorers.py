"""Scorers that are not ours: plug-ins and models behind HTTP, and all that may be wrong with what they say."""

import json
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest

from manifest_server.admin import scorers
from manifest_server.programming.affinity import Affinity, Audience, Features, Scorer, Scores, audience
from storage.errors import BadInput, Unavailable
from storage.profile_records import ProfileRecord

A, B, C = (f"{n:032x}" for n in range(3))
POOL = Features((A, B, C), (("kids",), ("sport",), ()), (0, 0, 0))
SEEN = audience([ProfileRecord(likes={"kids": 0.5}), ProfileRecord(history=((B, 0.75),))], POOL)
RAW = "application/octet-stream"


def unread(key: str) -> bytes:
    raise AssertionError(f"nobody needs {key}")


def scorer_of(name: str) -> Scorer:
    return scorers.scorer_of(name, unread)


Answer = Callable[[bytes, str], tuple[int, str, bytes]]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Starts a model that answers so, and gives its URL."""
    monkeypatch.setattr(scorers, "_PAUSES_S", (0.01, 0.01))
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, kind, data = answer(body, self.headers["Content-Type"])
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,)).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}/score"

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def raw(scores: list[list[float]]) -> bytes:
    return np.array(scores, dtype="<f4").tobytes()


GOOD = [[0.5, 0.25, 0.0], [-1.0, 1.0, 0.125]]


def test_a_model_is_asked_in_plain_numbers_and_answers_in_plain_numbers(model: Callable[[Answer], str]) -> None:
    asked: list[bytes] = []

    def answer(body: bytes, kind: str) -> tuple[int, str, bytes]:
        asked.append(body)
        assert kind == RAW
        return 200, RAW, raw(GOOD)

    assert scorer_of(model(answer)).scores(SEEN, POOL).tolist() == GOOD
    # two viewers, three assets, two tags; likes, what assets have, what was seen
    habit = 102 / 1024  # of sport: 512 parts of three quarters seen, in the fifth
    likes, having, seen = [0.5, 0, 0, float(np.float32(51 / 1024))], [1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0.75, 0]
    assert habit > likes[3]
    assert asked == [struct.pack("<4I16f", 2, 3, 2, 0, *likes, *having, *seen)]


def test_a_model_may_be_asked_and_answer_in_json(model: Callable[[Answer], str]) -> None:
    asked: list[dict[str, object]] = []

    def answer(body: bytes, kind: str) -> tuple[int, str, bytes]:
        assert kind == "application/json"
        asked.append(json.loads(body))
        return 200, "application/json; charset=utf-8", json.dumps({"scores": GOOD}).encode()

    assert scorer_of(model(answer) + "#json").scores(SEEN, POOL).tolist() == GOOD
    assert asked[0]["tags"] == ["kids", "sport"]
    assert asked[0]["assets"] == [A, B, C]
    assert asked[0]["seen"] == [[0, 0, 0], [0, 0.75, 0]]


@pytest.mark.parametrize(
    ("status", "kind", "data", "says"),
    [
        (404, RAW, b"", "it answers 404"),
        (302, RAW, b"", "it answers 302"),
        (503, RAW, b"", "it answers 503"),
        (200, RAW, raw(GOOD)[:-4], "its answer has 20 bytes, not 24"),
        (200, RAW, raw([*GOOD, *GOOD]), "its answer is longer than 24 bytes"),
        (200, RAW, raw([[0, 0, 0], [0, float("nan"), 0]]), "no finite numbers"),
        (200, RAW, raw([[0, 0, 0], [0, float("-inf"), 0]]), "no finite numbers"),
        (200, "application/json", b'{"scores": [[1, 2, 3]]}', r"gives \(1, 3\) scores: \(2, 3\) were asked for"),
        (200, "application/json", b'{"scores": [[1, 2, 3], [1, 2]]}', "its answer is not"),
        (200, "application/json", b'{"scores": [[1, 2, 3], [1, 2, "x"]]}', "its answer is not"),
        (200, "application/json", b'{"scores": [[1, 2, 3], [1, 2, NaN]]}', "no finite numbers"),
        (200, "application/json", b"[" * 1000, "its answer is not"),
        (200, "application/json", b" " * 5000, "its answer is longer than 1216 bytes"),
        (200, "application/python-pickle", b"cos\nsystem\n(S'false'\ntR.", "its answer is not"),
    ],
)
def test_an_answer_that_is_none_is_told(
    model: Callable[[Answer], str], status: int, kind: str, data: bytes, says: str
) -> None:
    scorer = scorer_of(model(lambda body, asked: (status, kind, data)))
    with pytest.raises(Unavailable, match=says):
        scorer.scores(SEEN, POOL)


def test_a_model_that_was_busy_is_asked_again(model: Callable[[Answer], str]) -> None:
    answers = iter([(503, RAW, b""), (429, RAW, b""), (200, RAW, raw(GOOD))])
    assert scorer_of(model(lambda body, kind: next(answers))).scores(SEEN, POOL).tolist() == GOOD


@pytest.mark.parametrize(
    "url", ["http://", "https://user:secret@host/", "http://secret@[::1", "http://host/?key=secret"]
)
def test_a_url_that_is_none_is_told(url: str) -> None:
    with pytest.raises(BadInput) as raised:
        scorer_of(url)
    assert "secret" not in str(raised.value)


class Plain:
    """A plug-in that says what it was made with."""

    def __init__(self, scores: object) -> None:
        self._scores = scores

    def scores(self, audience: Audience, features: Features) -> Scores:
        if isinstance(self._scores, Exception):
            raise self._scores
        return self._scores  # type: ignore[return-value]


def good() -> Plain:
    return Plain(np.array(GOOD))


def broken() -> Plain:
    raise ZeroDivisionError("no model here")


def without() -> object:
    return object()


def short() -> Plain:
    return Plain(np.zeros((1, 3)))


def words() -> Plain:
    return Plain("0.5")


def failing() -> Plain:
    return Plain(KeyError("weights"))


@pytest.fixture
def plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("good", "broken", "without", "short", "words", "failing", "absent")
    points = EntryPoints(EntryPoint(name, f"{__name__}:{name}", scorers.GROUP) for name in names)
    monkeypatch.setattr(scorers, "entry_points", points.select)


def test_the_built_in_scorer_is_there_and_so_are_plug_ins(plug_ins: None) -> None:
    assert isinstance(scorer_of("affinity"), Affinity)
    assert scorer_of("good").scores(SEEN, POOL).tolist() == GOOD


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("other", "no scorer 'other': there are absent, affinity, broken, collaborative@MODEL, failing, good"),
        ("broken", "scorer 'broken' cannot be loaded: ZeroDivisionError: no model here"),
        ("absent", "scorer 'absent' cannot be loaded: AttributeError"),
        ("without", "scorer 'without': it has no method 'scores'"),
    ],
)
def test_a_plug_in_that_is_none_is_told(plug_ins: None, name: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        scorer_of(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("short", r"scorer 'short' gives \(1, 3\) scores: \(2, 3\) were asked for"),
        ("words", "scorer 'words' gives str, and no array of floats"),
        ("failing", "scorer 'failing' failed: KeyError: 'weights'"),
    ],
)
def test_what_a_plug_in_says_is_looked_at(plug_ins: None, name: str, says: str) -> None:
    with pytest.raises(Unavailable, match=says):
        scorer_of(name).scores(SEEN, POOL)
