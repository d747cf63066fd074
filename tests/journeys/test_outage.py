"""Redis gone, killed or frozen so that connections hang: what goes on, what says so, and how all comes back."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import httpx
import pytest

from manifest_server.admin.jobs_api import THREADS
from manifest_server.onair.channels import LOADS_AT_ONCE
from manifest_server.onair.follow import EVERY_S, LOST_READS_AT_ONCE, READ_S, READS_AT_ONCE
from manifest_server.onair.playlists import JOIN_MS
from manifest_server.onair.remembered import FIRST_LOAD_S, PATIENCE_S
from storage.errors import Unavailable
from storage.keys import segment_key
from storage.redis_clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from storage.redis_link import ASK_S, QUIET_S
from tests.redis_servers import until
from tests.stage import asset

from .crowd import Answer, Crowd, figures
from .outages import CHANNELS, GONE, KINDS, KNOWN, NEVER_LOADED, Asking, Books, Door, House, assign, gone, house
from .watching import ask, read

pytestmark = pytest.mark.slow

SERVERS = 3
PER_SECOND = 60
BEFORE_S = 1.5
GONE_S = ASK_S + 2.0  # longer than any attempt at Redis, and than two segments
AFTER_S = 4.0
NEW_AT_ONCE = 200  # at each server, just when Redis goes
API_AT_ONCE = 60

ATTEMPTS = 3  # at everything that is asked of Redis: redis_link.py, jobs.py
BUSY_S = 2.0  # what a machine with other work may add to anything here
STANDSTILL_S = 1.5  # of the crowd or of a server at a time: of BUSY_S that leaves too little
TELLINGS = 3
KNOWN_S = EVERY_S + READ_S + BUSY_S  # from one ping to the end of the next
# Who asks a Redis in vain that is frozen waits for ATTEMPTS time-outs (6 s): whoever is answered in less has not.
SOON_S = READ_TIMEOUT_S + BUSY_S
# The longest that the code lets a player wait: for a viewer who is new, while nobody knows yet that Redis is gone.
WAIT_S = FIRST_LOAD_S + JOIN_MS / 1000 + BUSY_S
API_WAIT_S = ATTEMPTS * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S) + BUSY_S
SEGMENT_S = 4.0  # of the assets of stage.py
JOB = "ab" * 16


@dataclass
class Story:
    """What was written down of an outage. Instants are monotonic."""

    kind: str
    house: House
    crowd: Crowd
    doors: list[Door]  # of the API, that need Redis
    start: float = field(default_factory=time.monotonic)
    gone: float = 0.0
    known: float = 0.0  # when every server said that it was gone
    back: float = 0.0  # when Redis was let back, which takes it a moment
    ready: float = 0.0  # when every server said that it was back
    end: float = 0.0
    early_api: list[httpx.Response] = field(default_factory=list)  # asked just when Redis went
    api: list[httpx.Response] = field(default_factory=list)
    unready: list[httpx.Response] = field(default_factory=list)
    healthy: list[int] = field(default_factory=list)
    never_loaded: list[httpx.Response] = field(default_factory=list)
    segments: list[httpx.Response] = field(default_factory=list)  # while others of the API waited for Redis
    edit_s: float = 0.0  # until it was refused
    windows: list[tuple[float, list[int]]] = field(default_factory=list)  # the MSNs that all agreed on, and when
    calls: Counter[str] = field(default_factory=Counter)  # of Redis, from its return to the end
    connections: int = 0
    most_clients: int = 0

    @property
    def channel(self) -> str:
        """One that no other outage edits."""
        return CHANNELS[2 + KINDS.index(self.kind)]

    @property
    def held_up_s(self) -> float:
        """For how long at most the crowd, or a server, stood still: lists that it knows take it milliseconds."""
        known = self.crowd.between(self.start, self.end, "media")
        return max([self.crowd.late_s, *(one.seconds for one in known)])

    def answers(self, kind: str = "") -> list[Answer]:
        """Those to players while it was known that Redis is gone, from when the rush had been served."""
        rush = self.crowd.between(self.gone, self.back, "rush")
        return self.crowd.between(max(self.known, *(one.began + one.seconds for one in rush)), self.back, kind)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("outage"), SERVERS) as made:
        yield made


@pytest.fixture(scope="module", params=KINDS)
def story(three: House, request: pytest.FixtureRequest) -> Story:
    """An outage, from before to after; another one if something stood still for longer than the bounds have room for.

    The last counts, whatever was seen: servers that are wrong make known lists slow, too.
    """
    for telling in range(TELLINGS):
        told = _tell(three, request.param, telling)
        if told.held_up_s < STANDSTILL_S:
            break
    return told


def _tell(three: House, kind: str, telling: int) -> Story:
    paths = three.paths()
    asking = Asking(three.servers, paths)
    complete = three.uploaded(f"film {telling} for when Redis is {kind}".encode())
    doors = [("GET", "/jobs", None), ("GET", f"/jobs/{JOB}", None), ("POST", f"/jobs/{JOB}/cancel", None),
             ("POST", f"/jobs/{JOB}/retry", None), complete]  # fmt: skip
    with Crowd(asking, PER_SECOND) as crowd, ThreadPoolExecutor(API_AT_ONCE + 5) as pool:
        told = Story(kind, three, crowd, doors)
        time.sleep(BEFORE_S)  # there is to be something to compare with
        _compare(told, paths)
        books = Books(three.redis)
        with gone(three.redis, told.kind):
            told.gone = time.monotonic()
            asking.inventing = True
            crowd.also(("rush", asking.new(one.origin)) for one in three.servers for _ in range(NEW_AT_ONCE))
            early = [pool.submit(three.api, "GET", "/jobs") for _ in range(API_AT_ONCE)]
            edit = pool.submit(_refused_s, told)
            until(three.all_know, "all servers to say that Redis is gone")
            told.known = time.monotonic()
            late = [pool.submit(three.api, *door) for door in doors]
            _look_around(told)
            while time.monotonic() < told.gone + GONE_S:
                _compare(told, paths)
            told.edit_s = edit.result()
            told.api = [one.result() for one in late]
            told.early_api = [one.result() for one in early]
            asking.inventing = False  # who has come in goes on with the media playlists
            told.back = time.monotonic()
        if told.kind == "killed":
            books.begin()
        _until_settled(told, books)
    _print(told)
    return told


def _look_around(told: Story) -> None:
    for one in told.house.servers:
        told.unready.append(ask(f"{one.origin}/readyz"))
        told.healthy.append(ask(f"{one.origin}/healthz").status_code)
        told.segments.append(ask(f"{one.origin}/chunks/{segment_key(asset(1).id, 'cmaf', '240p', 0)}"))
        told.never_loaded.append(ask(f"{one.origin}/live/{NEVER_LOADED[told.kind]}/{KNOWN}/index.m3u8"))


def _refused_s(told: Story) -> float:
    """How long it takes until an edit is refused."""
    began = time.monotonic()
    with pytest.raises(Unavailable):
        assign(told.house.redis.url, told.channel)
    return time.monotonic() - began


def _compare(told: Story, paths: list[str]) -> None:
    """All servers say what the one says that has its Redis: of known lineups, and to a viewer nobody has seen."""
    for path in (*paths[:2], told.house.path_of(f"never-seen-{time.monotonic_ns()}")):
        text = told.house.all_say(path)
        if path == paths[0]:
            told.windows.append((time.monotonic(), [*read(text, told.house.servers[0].origin).segments]))
    time.sleep(0.2)  # the crowd is to have the machine


def _until_settled(told: Story, books: Books) -> None:
    while time.monotonic() < told.back + AFTER_S or not told.ready:
        told.most_clients = max(told.most_clients, books.clients())
        if not told.ready and set(told.house.states("/readyz")) == {200}:
            told.ready = time.monotonic()
        assert time.monotonic() < told.back + 20, "not all servers are ready again"
        time.sleep(0.02)
    told.calls, told.connections = books.read()
    told.end = time.monotonic()


def _print(told: Story) -> None:
    phases = {"before": (told.start, told.gone), "gone, not yet known": (told.gone, told.known),
              "gone": (told.known, told.back), "after": (told.back, told.end)}  # fmt: skip
    for phase, (since, end) in phases.items():
        for kind in ("media", "join", "new", "rush"):
            answers = told.crowd.between(since, end, kind)
            if answers:
                print(f"{told.kind}, {phase}, {end - since:.1f} s: {kind}: {figures(answers)}")  # noqa: T201
    early = max(one.elapsed.total_seconds() for one in told.early_api)
    late = max(one.elapsed.total_seconds() for one in told.api)
    print(  # noqa: T201
        f"{told.kind}: known after {told.known - told.gone:.2f} s, ready {told.ready - told.back:.2f} s after its "
        f"return; held up for {told.held_up_s:.2f} s at most; API: {early:.2f} s at most when it went, {late:.2f} s "
        f"when that was known; an edit was refused after {told.edit_s:.2f} s; Redis was asked {dict(told.calls)} "
        f"through {told.connections} connections, "
        f"{told.most_clients} at once"
    )


def test_every_playlist_goes_on(story: Story) -> None:
    """For known and for new viewers, with nobody waiting: who asked Redis would take PATIENCE_S or longer."""
    wrong = [one for one in story.crowd.between(story.start, story.end) if one.status != 200]
    assert not wrong
    assert len(story.answers("new")) > 20
    assert max(one.seconds for one in story.crowd.between(story.start, story.end)) < WAIT_S
    assert max(one.seconds for one in story.answers()) < SOON_S
    for kind in ("media", "join", "new"):
        assert median(one.seconds for one in story.answers(kind)) < PATIENCE_S


def test_playlists_are_those_of_a_server_that_was_not_cut_off(story: Story) -> None:
    """_compare has seen that; here, that the windows have moved on as time went, without a gap."""
    (began, first), (ended, last) = story.windows[0], story.windows[-1]
    assert len(story.windows) >= 3
    assert ended - began > 1.5 * SEGMENT_S
    assert abs(last[-1] - first[-1] - (ended - began) / SEGMENT_S) < 1.5
    for (_, before), (_, after) in pairwise(story.windows):
        assert after == [*range(after[0], after[-1] + 1)]
        assert before[0] <= after[0] <= before[-1] <= after[-1]


def test_what_needs_redis_is_503_and_soon(story: Story) -> None:
    for answer in (*story.api, *story.never_loaded):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), answer.text
        # So says who has looked whether Redis is known to be gone (onair/reach.py), and not asked it.
        assert GONE in answer.json()["error"]
    assert {answer.status_code for answer in story.early_api} <= {200, 503}
    assert max(answer.elapsed.total_seconds() for answer in story.early_api) < API_WAIT_S
    assert story.edit_s < ASK_S + BUSY_S


def test_segments_do_not_wait_for_it(story: Story) -> None:
    assert {answer.status_code for answer in story.segments} == {200}
    assert max(answer.elapsed.total_seconds() for answer in story.segments) < SOON_S


def test_readyz_names_the_part_and_healthz_is_well(story: Story) -> None:
    assert story.known - story.gone < KNOWN_S
    for answer in story.unready:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        said = answer.json()
        assert (said["status"], said["objects"]) == ("not ready", "ok")
        assert said["catalogue"].startswith(GONE)
    assert story.healthy == [200] * SERVERS


def test_no_stampede_follows_however_many_asked(story: Story) -> None:
    """No bound here knows of viewers or requests: a server's own manners are all that Redis sees."""
    new = sum(one.kind in {"new", "rush"} for one in story.crowd.between(story.gone, story.back))
    # Of a frozen Redis the kernel takes connections, and what was sent on them is read when it goes on.
    in_vain = story.kind == "frozen"
    # One at once, one as the listener broke, one begun before; and while it was counted.
    rounds = 3 + (story.end - story.back) / (0.8 * EVERY_S)
    followed = len(CHANNELS) + 1  # and what is said of assets
    assert story.calls["xrange"] <= SERVERS * (followed * rounds + in_vain * READS_AT_ONCE)
    # Nothing is loaded anew, as the streams tell that nothing changed; what was under way may come to its end.
    loads = SERVERS * LOADS_AT_ONCE * (1 + in_vain)
    assert sum(story.calls[name] for name in ("hget", "hmget", "xrevrange")) <= loads < new
    # Loads, readings, the ping and the listener; in vain each of them in each of its attempts.
    at_once = LOADS_AT_ONCE + READS_AT_ONCE + LOST_READS_AT_ONCE + 2
    listeners, pings = 1 + GONE_S / QUIET_S, 1 + GONE_S / READ_S
    tried = SERVERS * (ATTEMPTS * at_once + listeners + pings) + ATTEMPTS * THREADS
    assert story.connections <= SERVERS * at_once + in_vain * tried
    assert story.most_clients <= SERVERS * at_once + in_vain * tried


def test_all_comes_back_by_itself(story: Story) -> None:
    for redis in (story.house.redis, story.house.copy):
        assign(redis.url, story.channel)
    until(lambda: story.house.lineups_of(KNOWN, story.channel) == {"given"}, "all servers to hear of an edit")
    assert set(story.house.states(f"/live/{NEVER_LOADED[story.kind]}/{KNOWN}/index.m3u8")) == {200}
    assert story.house.api("GET", "/jobs").status_code == 200
    done = story.house.api(*story.doors[-1])
    assert done.json()["state"] == "queued"
