"""Cohorts: which given lineup a viewer shares, from what is known of them alone. Pure.

Likes count in whole parts of 1/1024, so distances are integers and the nearest taste is the same on every server.
"""

from collections.abc import Mapping
from typing import NamedTuple

from storage.cohort_records import CohortRule, Cohorts
from storage.profile_records import ProfileRecord

PARTS = 1024


class _Taste(NamedTuple):
    lineup: str
    likes: Mapping[str, int]  # in parts
    square: int  # the sum of their squares


class CohortMap:
    """Cohorts made ready to be asked, once for all viewers of a channel."""

    __slots__ = ("_cohorts", "_tastes")

    def __init__(self, cohorts: Cohorts) -> None:
        self._cohorts = cohorts
        self._tastes = [_Taste(one.lineup, *_parts(one.likes)) for one in cohorts.tastes]

    def lineup_of(self, profile: ProfileRecord | None) -> str | None:
        """The given lineup that a viewer is put on; None: the one derived from their name."""
        if profile is None:
            return self._cohorts.otherwise
        for rule in self._cohorts.rules:
            if _fits(rule, profile):
                return rule.lineup
        if not self._tastes:
            return self._cohorts.otherwise
        likes, _ = _parts(profile.likes)

        def distance(taste: _Taste) -> int:
            # The square of the viewer's own likes is the same for all, and left out.
            return taste.square - 2 * sum(part * likes.get(tag, 0) for tag, part in taste.likes.items())

        return min(self._tastes, key=distance).lineup  # the first of those at the same distance


def _fits(rule: CohortRule, profile: ProfileRecord) -> bool:
    return all(profile.likes.get(tag, 0) >= least for tag, least in rule.likes.items()) and (
        rule.most_rating is None or profile.most_rating <= rule.most_rating
    )


def _parts(likes: Mapping[str, float]) -> tuple[dict[str, int], int]:
    found = {tag: round(like * PARTS) for tag, like in likes.items()}
    return found, sum(part * part for part in found.values())
