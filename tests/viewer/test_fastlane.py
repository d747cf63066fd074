"""The fast lane says what the route says, byte for byte; and which requests it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from manifest_server.admin.access import set_public
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.app import Keep, application
from manifest_server.viewer.hotlane import PATHS_KEPT, Lane
from manifest_server.viewer.measures import Served
from manifest_server.viewer.playback_tokens import VERIFIED_KEPT, Keyring
from storage.catalogue import Catalogue
from storage.settings import Settings
from tests.stage import EPOCH_MS, Clock, asset, on_air
from tests.viewer.both_ways import Both, counted
from tests.viewer.playback import KEYS, token

DAY = EPOCH_MS // 86_400_000
LINEUP = derived_id("main", "alice")
PATH = f"/live/main/lineups/{LINEUP}~{DAY}/cmaf-240p.m3u8"
BROWSER = {"Host": "tv.example", "User-Agent": "Mozilla/5.0 (X11)", "Accept-Encoding": "gzip, deflate, br"}

Story = Callable[[Both, Catalogue, Clock], Awaitable[None]]
Tell = Callable[..., None]


@pytest.fixture(params=[Keep(PATHS_KEPT, VERIFIED_KEPT), Keep(0, 0)], ids=["kept", "made each time"])
def tell(request: pytest.FixtureRequest, redis_url: str) -> Tell:
    """Tell a story of the channel main, which has been on air for 100 seconds, and is asked for alice's lineup."""

    def told(story: Story, *, public: bool = True) -> None:
        async def whole() -> None:
            clock = Clock()
            keys = SecretStr(KEYS)
            chosen = Settings(data=Path("/nonexistent"), playback_keys=keys, preview=True)
            app = application(chosen, redis_url, clock, keep=request.param)
            async with Catalogue.connect(redis_url) as catalogue, app.router.lifespan_context(app):
                await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))
                await set_public(catalogue, "main", public=public)
                await story(Both(app), catalogue, clock)

        asyncio.run(whole())

    return told


