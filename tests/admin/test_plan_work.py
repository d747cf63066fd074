"""What a process that plans does when others were there before, and when a scorer fails."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from manifest_server.admin.plan_work import Made, PlanWork
from manifest_server.admin.scorers import scorer_of
from manifest_server.programming.affinity import Audience, Features, Scores
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.folder_objects import FolderObjects
from storage.keys import plan_shard_key
from tests.admin.planned import drafted, files, made, staged
from tests.storage.catalogues import told


class LongAgo(FolderObjects):
    """A store whose first listing is of when nothing was there yet."""

    listed = False

    def keys(self, prefix: str) -> Iterator[str]:
        if not self.listed:
            self.listed = True
            return iter(())
        return super().keys(prefix)


@pytest.mark.parametrize("missing", [None, 3, 15])
def test_what_another_made_since_it_was_listed_is_not_made_again(
    redis_url: str, tmp_path: Path, missing: int | None
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=6000)
        objects = FolderObjects(tmp_path)
        draft = await drafted(catalogue, objects)
        for unit in (0, 1):  # without a claim: as if that had passed
            await PlanWork(catalogue, objects, draft, scorer_of("affinity", objects.read)).make(unit)
        before, reports = files(tmp_path), list[Made]()
        if missing is not None:
            objects.delete(plan_shard_key("main", 1, missing))
        await PlanWork(catalogue, LongAgo(tmp_path), draft, scorer_of("affinity", objects.read)).run(reports.append)
        assert [one.unit for one in reports] == ([] if missing is None else [0])
        assert files(tmp_path) == before

    told(redis_url, story)


class Wrong:
    """A scorer that nobody looked at."""

    def scores(self, audience: Audience, features: Features) -> Scores:
        return np.full(audience.never.shape, np.nan, dtype=np.float32)


def test_scores_that_are_no_numbers_make_no_plan(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        objects = FolderObjects(tmp_path)
        draft = await drafted(catalogue, objects)
        with pytest.raises(BadInput, match="scorer 'affinity': a score is no finite number"):
            await PlanWork(catalogue, objects, draft, Wrong()).run(lambda _: None)
        assert files(tmp_path) == {}

    told(redis_url, story)


def test_who_comes_when_all_is_done_has_nothing_to_do(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        objects = FolderObjects(tmp_path)
        draft = await drafted(catalogue, objects)
        assert len(await made(catalogue, objects, draft)) == 1
        assert await made(catalogue, objects, draft) == []

    told(redis_url, story)
