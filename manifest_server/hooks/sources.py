"""Where it is written what happened to assets: the changes of their index, and the jobs that failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from manifest_server.hooks.happenings import Happening, asset_failed, asset_ready
from storage import keys
from storage.catalogue import Catalogue
from storage.job_records import JobFacts
from storage.records import AssetRecord
from storage.redis_link import text

COUNT = 500  # entries of a stream that are read at once
DAY_MS = 86_400_000  # what happened longer ago is not told
_WHOLE = 1000  # of a shorter stream nothing was cut
_INDEXED_MS = 3_600_000  # how long it may take from packaging an asset to its being in the index


async def assets_ready(catalogue: Catalogue, after: str, now_ms: int) -> tuple[list[Happening], str]:
    """The assets that came to be after that entry of the changes, and the last entry that was read."""
    key = keys.changes_key(keys.ALL_ASSETS)
    first, length, found = await catalogue.link.ask(
        key, ("XRANGE", key, "-", "+", "COUNT", 1), ("XLEN", key), ("XRANGE", key, f"({after}", "+", "COUNT", COUNT)
    )
    oldest, entries = _entries(first), _entries(found)
    if oldest and int(length) >= _WHOLE and _place(oldest[0][0]) > _place(after):
        # Some are missing: of what is in the index, what was packaged lately. What is told already has the same id.
        last = await catalogue.last_change(keys.ALL_ASSETS)
        since_ms = max(_place(after)[0] - _INDEXED_MS, now_ms - DAY_MS)
        records = [one for one in await catalogue.assets() if _packaged_ms(one) >= since_ms]
        return [asset_ready(one, now_ms) for one in await _wanted(catalogue, records)], last
    at_ms = {fields["name"]: _place(entry)[0] for entry, fields in entries if fields.get("kind") == "asset"}
    records = [one for one in (await catalogue.assets_of(at_ms)).values() if _packaged_ms(one) >= now_ms - DAY_MS]
    ready = [asset_ready(one, at_ms[one.id]) for one in await _wanted(catalogue, records)]
    return ready, entries[-1][0] if entries else after


async def assets_failed(catalogue: Catalogue, after: str) -> tuple[list[Happening], str]:
    """The jobs that failed after that entry of the stream, and the last entry that was read."""
    key = keys.JOB_FAILURES
    [found] = await catalogue.link.ask(key, ("XRANGE", key, f"({after}", "+", "COUNT", COUNT))
    entries, failed = _entries(found), []
    for entry, fields in entries:
        try:
            facts = JobFacts.model_validate_json(fields.get("facts", ""))
        except ValidationError:
            continue  # it is of a newer version
        failed.append(asset_failed(entry, _place(entry)[0], facts, fields.get("reason", "")))
    return failed, entries[-1][0] if entries else after


async def _wanted(catalogue: Catalogue, records: Sequence[AssetRecord]) -> list[AssetRecord]:
    """Without idents, of which there are many, and which nobody has uploaded."""
    said = await catalogue.metadata.of_all([one.id for one in records])
    return [one for one in records if one.id not in said or not said[one.id].is_filler]


def _packaged_ms(record: AssetRecord) -> int:
    return round(datetime.fromisoformat(record.packaged_at).timestamp() * 1000)


def _place(entry: str) -> tuple[int, int]:
    ms, _, number = entry.partition("-")
    return int(ms), int(number or 0)


def _entries(found: Iterable[Any]) -> list[tuple[str, dict[str, str]]]:
    return [(text(entry), _fields(fields)) for entry, fields in found]


def _fields(fields: Any) -> dict[str, str]:
    pairs = fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True)
    return {text(name): text(value) for name, value in pairs}
