"""Who asks: how long a token is taken for what it was, and what junk may cost."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr

from manifest_server.admin.admission import Admission, Caller
from manifest_server.admin.fresh import LOOKUPS_AT_ONCE, REMEMBERED_S, STRANGERS
from manifest_server.onair.reach import Reach
from storage.errors import Unavailable
from storage.token_record import TokenRecord, digest, written
from tests.stage import EPOCH_MS, Clock

TOKEN = written(b"\1" * 8, b"\2" * 32)
OTHER = written(b"\1" * 8, b"\3" * 32)
RECORD = TokenRecord(id="01" * 8, scope="edit", name="ci", digest=digest(TOKEN), created_ms=EPOCH_MS)
CI = Caller("token 0101010101010101 (ci)", "edit")


class Shelf:
    """A catalogue's tokens, how often they were asked for, and whether it answers."""

    def __init__(self, *records: TokenRecord) -> None:
        self.records = {record.id: record for record in records}
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self.gone = False
        self.answers = asyncio.Event()  # what it knows it tells at once, of all else nothing before
        self.answers.set()
        self.seconds = 1000.0
        self.clock = Clock(EPOCH_MS)
        self.reach = Reach()

    async def token(self, token_id: str) -> TokenRecord | None:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        if token_id not in self.records:
            await self.answers.wait()
        self.at_once -= 1
        if self.gone:
            raise Unavailable("Redis at x: no answer")
        return self.records.get(token_id)

    def admission(self, owner: str | None = None) -> Admission:
        secret = None if owner is None else SecretStr(owner)
        return Admission(secret, self.token, self.reach, self.clock, lambda: self.seconds)


def told(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story()

    asyncio.run(whole())


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_a_machine_token_and_the_owner_s_are_known() -> None:
    async def story() -> None:
        admission = Shelf(RECORD).admission("owner's")
        assert await admission.caller(bearer(TOKEN)) == CI
        assert await admission.caller("bearer " + TOKEN) == CI
        assert await admission.caller(bearer("owner's")) == Caller("owner", "own")
        assert await admission.caller("Basic owner's") is None
        assert await admission.caller("Basic " + TOKEN) is None
        assert await admission.caller(bearer(OTHER)) is None

    told(story)


@pytest.mark.parametrize("nothing", ["", "Bearer", "Bearer ", "Bearer  ", "Bearer None"])
def test_without_an_owner_s_token_nothing_is_nobody(nothing: str) -> None:
    async def story() -> None:
        assert await Shelf().admission().caller(nothing) is None

    told(story)


def test_a_machine_token_in_a_server_s_environment_is_no_owner_s() -> None:
    async def story() -> None:
        assert await Shelf(RECORD).admission(TOKEN).caller(bearer(TOKEN)) == CI
        assert await Shelf().admission(TOKEN).caller(bearer(TOKEN)) is None

    told(story)


def test_a_token_is_looked_up_once_in_three_seconds() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD)
        admission = shelf.admission()
        for _ in range(100):
            assert await admission.caller(bearer(TOKEN)) == CI
        assert shelf.asked == 1
        shelf.seconds += 3.0
        assert await admission.caller(bearer(TOKEN)) == CI
        assert shelf.asked == 2

    told(story)


def test_a_revoked_token_opens_nothing_after_three_seconds() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD)
        admission = shelf.admission()
        assert await admission.caller(bearer(TOKEN)) == CI
        shelf.records.clear()
        shelf.seconds += 2.9
        assert await admission.caller(bearer(TOKEN)) == CI
        shelf.seconds += 0.1
        assert await admission.caller(bearer(TOKEN)) is None

    told(story)


def test_a_token_that_is_remembered_is_over_at_its_very_millisecond() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD.model_copy(update={"expires_ms": EPOCH_MS + 1000}))
        admission = shelf.admission()
        for ms, known in ((0, True), (999, True), (1000, False), (5000, False)):
            shelf.clock.now_ms = EPOCH_MS + ms
            assert (await admission.caller(bearer(TOKEN)) is not None) == known
        assert shelf.asked == 1

    told(story)


def test_when_redis_is_gone_only_what_was_just_seen_is_let_in() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD)
        admission = shelf.admission("owner's")
        assert await admission.caller(bearer(TOKEN)) == CI
        for known in (False, True):
            shelf.gone = True
            if known:
                shelf.reach.lost()
            shelf.seconds = 1000.0
            assert await admission.caller(bearer(TOKEN)) == CI
            shelf.seconds = 1003.1
            with pytest.raises(Unavailable) as error:
                await admission.caller(bearer(TOKEN))
            assert TOKEN not in str(error.value)
            with pytest.raises(Unavailable):
                await admission.caller(bearer(written(b"\4" * 8, b"\5" * 32)))
            assert await admission.caller(bearer("owner's")) == Caller("owner", "own")

    told(story)


def test_junk_without_the_form_of_a_token_costs_no_look_up() -> None:
    async def story() -> None:
        shelf = Shelf()
        admission = shelf.admission()
        for junk in ("x", "sst_x_y", TOKEN[:-1], TOKEN + "0", "s" * 16_000, "\xff" * 85, "sst_" + "\u0661" * 81):
            assert await admission.caller(bearer(junk)) is None
        assert shelf.asked == 0

    told(story)


def test_junk_of_the_form_of_a_token_is_looked_up_a_few_at_a_time_and_forgets_no_token() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD)
        admission = shelf.admission()
        assert await admission.caller(bearer(TOKEN)) == CI
        junk = [written(secrets.token_bytes(8), b"\2" * 32) for _ in range(STRANGERS)]
        found = await asyncio.gather(*(admission.caller(bearer(one)) for one in junk))
        assert set(found) == {None}
        assert shelf.most_at_once == LOOKUPS_AT_ONCE == 8
        assert (shelf.asked, await admission.caller(bearer(TOKEN)), shelf.asked) == (257, CI, 257)
        # The same again within a second costs nothing.
        assert set(await asyncio.gather(*(admission.caller(bearer(one)) for one in junk))) == {None}
        assert shelf.asked == 257

    told(story)


def test_a_token_that_was_seen_before_never_waits_for_junk() -> None:
    async def story() -> None:
        shelf = Shelf(RECORD)
        admission = shelf.admission()
        assert await admission.caller(bearer(TOKEN)) == CI
        shelf.answers.clear()
        junk = [
            asyncio.create_task(admission.caller(bearer(written(secrets.token_bytes(8), b"\2" * 32))))
            for _ in range(STRANGERS)
        ]
        while shelf.at_once < LOOKUPS_AT_ONCE:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for _ in range(3):
            shelf.seconds += REMEMBERED_S + 0.1
            assert await admission.caller(bearer(TOKEN)) == CI
        # Who cannot be told from junk yet hears at once that there is too much of it.
        with pytest.raises(Unavailable, match="very many ask with a token that is not known here yet"):
            await admission.caller(bearer(written(b"\4" * 8, b"\5" * 32)))
        assert shelf.at_once == LOOKUPS_AT_ONCE
        shelf.answers.set()
        assert set(await asyncio.gather(*junk)) == {None}

    told(story)
