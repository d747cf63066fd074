"""What is said of an asset: tidied when it comes in, so that what is compared is alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storage.metadata import AssetMetadata, PoolQuery, tidy

ASSET = "ab" * 16


def test_tags_that_people_write_in_many_ways_are_one() -> None:
    made = AssetMetadata(asset=ASSET, tags=("Sci Fi", "sci  fi", "SCI FI ", "Über", "U\u0308ber"))
    assert made.tags == ("sci fi", "über")


@given(st.text(max_size=40))
def test_a_tidy_word_stays_as_it_is(text: str) -> None:
    try:
        found = tidy(text)
    except ValueError:
        return
    assert tidy(found) == found == unicodedata.normalize("NFC", found)
    assert found.isprintable()


@pytest.mark.parametrize(
    ("said", "stored"),
    [("DE", "de"), ("pt_br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), (" fil ", "fil")],
)
def test_languages_are_written_as_bcp_47_does(said: str, stored: str) -> None:
    assert AssetMetadata(asset=ASSET, language=said).language == stored


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "german"},
        {"language": "d"},
        {"language": "de-"},
        {"tags": ("",)},
        {"tags": ("a\u200bb",)},
        {"tags": ("x" * 65,)},
        {"tags": tuple(map(str, range(51)))},
        {"title": "  "},
        {"title": "x" * 201},
        {"title": "bell\a"},
        {"description": "\x1b[31m"},
        {"rating": -1},
        {"rating": 22},
        {"rights_from_ms": 5, "rights_until_ms": 5},
        {"more": {"": "x"}},
        {"more": {"x": "y" * 1001}},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AssetMetadata.model_validate({"asset": ASSET, **wrong})


def test_it_is_stored_with_its_version_before_all_that_people_chose() -> None:
    made = AssetMetadata(asset=ASSET, version=7, title='"version":1', tags=('"version":2',), more={"version": "3"})
    stored = made.stored()
    # As the script that replaces it looks for it (storage/catalogue_writes.py).
    assert stored.split('"version":', 1)[1].startswith("7,")
    assert AssetMetadata.model_validate_json(stored) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"least_rating": 12, "most_rating": 6},
        {"tags": ("kids",), "no_tags": ("Kids",)},
        {"any_tags": ("a", "b"), "no_tags": ("a", "b", "c")},
    ],
    ids=str,
)
def test_a_query_that_nothing_can_meet_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PoolQuery.model_validate(wrong)
