"""What channels need of each asset, made once for all of them: its whole clip, and its ladders. No I/O."""

from typing import NamedTuple, get_args

from manifest_server.onair.offers import Ladder, ladder
from manifest_server.playout.lineup import Asset, Clip
from storage.records import AssetRecord, MediaFormat


class Prepared(NamedTuple):
    """An asset as playout has it, with the record that it was made of."""

    record: AssetRecord
    whole: Clip
    ladders: dict[MediaFormat, Ladder]


class Preparations:
    """What was prepared of the last `limit` assets."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._kept: dict[str, Prepared] = {}

    def of(self, record: AssetRecord) -> Prepared:
        """An asset, prepared. Raises NotFound for a rung that is none."""
        found = self._kept.get(record.id)
        if found is None or found.record is not record:
            ladders = {media_format: ladder(record, media_format) for media_format in get_args(MediaFormat)}
            found = self._kept[record.id] = Prepared(record, Clip.whole(Asset(record.id, record.ticks)), ladders)
            while len(self._kept) > self._limit:
                del self._kept[next(iter(self._kept))]
        return found
