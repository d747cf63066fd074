"""Whether all segments of an asset are there. Pure."""

from collections.abc import Iterable

from storage import keys
from storage.records import AssetRecord


def missing(record: AssetRecord, found: Iterable[str]) -> int:
    """How many of its segments and initialisation sections are not among these keys, each of which comes once."""
    renditions: set[tuple[str, str]] = {(one.format, one.rung) for one in record.renditions}
    inits = sum(media_format == "cmaf" for media_format, _ in renditions)
    expected = len(renditions) * record.segments + inits
    return expected - sum(_belongs(record, renditions, key) for key in found)


def _belongs(record: AssetRecord, renditions: set[tuple[str, str]], key: str) -> bool:
    for media_format, rung in renditions:
        prefix = keys.rendition_prefix(record.id, media_format, rung)
        if key.startswith(prefix):
            if key == keys.init_key(record.id, media_format, rung):
                return media_format == "cmaf"
            number = key.removeprefix(prefix).partition(".")[0]
            return (
                number.isdecimal()
                and int(number) < record.segments
                and key == keys.segment_key(record.id, media_format, rung, int(number))
            )
    return False
