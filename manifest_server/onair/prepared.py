"""What channels need of each asset, made once for all of them: its whole clip, and its ladders. No I/O."""

from typing import get_args

from manifest_server.onair.offers import Ladder, Shape, ladder
from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.recent import Recent
from storage.records import AssetRecord, MediaFormat

SHAPES_KEPT = 1_000
FORMATS: tuple[MediaFormat, ...] = get_args(MediaFormat)


class Preparations:
    """What was made of the last `limit` assets, each time with the record that it is of.

    `recent`: the cycles that lineups drawn from them remember.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self.recent = Recent()
        self._limit = limit
        self._wholes: dict[str, tuple[AssetRecord, Clip]] = {}
        self._shapes: dict[Shape, Shape] = {}
        self._ladders: dict[str, tuple[AssetRecord, dict[MediaFormat, Ladder]]] = {}

    def whole(self, record: AssetRecord) -> Clip:
        """All segments of an asset."""
        found = self._wholes.get(record.id)
        if found is None or found[0] is not record:
            found = self._wholes[record.id] = record, Clip.whole(Asset(record.id, record.ticks))
            while len(self._wholes) > self._limit:
                del self._wholes[next(iter(self._wholes))]
        return found[1]

    def ladders(self, record: AssetRecord) -> dict[MediaFormat, Ladder]:
        """The ladder of an asset in each format. Raises NotFound for a rung that is none."""
        found = self._ladders.get(record.id)
        if found is None or found[0] is not record:
            found = self._ladders[record.id] = record, {one: self._ladder(record, one) for one in FORMATS}
            while len(self._ladders) > self._limit:
                del self._ladders[next(iter(self._ladders))]
        return found[1]

    def _ladder(self, record: AssetRecord, media_format: MediaFormat) -> Ladder:
        """One whose shape is the same object for all that have it."""
        made = ladder(record, media_format)
        if len(self._shapes) > SHAPES_KEPT:
            self._shapes.clear()
        return made._replace(shape=self._shapes.setdefault(made.shape, made.shape))
