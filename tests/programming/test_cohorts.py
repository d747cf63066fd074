"""Cohorts: the first rule that fits, else the nearest taste, the same for the same profile wherever it is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifest_server.programming.cohorts import CohortMap
from storage.cohort_records import CohortRule, Cohorts, CohortTaste
from storage.metadata import OLDEST
from storage.profile_records import ProfileRecord

ALL = Cohorts(
    rules=(
        CohortRule(lineup="children", most_rating=6),
        CohortRule(lineup="fans", likes={"Sport": 0.5, "live": 0}),
    ),
    tastes=(
        CohortTaste(lineup="drama", likes={"drama": 1, "news": -0.5}),
        CohortTaste(lineup="news", likes={"news": 1}),
        CohortTaste(lineup="same", likes={"news": 1}),
    ),
    otherwise="mixed",
)


@pytest.mark.parametrize(
    ("profile", "lineup"),
    [
        (None, "mixed"),
        (ProfileRecord(most_rating=6, likes={"sport": 1}), "children"),
        (ProfileRecord(most_rating=12, likes={"sport": 0.5}), "fans"),
        (ProfileRecord(likes={"sport": 0.5, "live": -0.1, "drama": 1}), "drama"),
        (ProfileRecord(likes={"news": 0.2}), "news"),
        (ProfileRecord(likes={"news": -0.9}), "drama"),
        # To one who likes nothing, drama = 1 and news = -0.5 is farther away than news = 1.
        (ProfileRecord(), "news"),
    ],
)
def test_a_viewer_is_put_on_the_lineup_of_their_kind(profile: ProfileRecord | None, lineup: str) -> None:
    assert CohortMap(ALL).lineup_of(profile) == lineup


def test_without_tastes_who_fits_no_rule_is_as_all_others() -> None:
    rules = (CohortRule(lineup="fans", likes={"sport": 0.5}),)
    assert CohortMap(Cohorts(rules=rules)).lineup_of(ProfileRecord()) is None
    assert CohortMap(Cohorts(rules=rules, otherwise="mixed")).lineup_of(ProfileRecord()) == "mixed"
    assert CohortMap(Cohorts(rules=rules)).lineup_of(ProfileRecord(likes={"sport": 1})) == "fans"


LIKES = st.dictionaries(st.sampled_from("abcde"), st.floats(-1, 1), max_size=5)


@given(st.lists(LIKES, min_size=1, max_size=6), LIKES)
def test_no_taste_is_nearer_than_the_one_that_is_chosen(
    tastes: list[dict[str, float]], likes: dict[str, float]
) -> None:
    cohorts = Cohorts(tastes=tuple(CohortTaste(lineup=f"l{n}", likes=one) for n, one in enumerate(tastes)))
    found = CohortMap(cohorts).lineup_of(ProfileRecord(likes=likes))
    again = CohortMap(Cohorts.model_validate_json(cohorts.stored())).lineup_of(
        ProfileRecord.model_validate_json(ProfileRecord(likes=likes).stored())
    )
    assert found == again
    parts = [{tag: round(like * 1024) for tag, like in one.items()} for one in (*tastes, likes)]
    distances = [sum((one.get(tag, 0) - parts[-1].get(tag, 0)) ** 2 for tag in "abcde") for one in parts[:-1]]
    assert found == f"l{distances.index(min(distances))}"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({}, "cohorts have rules, tastes, or a lineup for all others"),
        ({"otherwise": "a/b"}, "a name is 1 to 64"),
        ({"rules": [{"lineup": "kids", "likes": {"kids": 2}}]}, "less than or equal to 1"),
        ({"rules": [{"lineup": "kids", "colour": 1}]}, "Extra inputs"),
        ({"tastes": [{"lineup": "\N{PILE OF POO}", "likes": {}}]}, "a name is 1 to 64"),
        ({"tastes": [{"lineup": "x", "likes": {}}] * 1001}, "at most 1000"),
        ({"rules": [{"lineup": "kids", "most_rating": OLDEST + 1}]}, "less than or equal to 21"),
    ],
)
def test_cohorts_that_are_none_say_why(said: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Cohorts.model_validate(said)


def test_the_lineups_of_cohorts_are_named_once() -> None:
    assert ALL.lineups == ("children", "fans", "drama", "news", "same", "mixed")
