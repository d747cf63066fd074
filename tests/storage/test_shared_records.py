"""Records of assets are parsed once in a process, as long as somebody has them."""

import gc
from weakref import ref

import pytest

from storage.errors import Unavailable
from storage.record_fields import parsed_asset
from tests.storage.catalogues import ASSET


def test_the_same_text_is_the_same_record_and_another_is_another() -> None:
    text = ASSET.model_dump_json()
    first = parsed_asset(text.encode(), "index", ASSET.id)
    assert first == ASSET
    assert parsed_asset(text, "index", ASSET.id) is first
    other = parsed_asset(text.replace('"title":"', '"title":"Another '), "index", ASSET.id)
    assert other.title == f"Another {ASSET.title}"
    assert parsed_asset(text, "index", ASSET.id) is first


def test_what_nobody_has_any_more_is_forgotten() -> None:
    record = parsed_asset(ASSET.model_copy(update={"title": "Nobody's"}).model_dump_json(), "index", ASSET.id)
    kept = ref(record)
    del record
    gc.collect()
    assert kept() is None


def test_what_is_no_record_is_told_each_time() -> None:
    for _ in range(2):
        with pytest.raises(Unavailable, match="index field 'a' does not hold a AssetRecord"):
            parsed_asset(b'{"id": 1}', "index", "a")
