"""Simulated players over HTTP: each joins, reloads its lists, fetches segments, asks the time and sends beacons.

By the rules of streamsync/simulation/players.py. What a list holds, and so when it is asked for again, is as it is.
"""

import asyncio
import gzip
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from manifest_server.analytics.figures import BEACON_S
from streamsync.simulation.aggregate import begins_with
from streamsync.simulation.audience import Station
from streamsync.simulation.players import (
    BEACON_SPREAD,
    PROBE_S,
    PROBE_SPREAD,
    PROBES_AT_S,
    WEB,
    reload_s,
)

LIMIT_S = 15.0
CHANNEL = "main"
_MSN = re.compile(rb"#EXT-X-MEDIA-SEQUENCE:(\d+)")
_LISTED = re.compile(rb"^(?:#EXTINF:([0-9.]+),|#EXT-X-MAP:URI=\"([^\"]+)\"|([^#\n].*))$", re.MULTILINE)
_STREAM = re.compile(r"^[^#\n].*$", re.MULTILINE)
_AUDIO = re.compile(r'TYPE=AUDIO.*URI="([^"]+)"')
_LENGTH = re.compile(rb"content-length: *(\d+)")


class Lost(RuntimeError):
    """An answer that should not have been."""


@dataclass(slots=True)
class Told:
    """What all players have sent, by kind; how often a list had not grown; and how long something stood still."""

    sent: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    joins_s: list[float] = field(default_factory=list)  # from coming to asking for the first list
    held_up_s: float = 0.0  # the longest that a player woke too late, or waited for an answer


@dataclass(slots=True)
class Line:
    """A kept connection, used by one request at a time."""

    port: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, body: str | None = None, token: str = "") -> bytes:
        """The answer's body. Raises Lost."""
        async with self.lock, asyncio.timeout(LIMIT_S):
            if self.pair is None:
                self.pair = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.pair
            head = f"Host: 127.0.0.1:{self.port}\r\nUser-Agent: players\r\nAccept-Encoding: gzip\r\n"
            head += f"Authorization: Viewer {token}\r\n" if token else ""
            if body is None:
                writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
            else:
                kind = "application/json" if path.startswith("/api") else "text/plain"
                head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = _LENGTH.search(answer)
            assert length or b" 204 " in answer[:16], answer  # nothing here comes in chunks
            told = await reader.readexactly(int(length[1])) if length else b""
        if answer[9:10] != b"2":
            raise Lost(f"{path}: {answer[:60]!r} {told[:200]!r}")
        return gzip.decompress(told) if b"content-encoding: gzip" in answer else told

    def close(self) -> None:
        """Close it."""
        if self.pair is not None:
            self.pair[1].close()


@dataclass(slots=True)
class Player:
    """One player. `rung`: which of the video lists it takes, by its place."""

    station: Station
    line: Line
    told: Told
    draw: random.Random
    ends: float  # monotonic

    async def watch(self, begins: float, viewer: str, rung: int) -> None:
        """Join at an instant, and watch to the end: as `viewer`, though the page gave them another name."""
        await self._until(begins)
        await self._ask("join", f"/api/v1/watch/{CHANNEL}", '{"portable": true}')
        stream = f"/live/{CHANNEL}/{viewer}/index.m3u8"
        text = (await self._ask("master", stream)).decode()
        self.told.joins_s.append(time.monotonic() - begins)
        lists = [_STREAM.findall(text)[rung], *_AUDIO.findall(text)]
        async with asyncio.TaskGroup() as group:
            for place in lists:
                group.create_task(self._follow(urljoin(stream, place)))
            group.create_task(self._ask_time(begins))
            group.create_task(self._tell(viewer))

    async def _follow(self, place: str) -> None:
        seen, maps, current, asked = -1, "", "", time.monotonic()
        while asked < self.ends:
            body = await self._ask("playlist", place)
            first = int(_MSN.findall(body)[0])
            wanted, length_s, last = list[str](), self.station.target_s, first - 1
            begin = first + body.count(b"#EXTINF") - begins_with(self.station, WEB) if seen < 0 else seen + 1
            for length, one, segment in _LISTED.findall(body):
                if one:
                    current = one.decode()
                elif length:
                    length_s = float(length)
                else:
                    last += 1
                    if last >= begin and current != maps:
                        maps = current
                        wanted.append(current)
                    wanted += [segment.decode()] if last >= begin else []
            for one in wanted:
                await self._ask("segment", one)
            self.told.unchanged += last == seen
            updated, seen = last > seen, max(last, seen)
            asked = max(asked + reload_s(updated, length_s, self.station.target_s), time.monotonic())
            await self._until(asked)

    async def _ask_time(self, begins: float) -> None:
        at, count = begins, 0
        while True:
            wait = PROBES_AT_S[count] if count < len(PROBES_AT_S) else 0.0
            at = begins + wait if wait or not count else at + PROBE_S * self.draw.uniform(*PROBE_SPREAD)
            if not await self._until(at):
                return
            await self._ask("time", "/time")
            count += 1

    async def _tell(self, viewer: str) -> None:
        session, at, count = f"{self.draw.getrandbits(64):016x}", time.monotonic(), 0
        while await self._until(at):
            beat = {"v": 1, "viewer": viewer, "session": session, "channel": CHANNEL, "events": [{"type": "beat"}]}
            await self._ask("beacon", "/beacon", json.dumps(beat))
            at += BEACON_S * (self.draw.uniform(*BEACON_SPREAD) if count else self.draw.random() * BEACON_SPREAD[1])
            count += 1

    async def _until(self, at: float) -> bool:
        """Wait for an instant, or the end if that is before; whether it goes on."""
        due = max(min(at, self.ends), time.monotonic())
        await asyncio.sleep(due - time.monotonic())
        self._held_up_since(due)
        return at < self.ends

    async def _ask(self, kind: str, path: str, body: str | None = None) -> bytes:
        self.told.sent[kind] += 1
        began = time.monotonic()
        answer = await self.line.ask(path, body)
        self._held_up_since(began)
        return answer

    def _held_up_since(self, began: float) -> None:
        self.told.held_up_s = max(self.told.held_up_s, time.monotonic() - began)


async def watched(
    station: Station, port: int, begins_s: Sequence[float], seconds: float, rungs: Sequence[int]
) -> Told:
    """Players who join at these times, and all watch until `seconds` have passed."""
    told, now = Told(), time.monotonic()
    lines = [Line(port) for _ in begins_s]
    async with asyncio.TaskGroup() as group:
        for number, (line, begins) in enumerate(zip(lines, begins_s, strict=True)):
            player = Player(station, line, told, random.Random(number), now + seconds)  # noqa: S311 - a fixed draw
            group.create_task(player.watch(now + begins, f"viewer-{number}", rungs[number % len(rungs)]))
    for line in lines:
        line.close()
    return told
