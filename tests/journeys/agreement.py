"""Whether servers agree: what is listed under a number must never differ, whoever lists it and whenever."""

import threading

import httpx

from manifest_server.viewer.clock import now_ms

from .watching import Listed, Media, read


class Watch:
    """Reads the playlists of some lineups of the channel main from all servers, until it is `enough`."""

    def __init__(self, lineups: list[str], pause_s: float = 0.1) -> None:
        self.enough = threading.Event()
        self.playlists = 0
        self.disagreements: list[str] = []
        self.listed: dict[tuple[str, int], Listed] = {}
        self.by: dict[tuple[str, int], set[str]] = {}  # which servers listed it
        self._lineups = lineups
        self._pause_s = pause_s
        self._texts: dict[tuple[str, str], str] = {}  # what each server said last of a lineup
        self._day = now_ms() // 86_400_000
        self._lock = threading.Lock()

    def run(self, *origins: str) -> None:
        """Read from these servers; several threads may, each from its own."""
        with httpx.Client(timeout=10) as client:
            while not self.enough.wait(self._pause_s):
                for origin in origins:
                    for lineup in self._lineups:
                        self._look(client, origin, lineup)

    def _look(self, client: httpx.Client, origin: str, lineup: str) -> None:
        url = f"{origin}/live/main/lineups/{lineup}~{self._day}/cmaf-240p.m3u8"
        try:
            answer = client.get(url)
        except httpx.TransportError:
            return  # it was killed
        if answer.status_code == 503:
            return  # by its clock it has not begun, or it was started while Redis was gone and knows nothing yet
        assert answer.status_code == 200, (url, answer.status_code, answer.text)
        with self._lock:
            self.playlists += 1
            if self._texts.get((origin, lineup)) != answer.text:
                self._texts[origin, lineup] = answer.text
                self._compare(origin, lineup, read(answer.text, "/"))

    def _compare(self, origin: str, lineup: str, media: Media) -> None:
        for msn, listed in media.segments.items():
            known = self.listed.setdefault((lineup, msn), listed)
            self.by.setdefault((lineup, msn), set()).add(origin)
            if known != listed:
                self.disagreements.append(f"{lineup} {msn}: {known} {listed}")
