"""Passwords: what is good enough for one, and their argon2 hashes, few at a time and in threads."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from storage.errors import BadInput, Unavailable

SHORTEST, LONGEST = 10, 256  # characters; any will do, as rules of what must be in one make worse ones (NIST 800-63B)
# RFC 9106's order of strength at a memory that a server has to spare: some 60 ms of one core, beside playlists.
TIME_COST, MEMORY_KIB, LANES = 3, 32 << 10, 1
AT_ONCE = 2
WAITING = 32

Answer = TypeVar("Answer")


def checked_password(password: SecretStr, name: str) -> SecretStr:
    """The password if it may be that of the account `name`. Raises BadInput, which does not tell it."""
    text = password.get_secret_value()
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadInput(f"a password has {SHORTEST} to {LONGEST} characters, and this has {len(text)}")
    if text.strip().casefold() == name.casefold():
        raise BadInput("a password is not the name of the account")
    return password


class Passwords:
    """Hashes and compares passwords, AT_ONCE at a time: in threads, which let go of the interpreter's lock meanwhile.

    So playlists go on. Both raise Unavailable when very many wait.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(TIME_COST, MEMORY_KIB, LANES)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: SecretStr) -> str:
        """What is stored of a password."""
        return await self._in_turn(lambda: self._hasher.hash(_bytes(password)))

    async def fits(self, password: SecretStr, stored: str | None) -> bool:
        """Whether it is the one that `stored` is the hash of. Without any it takes as long, and is not."""
        return await self._in_turn(lambda: self._compared(_bytes(password), stored))

    def _compared(self, password: bytes, stored: str | None) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_bytes(32))
        try:
            self._hasher.verify(stored or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _in_turn(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= WAITING:
            raise Unavailable("too many sign in at once")
        self._waiting += 1
        try:
            async with self._gate:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _bytes(password: SecretStr) -> bytes:
    # No longer than a password can be, so that nobody's takes longer. Half a surrogate pair may come in JSON.
    text = password.get_secret_value()[: LONGEST + 1]
    return unicodedata.normalize("NFC", text).encode(errors="surrogatepass")