def asked(target: str = PATH, method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
    lines = {**BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/{version}\r\n{head}\r\n".encode("latin-1")


async def tag(both: Both) -> str:
    (answer, _), _ = await both.answers(asked())
    return answer.partition(b"etag: ")[2].partition(b"\r\n")[0].decode()


async def same(both: Both, *pieces: bytes, full: int = 0, unchanged: int = 0) -> bytes:
    """The one answer, of which so many are the lane's."""
    await both.answers(asked())  # now the lineup is in memory
    before = counted(both)
    ours, other = await both.answers(*pieces)
    assert ours == other
    after = counted(both)
    assert (after[0] - before[0], after[1] - before[1]) == (full, unchanged)
    return ours[0]


TAKEN = {
    "as a browser asks": asked(),
    "for its head": asked(method="HEAD"),
    "without gzip": asked(Accept_Encoding="identity"),
    "two encodings": asked(Accept_Encoding="br", accept_encoding="gzip"),
    "without a host": b"GET " + PATH.encode() + b" HTTP/1.1\r\n\r\n",
    "keep-alive": asked(Connection="keep-alive"),
    "with CMCD": asked(f"{PATH}?CMCD=br%3D3200%2Csid%3D%22x%22"),
    "with a token that nobody needs": asked(f"{PATH}?t=x.y.z"),
    "no time shift": asked(f"{PATH}?back=0"),
    "a tag of another": asked(If_None_Match='W/"00"'),
    "an empty value": asked(X_Empty=""),
    "high bytes in a value": asked(X_Name="\xe9\xff"),
    "a range that no playlist has": asked(Range="bytes=0-1"),
}


@pytest.mark.parametrize("request_", TAKEN.values(), ids=TAKEN)
def test_what_the_lane_takes_is_answered_as_by_the_route(tell: Tell, request_: bytes) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        answer = await same(both, request_, full=1)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")

    tell(story)


LEFT = {
    "another path": asked("/time"),
    "a personal playlist": asked("/live/main/alice/index.m3u8"),
    "no such lineup": asked(PATH.replace(LINEUP, "nobody")),
    "no such rendition": asked(PATH.replace("cmaf-240p", "cmaf-9999p")),
    "no such channel": asked(PATH.replace("/main/", "/other/")),
    "a day to come": asked(PATH.replace(f"~{DAY}", f"~{DAY + 9}")),
    "no day": asked(PATH.replace(f"~{DAY}", "")),
    "an escaped path": asked(PATH.replace("~", "%7E")),
    "another instant": asked(f"{PATH}?at=1767225700"),
    "an unknown parameter": asked(f"{PATH}?x=1"),
    "two tokens": asked(f"{PATH}?t=&t=a.b.c"),
    "no step of time shift": asked(f"{PATH}?back=7"),
    "two time shifts": asked(f"{PATH}?back=600&back=1800"),
    "a fragment": asked(f"{PATH}?CMCD=1#x"),
    "an absolute URI": asked(f"http://tv.example{PATH}"),
    "another method": asked(method="POST"),
    "a preflight": asked(method="OPTIONS"),
    "an odd method": asked(method="FETCH"),
    "of 1990": asked(version="1.0"),
    "of the future": asked(version="1.2"),
    "to be closed": asked(Connection="close"),
    "an upgrade": asked(Connection="Upgrade", Upgrade="websocket"),
    "a body": asked(Content_Length="3") + b"abc",
    "two lengths": asked(Content_Length="3", content_length="4") + b"abc",
    "a chunked body": asked(Transfer_Encoding="chunked") + b"0\r\n\r\n",
    "both": asked(Transfer_Encoding="chunked", Content_Length="5") + b"0\r\n\r\n",
    "something to wait for": asked(Expect="100-continue", Content_Length="0"),
    "a bare LF": asked().replace(b"\r\n", b"\n"),
    "a bare LF in the head": asked(X_One="a\nX-Two: b"),
    "a bare CR": asked(X_One="a\rb"),
    "a null": asked(X_One="a\0b"),
    "a folded line": asked(X_One="a\r\n b"),
    "a space before the colon": asked().replace(b"Host:", b"Host :"),
    "no colon": asked().replace(b"Host:", b"Host"),
    "two spaces": asked().replace(b"GET ", b"GET  "),
    "too long a target": asked(f"{PATH}?CMCD={'x' * 5000}"),
    "too long a head": asked(X_Long="x" * 20_000),
    "what is more": asked() + b"GARBAGE",
}


@pytest.mark.parametrize("request_", LEFT.values(), ids=LEFT)
def test_whatever_else_comes_is_left_to_the_application(tell: Tell, request_: bytes) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        await same(both, request_)

    tell(story)


@pytest.mark.parametrize("form", ["{}", '{}, W/"1"', 'W/"1",{}', "*", "w{}"])
def test_what_a_player_has_already_is_not_sent_again(tell: Tell, form: str) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        unless = form.format(await tag(both))
        is_known = not form.startswith("w")
        answer = await same(both, asked(If_None_Match=unless), full=not is_known, unchanged=is_known)
        assert answer.startswith(b"HTTP/1.1 304 " if is_known else b"HTTP/1.1 200 ")

    tell(story)


def test_packets_that_are_not_one_request_each(tell: Tell) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        one = asked()
        await same(both, one[:20], one[20:])
        await same(both, one + one)
        await same(both, one, one, one, full=3)
        await same(both, one + one[:9], one[9:], one, full=1)
        await same(both, b"\r\n" + one, one, full=1)
        # A body that reads like a request is none.
        await same(both, asked("/beacon", "POST", Content_Length=str(len(one))), one, one, full=1)
        await same(both, asked(Connection="Upgrade", Upgrade="websocket"), one)

    tell(story)


def test_the_lane_says_the_same_at_every_instant(tell: Tell) -> None:
    async def story(both: Both, _: Catalogue, clock: Clock) -> None:
        seen = set()
        for step in range(120):
            clock.now_ms = EPOCH_MS + 100_000 + step * 437
            seen.add(await same(both, asked(), full=1))
        assert len(seen) > 20

    tell(story)


def test_what_changes_on_the_channel_counts_at_once(tell: Tell) -> None:
    async def story(both: Both, catalogue: Catalogue, _: Clock) -> None:
        assert b"public" in await same(both, asked(), full=1)
        await set_public(catalogue, "main", public=False)
        async with asyncio.timeout(10):
            while (await both.answers(asked()))[1][0].startswith(b"HTTP/1.1 200"):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        before = counted(both)
        ours, other = await both.answers(asked())
        assert ours == other
        assert ours[0].startswith(b"HTTP/1.1 401 ")
        assert counted(both) == before

    tell(story)


def narrowed(**claims: object) -> str:
    return token({"lineup": LINEUP, **claims})


KEYRING = Keyring.of(SecretStr(KEYS))
CLAIMS = KEYRING.claims([token()], "main", EPOCH_MS + 100_000)
OURS = KEYRING.narrowed(CLAIMS, LINEUP)
NOW_S = (EPOCH_MS + 100_000) // 1000
TOKENS = {
    "of the personal playlist": (OURS, True, 200),
    "altered": (OURS[:-2] + ("A" if OURS[-2] != "A" else "B") + OURS[-1], False, 403),
    "with more behind": (OURS + "A", False, 403),
    "of another lineup": (KEYRING.narrowed(CLAIMS, "kids"), False, 403),
    "of an operator": (token(), False, 200),
    "of nobody": ("", False, 401),
    "no token": ("x", False, 403),
    "too long": (OURS + "A" * 2000, False, 403),
    "expired": (narrowed(exp=NOW_S - 1), False, 403),
    "of another channel": (narrowed(aud="other"), False, 403),
    "that lasts for ever": (narrowed(exp=NOW_S + 40 * 86_400), False, 403),
    "of a viewer without a name": (narrowed(sub=".."), False, 403),
    "of tomorrow": (narrowed(iat=NOW_S + 1000, exp=NOW_S + 2000), False, 403),
}


@pytest.mark.parametrize(("text", "taken", "status"), TOKENS.values(), ids=TOKENS)
def test_tokens_open_in_the_lane_what_they_open_elsewhere(tell: Tell, text: str, taken: bool, status: int) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        await both.answers(asked(f"{PATH}?t={OURS}"))
        for target in (f"{PATH}?t={text}", f"{PATH}?back=0&t={text}&CMCD=x"):
            before = counted(both)
            ours, other = await both.answers(asked(target))
            assert ours == other
            assert ours[0].startswith(b"HTTP/1.1 %d " % status)
            assert counted(both)[0] - before[0] == taken

    tell(story, public=False)


def test_a_token_that_was_good_expires_in_the_lane_too(tell: Tell) -> None:
    async def story(both: Both, _: Catalogue, clock: Clock) -> None:
        target = asked(f"{PATH}?t={OURS}")
        await both.answers(target)
        assert (await both.answers(target))[0][0].startswith(b"HTTP/1.1 200")
        clock.now_ms = int(CLAIMS.expires_s * 1000)
        ours, other = await both.answers(target)
        assert ours == other
        assert b"has expired" in ours[0]

    tell(story, public=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_what_no_one_thought_of(tell: Tell, seed: int) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        await both.answers(asked())
        requests = [*TAKEN.values()] * 4 + [one for one in LEFT.values() if len(one) < 2000]
        draw, before = Random(seed), counted(both)
        for _number in range(100):
            pieces = mangled(draw, b"".join(draw.choices(requests, k=draw.choice((1, 1, 1, 2, 3)))))
            ours, other = await both.answers(*pieces)
            assert ours == other, pieces
        assert counted(both)[0] > before[0] + 5

    tell(story)


PUT = (b"\r\n", b"\n", b" ", b":", b"\0", b"GET ", b"\xff", b"%", b"\r\n\r\n", b"?", b"&t=", b"#", b"~")


def mangled(draw: Random, whole: bytes) -> list[bytes]:
    """Bytes with others put in and taken out, in packets cut anywhere."""
    for _ in range(draw.choice((0, 0, 1, 1, 3))):
        at = draw.randint(0, len(whole))
        whole = whole[:at] + draw.choice(PUT) + whole[at + draw.randint(0, 3) :]
    cuts = sorted(draw.randint(0, len(whole)) for _ in range(draw.choice((0, 0, 1, 3))))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]


def test_a_lane_without_room_gives_up_what_was_made_but_answers(tell: Tell) -> None:
    async def story(both: Both, _: Catalogue, __: Clock) -> None:
        both.lane = Lane(both.lane.playlists, KEYRING, both.lane._now_ms, Served(), 30_000)
        before = 0
        for number in range(300):
            await both.answers(asked(f"{PATH}?CMCD={number}"))
            path = PATH.replace(LINEUP, derived_id("main", f"viewer-{number % 40}"))
            await both.answers(asked(path))
            ours, other = await both.answers(asked(path))
            assert ours == other
            before += 1
        assert counted(both)[0] >= before
        assert len(both.lane._entries) < 20
        entries = [*both.lane._entries.young.values(), *(one.entry for one in both.lane._targets.young.values())]
        held = {id(one) for one in entries if one.finished is not None}
        assert 0 < len(held) < 20

    tell(story)
