from manifest_server.programming.captured import captured, ruled
from storage.metadata import AssetMetadata
from storage.programme import Rules
from storage.records import PoolRevision

SAID = {
    "a": AssetMetadata(asset="a", tags=("kids", "news")),
    "b": AssetMetadata(asset="b", tags=("news",), rating=6),
    "c": AssetMetadata(asset="c", tags=("ads",)),
}


def test_the_tags_that_rules_name_are_kept_and_no_others() -> None:
    rules = Rules(spacing={"news": 2}, limits={"quiz": 1})
    assert captured(rules, ("c", "b", "a", "d"), SAID)["tags"] == {"news": (1, 2)}
    assert captured(Rules(), ("a", "b"), SAID)["tags"] == {}


def test_weighted_orders_keep_all_tags() -> None:
    found = captured(Rules(order="weighted"), ("a", "b", "c"), SAID)["tags"]
    assert found == {"ads": (2,), "kids": (0,), "news": (0, 1)}


def test_ratings_are_kept_where_there_is_one_and_the_rest_count_as_the_highest() -> None:
    assert captured(Rules(), ("a", "b", "d"), SAID)["ratings"] == (21, 6, 21)
    assert captured(Rules(), ("a", "c"), SAID)["ratings"] == ()


def test_other_rules_keep_what_is_planned_and_what_aired() -> None:
    revisions = tuple(PoolRevision(tick=tick, assets=assets) for tick, assets in [(0, ("a",)), (90, ("b", "c"))])
    rules = Rules(limits={"ads": 1})
    assert ruled(revisions, 50, rules, SAID) == (
        PoolRevision(tick=0, assets=("a",)),
        PoolRevision(tick=50, assets=("a",), rules=rules),
        PoolRevision(tick=90, assets=("b", "c"), rules=rules, tags={"ads": (1,)}, ratings=(6, 21)),
    )
