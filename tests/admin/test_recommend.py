"""What is learned from what was watched: like goes with like, kept as plain numbers, and planned with."""

import random
from pathlib import Path

import numpy as np
import pytest

from manifest_server.admin.planning import Wish
from manifest_server.admin.recommend import learn
from manifest_server.admin.scorers import scorer_of
from manifest_server.programming.affinity import Features, audience
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.folder_objects import FolderObjects
from storage.models import packed_model, read_model
from storage.profile_records import ProfileRecord
from tests.admin.planned import drafted, film, made, rows, staged
from tests.storage.catalogues import told

IDS = tuple(film(n).id for n in range(40))


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


def watchers(count: int) -> dict[str, ProfileRecord]:
    """Each watched eight assets of the first twenty, or of the others, and nothing else; tags have no part in it."""
    drawn = random.Random(3)
    found = {}
    for number in range(count):
        half = IDS[:20] if number % 2 else IDS[20:]
        found[f"w{number}"] = ProfileRecord(history=tuple((one, 1.0) for one in drawn.sample(half, 8)))
    return found


@pytest.mark.slow
def test_who_watched_some_gets_more_of_what_others_watched_with_it(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=0)
        await catalogue.profiles.put_all("main", watchers(300))
        learned = await learn(catalogue, objects, "main")
        assert (learned.viewers, learned.assets) == (300, 40)
        assert (await learn(catalogue, objects, "main")).scorer == learned.scorer
        pool = Features(IDS, ((),) * 40, (0,) * 40)
        some = ProfileRecord(history=((IDS[1], 1.0), (IDS[5], 1.0)))
        scorer = scorer_of(learned.scorer, objects.read)
        scores = scorer.scores(audience([some, ProfileRecord()], pool), pool)
        others = [n for n in range(20) if n not in {1, 5}]
        assert scores[0, others].mean() > scores[0, 20:].mean() + 0.3
        assert (scores[1] == 0).all()
        draft = await drafted(catalogue, objects, Wish(hours=1, scorer=learned.scorer))
        await made(catalogue, objects, draft)
        row = rows(objects, draft)[derived_id("main", "w1")]
        assert sum(one in IDS[:20] for one in row[:8]) >= 6

    told(redis_url, story)


def test_too_little_to_learn_from_is_told(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=5)
        with pytest.raises(Conflict, match="0 viewers watched 0 assets: too few to learn from"):
            await learn(catalogue, objects, "main")
        with pytest.raises(NotFound, match="no channel 'other'"):
            await learn(catalogue, objects, "other")

    told(redis_url, story)


def test_a_model_is_plain_numbers_and_damage_is_told() -> None:
    factors = np.array([[1, 2], [3, 4.5]], dtype=np.float32)
    data = packed_model(IDS[:2], factors)
    assert len(data) == 12 + 2 * 16 + 4 * 4 + 16
    assets, read = read_model(data, "models/x.bin")
    assert (assets, read.tolist()) == (IDS[:2], [[1, 2], [3, 4.5]])
    for at in (0, 5, 20, 50, len(data) - 1):
        damaged = bytearray(data)
        damaged[at] ^= 1
        with pytest.raises(Unavailable, match=r"object 'models/x.bin' holds no model"):
            read_model(bytes(damaged), "models/x.bin")
    with pytest.raises(Unavailable):
        read_model(packed_model(IDS[:1], np.array([[np.nan]], dtype=np.float32)), "models/x.bin")


@pytest.mark.parametrize(
    ("name", "kind"), [("collaborative@../../x", BadInput), ("collaborative@" + "0" * 16, NotFound)]
)
def test_a_model_that_is_not_there_is_told(objects: FolderObjects, name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        scorer_of(name, objects.read)
