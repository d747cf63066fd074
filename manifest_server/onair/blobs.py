"""Segment lines of assets, rendered on first use and kept: a playlist is slices of these."""

from collections import OrderedDict

from manifest_server.onair.offers import stand_in
from manifest_server.playout.playlist import Blob, blob
from storage.keys import init_key, segment_key
from storage.records import AssetRecord, MediaFormat

BYTES_KEPT = 256 << 20


class Blobs:
    """The blob of each asset and rendition; `base` is what the segments' URLs begin with. Bounded."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._bytes = 0
        self.asked = 0  # how often for any of them
        self.made = 0  # how many of these had to be made
        self._kept: OrderedDict[tuple[str, str, str], Blob] = OrderedDict()

    def loaded(self) -> tuple[int, int]:
        """How many are kept, and their bytes."""
        return len(self._kept), self._bytes

    def of(self, asset: AssetRecord, media_format: MediaFormat, rung: str) -> Blob:
        """The blob of what `asset` plays for `rung`. Raises NotFound for a rung that is none."""
        key = (asset.id, media_format, rung)
        found = self._kept.get(key)
        self.asked += 1
        if found is None:
            self.made += 1
            found = self._kept[key] = self._made(asset, media_format, stand_in(asset, media_format, rung).rung)
            self._bytes += len(found.lines)
            while self._bytes > BYTES_KEPT and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.lines)
        else:
            self._kept.move_to_end(key)
        return found

    def _made(self, asset: AssetRecord, media_format: MediaFormat, rung: str) -> Blob:
        uris = [self._base + segment_key(asset.id, media_format, rung, n) for n in range(asset.segments)]
        init = self._base + init_key(asset.id, media_format, rung) if media_format == "cmaf" else None
        return blob(asset.extinf_texts, uris, init)
