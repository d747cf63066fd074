"""First answers to requests that carry a key of their caller, so that one that is sent again is not done again."""

from pydantic import ValidationError

from storage import keys
from storage.errors import Unavailable
from storage.record import Record
from storage.redis_link import Link

KEPT_S = 24 * 3600
DOING_S = 120  # who has not answered by then was killed: another may do it
BODY_LIMIT = 256 << 10  # bytes; of a longer answer only is kept that it was given


class KeptAnswer(Record):
    """An answer, or that somebody is about to give it (`status` 0). `of`: the digest of what was asked.

    `mark`: whose it is. `body` is None when it was too long to be kept.
    """

    of: str
    mark: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = ""


class KeptAnswers:
    """Answers by the digest of who asked and with which key. Every method raises Unavailable."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def begin(self, key: str, answer: KeptAnswer) -> KeptAnswer | None:
        """What is there already; None if there was nothing: then the answer is the caller's to give."""
        place = keys.answer_key(key)
        taken = ("SET", place, answer.stored(), "NX", "PX", DOING_S * 1000)
        _, stored = await self._link.ask(place, taken, ("GET", place))
        try:
            found = KeptAnswer.model_validate_json(stored)
        except ValidationError:
            raise Unavailable(f"catalogue: {place} does not hold an answer") from None
        # Ours, when the command was sent again as its answer was lost.
        return None if found.mark == answer.mark else found

    async def keep(self, key: str, answer: KeptAnswer) -> None:
        """Keep an answer for a day."""
        place = keys.answer_key(key)
        await self._link.ask(place, ("SET", place, answer.stored(), "PX", KEPT_S * 1000))

    async def drop(self, key: str) -> None:
        """Nothing came of it: whoever asks again is to have it done."""
        place = keys.answer_key(key)
        await self._link.ask(place, ("DEL", place))
