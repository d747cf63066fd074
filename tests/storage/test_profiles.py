"""Profiles in the catalogue: small hashes, one change at a time, read in the shards of plans."""

import pytest
from redis import Redis

from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, Unavailable
from storage.profile_records import ProfileRecord, known, version_of
from storage.profiles import SHARDS, profile_of
from tests.redis_servers import cluster, cluster_url
from tests.storage.catalogues import told

FULL = ProfileRecord(
    likes={"Sport": -1, "kids": 0.5},
    without=("0" * 32,),
    no_tags=("news",),
    most_rating=12,
    history=(("1" * 32, 0.9),),
)


def test_a_profile_is_kept_without_what_is_as_for_everybody() -> None:
    assert ProfileRecord().stored() == "{}"
    assert FULL.stored() == (
        '{"likes":{"kids":0.5,"sport":-1.0},"without":["00000000000000000000000000000000"],"no_tags":["news"],'
        '"most_rating":12,"history":[["11111111111111111111111111111111",0.9]]}'
    )
    assert ProfileRecord.model_validate_json(FULL.stored()) == FULL


def test_the_same_profile_has_the_same_version_everywhere() -> None:
    assert (FULL.version, ProfileRecord().version) == (10281739883675, 90539903666401)
    assert FULL.taste.version == version_of(FULL.stored())
    assert ProfileRecord(likes={"kids": 0.51}).version != ProfileRecord(likes={"kids": 0.5}).version


def test_what_is_read_quickly_is_the_same() -> None:
    quick = known(FULL.stored())
    assert (quick.likes, quick.without, quick.no_tags) == (FULL.likes, FULL.without, FULL.no_tags)
    assert (quick.most_rating, quick.history, quick.version) == (FULL.most_rating, FULL.history, FULL.version)


@pytest.mark.parametrize(
    "stored",
    ["", "[]", "{", '{"likes":{"a":2}}', '{"likes":{"a":NaN}}', '{"x":1}', '{"history":[["a"]]}', '{"no_tags":"a"}'],
)
def test_what_is_no_profile_is_told_without_what_it_holds(stored: str) -> None:
    with pytest.raises(Unavailable, match="viewer 'alice' has no profile there"):
        profile_of("alice", stored)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"likes": {"a": 1.5}}, "less than or equal to 1"),
        ({"likes": {"": 1}}, "1 to 64 printable characters"),
        ({"likes": {f"t{n}": 0 for n in range(201)}}, "at most 200 items"),
        ({"history": [["no asset", 1]]}, "an asset id is 32 hexadecimal digits"),
        ({"history": [["0" * 32, 1.1]]}, "less than or equal to 1"),
        ({"history": [["0" * 32, 1]] * 201}, "at most 200 items"),
        ({"without": ["x"]}, "an asset id"),
        ({"most_rating": 99}, "less than or equal to 21"),
    ],
)
def test_a_profile_has_bounds(said: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ProfileRecord.model_validate(said)


def test_one_change_at_a_time_and_the_other_is_told(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        kept = catalogue.profiles
        assert await kept.of("main", "alice") is None
        await kept.replace("main", "alice", None, FULL)
        await kept.replace("main", "alice", None, FULL)  # as after an answer that was lost
        assert await kept.of("main", "alice") == FULL
        with pytest.raises(Conflict, match="the profile of viewer 'alice' changed meanwhile"):
            await kept.replace("main", "alice", None, ProfileRecord())
        await kept.replace("main", "alice", FULL, ProfileRecord())
        assert (await kept.of("main", "alice"), await kept.of("other", "alice")) == (ProfileRecord(), None)
        await kept.replace("main", "alice", ProfileRecord(), None)
        assert (await kept.of("main", "alice"), await kept.count("main")) == (None, 0)

    told(redis_url, story)


@pytest.mark.parametrize("name", ["a/b", "\N{PILE OF POO}", "x" * 10_240, "", "a b", "../x"])
def test_a_name_that_is_none_is_told(redis_url: str, name: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(BadInput, match="a name is 1 to 64 letters") as raised:
            await catalogue.profiles.of("main", name)
        assert len(str(raised.value)) < 300

    told(redis_url, story)


def test_no_hash_has_more_than_its_share_and_all_are_found_again(redis_url: str) -> None:
    many = {f"viewer-{n}": ProfileRecord(likes={"kids": n % 100 / 100}) for n in range(5000)}

    async def story(catalogue: Catalogue) -> None:
        await catalogue.profiles.put_all("main", many)
        await catalogue.profiles.put_all("main", many)
        assert await catalogue.profiles.count("main") == 5000
        assert {name: stored async for name, stored in catalogue.profiles.stored("main")} == {
            name: profile.stored() for name, profile in many.items()
        }
        half = [name async for name, _ in catalogue.profiles.stored("main", 0, SHARDS // 2)]
        rest = [name async for name, _ in catalogue.profiles.stored("main", SHARDS // 2)]
        assert 2300 < len(half) < 2700
        assert sorted([*half, *rest]) == sorted(many)

    told(redis_url, story)
    with Redis.from_url(redis_url) as redis:
        sizes = [redis.hlen(key) for key in redis.scan_iter("streamsync:{main/*", 1000)]
    assert len(sizes) > 4000
    assert max(sizes) <= 8


def test_a_unit_of_a_plan_is_claimed_by_one(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        kept = catalogue.profiles
        assert [await kept.claim("main", 1, unit, 60_000) for unit in (0, 0, 1)] == [True, False, True]
        assert await kept.claim("main", 2, 0, 60_000)

    told(redis_url, story)
    with Redis.from_url(redis_url) as redis:
        assert 50_000 < redis.pttl(keys.planning_key("main", 1, 0)) <= 60_000


@pytest.mark.slow
def test_it_is_the_same_in_a_cluster(tmp_path_factory: pytest.TempPathFactory) -> None:
    many = {f"viewer-{n}": ProfileRecord(likes={"kids": n / 500}) for n in range(500)}

    async def story(catalogue: Catalogue) -> None:
        await catalogue.profiles.put_all("main", many)
        assert await catalogue.profiles.count("main") == 500
        assert {name async for name, _ in catalogue.profiles.stored("main")} == many.keys()
        await catalogue.profiles.replace("main", "viewer-1", many["viewer-1"], FULL)
        assert await catalogue.profiles.of("main", "viewer-1") == FULL

    with cluster(tmp_path_factory.mktemp("cluster")) as nodes:
        told(cluster_url(nodes), story)
