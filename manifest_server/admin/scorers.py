"""Who says how much viewers like assets: the built-in affinity, a plug-in, or a model behind HTTP, by name.

A plug-in is a Python entry point of the group `streamsync.scorers`: a function without arguments that gives a
`Scorer`. A model is asked with plain numbers and answers with plain numbers: nothing is ever unpickled.
"""

import json
import struct
import time
from collections.abc import Callable
from importlib.metadata import entry_points

import httpx
import numpy as np

from manifest_server.programming.affinity import Affinity, Audience, Features, Scorer, Scores
from manifest_server.programming.collaborative import Collaborative
from storage.errors import BadInput, StreamSyncError, Unavailable
from storage.keys import COLLABORATIVE, model_key
from storage.models import read_model

GROUP = "streamsync.scorers"
AFFINITY = "affinity"
TIMEOUT = httpx.Timeout(60, connect=5)  # for the slowest part of an answer, and for the connection
_PAUSES_S = (0.5, 2.0)  # before the second and the third attempt
_NUMBER_BYTES = 32  # the longest that a number in JSON may take
_RAW = "application/octet-stream"


def scorer_of(name: str, read: Callable[[str], bytes]) -> Scorer:
    """The scorer of this name, or at this URL; `read` gives an object's bytes.

    Raises BadInput for one that is not there, or cannot be loaded; NotFound and Unavailable for a model.
    """
    if name == AFFINITY:
        return Affinity()
    if name.startswith(COLLABORATIVE):
        key = model_key(name.removeprefix(COLLABORATIVE))
        return Checked(name, Collaborative(*read_model(read(key), key)))
    if name.startswith(("http://", "https://")):
        return Checked(name, HttpScorer(name))
    found = entry_points(group=GROUP, name=name)
    if not found:
        others = sorted({AFFINITY, f"{COLLABORATIVE}MODEL", *entry_points(group=GROUP).names})
        raise BadInput(f"no scorer {name[:80]!r}: there are {', '.join(others)}, and URLs of models")
    try:
        made = next(iter(found)).load()()
    except Exception as error:  # whatever a plug-in does wrong
        raise BadInput(f"scorer {name!r} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "scores", None)):
        raise BadInput(f"scorer {name!r}: it has no method 'scores'")
    return Checked(name, made)


class Checked:
    """A scorer whose answers are looked at: as many numbers as there should be, all of them finite."""

    def __init__(self, name: str, scorer: Scorer) -> None:
        self._name = name
        self._scorer = scorer

    def scores(self, audience: Audience, features: Features) -> Scores:
        """See Scorer. Raises Unavailable, naming the scorer, for what is no score."""
        try:
            found = self._scorer.scores(audience, features)
        except StreamSyncError:
            raise
        except Exception as error:  # likewise
            raise Unavailable(f"scorer {self._name!r} failed: {type(error).__name__}: {error}") from error
        if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
            raise Unavailable(f"scorer {self._name!r} gives {type(found).__name__}, and no array of floats")
        if found.shape != audience.never.shape:
            raise Unavailable(
                f"scorer {self._name!r} gives {found.shape} scores: {audience.never.shape} were asked for"
            )
        if not np.isfinite(found).all():
            raise Unavailable(f"scorer {self._name!r} gives scores that are no finite numbers")
        return found.astype(np.float32)


class HttpScorer:
    """A model behind HTTP.

    It is sent, as `application/octet-stream`, four numbers (u32: viewers, assets, tags, 0) and three matrices (f32,
    all little-endian): likes (viewers x tags), assets (assets x tags), and parts seen (viewers x assets). It answers
    viewers x assets scores, likewise, or as JSON `{"scores": [[...], ...]}`. With `#json` at its end, the question is
    JSON too: `tags`, `assets` (ids), and the matrices as `likes`, `features`, `seen`.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            parsed = httpx.URL()
        # It is kept with the plan and told in errors: nothing in it may be a secret.
        if not parsed.host or parsed.userinfo or parsed.query:
            raise BadInput(
                "scorer: its URL is http:// or https:// and a host, perhaps a port and a path; no credentials, no '?'"
            )
        self._json = parsed.fragment == "json"
        self._url = parsed.copy_with(fragment=None)
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)

    def scores(self, audience: Audience, features: Features) -> Scores:
        """See Scorer. Raises Unavailable."""
        shape = audience.never.shape
        body, kind = self._question(audience, features)
        for pause_s in (*_PAUSES_S, None):
            try:
                return self._answer(body, kind, shape)
            except (httpx.TransportError, _Passing) as error:
                if pause_s is None:
                    raise Unavailable(f"scorer {self._place}: {error or type(error).__name__}") from None
            time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    @property
    def _place(self) -> str:
        return f"{self._url.scheme}://{self._url.netloc.decode()}{self._url.path}"

    def _question(self, audience: Audience, features: Features) -> tuple[bytes, str]:
        matrices = (audience.likes, features.matrix, audience.seen)
        if self._json:
            likes, having, seen = (one.tolist() for one in matrices)
            said = {"tags": list(features.vocabulary), "assets": list(features.assets)}
            return json.dumps({**said, "likes": likes, "features": having, "seen": seen}).encode(), "application/json"
        head = struct.pack("<4I", *audience.never.shape, features.matrix.shape[1], 0)
        return head + b"".join(one.astype("<f4").tobytes() for one in matrices), _RAW

    def _answer(self, body: bytes, kind: str, shape: tuple[int, ...]) -> Scores:
        count = shape[0] * shape[1]
        headers = {"Content-Type": kind, "Accept": f"{_RAW}, application/json"}
        with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
            if answer.status_code >= 500 or answer.status_code == 429:
                raise _Passing(f"it answers {answer.status_code}")
            if answer.status_code != 200:
                raise Unavailable(f"scorer {self._place}: it answers {answer.status_code}")
            raw = answer.headers.get("content-type", "").partition(";")[0].strip() == _RAW
            data, limit = bytearray(), count * (4 if raw else _NUMBER_BYTES) + (0 if raw else 1024)
            for some in answer.iter_bytes():
                data += some
                if len(data) > limit:
                    raise Unavailable(f"scorer {self._place}: its answer is longer than {limit} bytes")
        if not raw:
            return _from_json(bytes(data), shape, self._place)
        if len(data) != limit:
            raise Unavailable(f"scorer {self._place}: its answer has {len(data)} bytes, not {limit}")
        return np.frombuffer(bytes(data), dtype="<f4").astype(np.float32).reshape(shape)


class _Passing(Exception):
    """An answer after which another attempt may succeed."""


def _from_json(data: bytes, shape: tuple[int, ...], place: str) -> Scores:
    try:
        found = np.array(json.loads(data)["scores"], dtype=np.float32)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Unavailable(f'scorer {place}: its answer is not {{"scores": [[...], ...]}}') from None
    if found.shape != shape:
        raise Unavailable(f"scorer {place}: it gives {found.shape} scores: {shape} were asked for")
    return found
