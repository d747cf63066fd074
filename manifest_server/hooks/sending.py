"""One request to a webhook: to an address that was looked at first, without redirects, and with an end.

Loaded when there is something to send: httpx takes its time.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from manifest_server.hooks.addresses import NotSent, addresses

TIMEOUT_S = 10.0
ANSWER_LIMIT = 4096  # bytes of an answer's body that are read, so that who sends it is not cut off; they say nothing
_PORTS = {"http": 80, "https": 443}
_CONTENT = {"content-type": "application/json", "user-agent": "StreamSync", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answers; `retry_after`: as it says it, "" if it does not."""

    status: int
    retry_after: str = ""


class Sender:
    """Sends. Belongs to one event loop."""

    def __init__(self, *, private: bool, timeout_s: float = TIMEOUT_S, trust: ssl.SSLContext | None = None) -> None:
        """`private`: also to addresses that are not public. `trust`: whose certificates, else those of the system."""
        self._private = private
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            verify=trust or ssl.create_default_context(),
            trust_env=False,  # a proxy would look the host up by itself
            follow_redirects=False,
            timeout=None,  # noqa: S113 - there is one for all of it
            # A connection is kept by its address, and would be used for another host at the same.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer. Raises NotSent."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._posted(url, {**_CONTENT, **headers}, body)
        except TimeoutError:
            raise NotSent(f"no answer within {self._timeout_s:g} s") from None
        except httpx.InvalidURL as error:
            raise NotSent(str(error)) from None
        except httpx.ConnectError as error:
            raise NotSent(f"cannot connect: {error}") from None
        except httpx.HTTPError as error:
            raise NotSent(f"no answer: {type(error).__name__}") from None
        except (OSError, UnicodeError):  # of the look-up
            raise NotSent(f"{urlsplit(url).hostname} is not found") from None

    async def _posted(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        found = await addresses(host, parts.port or _PORTS[parts.scheme], private=self._private)
        for address in found[:-1]:
            with suppress(httpx.ConnectError):  # another may answer: a machine without IPv6, perhaps
                return await self._asked(url, host, address, headers, body)
        return await self._asked(url, host, found[-1], headers, body)

    async def _asked(self, url: str, host: str, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        # By its address, so that it is the one that was looked at; the certificate is the host's all the same.
        request = self._client.build_request(
            "POST", httpx.URL(url).copy_with(host=address), content=body,
            headers={**headers, "host": urlsplit(url).netloc}, extensions={"sni_hostname": host},
        )  # fmt: skip
        answer = await self._client.send(request, stream=True)
        try:
            await _read(answer)
        finally:
            await answer.aclose()
        return Answer(answer.status_code, answer.headers.get("retry-after", ""))


async def _read(answer: httpx.Response) -> None:
    taken = 0
    with suppress(httpx.HTTPError):  # it has answered: what comes of the rest does not matter
        async for chunk in answer.aiter_raw(ANSWER_LIMIT):
            taken += len(chunk)
            if taken >= ANSWER_LIMIT:
                return
