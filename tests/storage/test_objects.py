"""What every object store promises, whatever keeps the objects."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import BadInput, NotFound, Unavailable
from storage.folder_objects import FolderObjects
from storage.objects import KEY_LIMIT, Objects, checked_key, checked_prefix
from storage.s3_objects import S3Objects
from storage.s3_place import place


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "folder":
        return FolderObjects(tmp_path / "objects")
    return S3Objects(place(request.getfixturevalue("s3_url")))


NO_KEYS = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "./a",
    "a/.",
    "a/..",
    "../a",
    "a/../b",
    "a/../../b",
    "a\\b",
    "a b",
    "a\n",
    "a\0b",
    "~incoming/a",
    "a%2e",
    "é",
    "\N{FULLWIDTH DIGIT ONE}",
    "a" * 256,
    "a/" * 256 + "b",
]


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_is_refused_by_every_method(objects: Objects, tmp_path: Path, key: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    with pytest.raises(BadInput, match="object key"):
        objects.put(key, b"x")
    with pytest.raises(BadInput, match="object key"):
        objects.put_file(key, file)
    with pytest.raises(BadInput, match="object key"):
        objects.read(key)
    with pytest.raises(BadInput, match="object key"):
        objects.exists(key)
    with pytest.raises(BadInput, match="object key"):
        objects.delete(key)


@pytest.mark.parametrize("key", ["a", "a.b", ".a", "...", "a-b_c/0.m4s", "A/B", "a" * 255, "a/" * 255 + "bc"])
def test_a_key_keeps_its_bytes(objects: Objects, key: str) -> None:
    assert objects.put(key, b"\0\xff" * 1000) is True
    assert objects.read(key) == b"\0\xff" * 1000
    assert objects.exists(key)
    assert list(objects.keys("")) == [key]


def test_an_object_may_be_empty(objects: Objects) -> None:
    objects.put("a", b"")
    assert objects.read("a") == b""


@pytest.mark.parametrize("key", ["a", "a/b", "a/b/c/d"])
def test_what_was_never_put_is_not_there(objects: Objects, key: str) -> None:
    objects.put("a/b/c", b"x")
    assert not objects.exists(key)
    with pytest.raises(NotFound, match=f"no object '{key}'"):
        objects.read(key)
    objects.delete(key)
    assert list(objects.keys("")) == ["a/b/c"]


def test_a_put_replaces(objects: Objects) -> None:
    objects.put("a", b"a long first value")
    assert objects.put("a", b"second") is True
    assert objects.read("a") == b"second"


def test_a_put_if_absent_never_replaces(objects: Objects) -> None:
    assert objects.put("records/a.json", b"first", if_absent=True) is True
    assert objects.put("records/a.json", b"second", if_absent=True) is False
    assert objects.read("records/a.json") == b"first"


def test_a_put_if_absent_succeeds_again_after_a_delete(objects: Objects) -> None:
    objects.put("a", b"first", if_absent=True)
    objects.delete("a")
    assert not objects.exists("a")
    assert objects.put("a", b"second", if_absent=True) is True
    assert objects.read("a") == b"second"


def test_a_file_becomes_an_object_and_stays_where_it_was(objects: Objects, tmp_path: Path) -> None:
    file = tmp_path / "0.m4s"
    file.write_bytes(b"segment")
    objects.put_file("assets/x/0.m4s", file)
    file.unlink()
    assert objects.read("assets/x/0.m4s") == b"segment"


def test_putting_a_file_replaces_and_may_be_repeated(objects: Objects, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"new")
    objects.put("a", b"old")
    objects.put_file("a", file)
    objects.put_file("a", file)
    assert objects.read("a") == b"new"
    assert list(objects.keys("")) == ["a"]
    assert file.read_bytes() == b"new"


def test_keys_are_listed_in_byte_order_across_folders(objects: Objects) -> None:
    for key in ["a0", "a/b", "a.b", "a-b", "B", "a/a/z", "a/a0", "b"]:
        objects.put(key, b"")
    assert list(objects.keys("")) == ["B", "a-b", "a.b", "a/a/z", "a/a0", "a/b", "a0", "b"]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("assets/", ["assets/1/a", "assets/10/b", "assets/2"]),
        ("assets/1", ["assets/1/a", "assets/10/b"]),
        ("assets/1/", ["assets/1/a"]),
        ("assets/1/a", ["assets/1/a"]),
        ("assets/1/a/", []),
        ("r", ["records/1.json"]),
        ("records/.", []),
        ("none/of/these", []),
    ],
)
def test_a_prefix_selects_keys_and_need_not_be_a_folder(objects: Objects, prefix: str, found: list[str]) -> None:
    for key in ["assets/1/a", "assets/10/b", "assets/2", "records/1.json"]:
        objects.put(key, b"")
    assert list(objects.keys(prefix)) == found


def test_an_entry_has_size_and_time(objects: Objects) -> None:
    begin = time.time()
    objects.put("a/b", b"12345")
    objects.put("a/c", b"")
    objects.put("b", b"1")
    entries = list(objects.entries("a/"))
    assert [(one.key, one.size_bytes) for one in entries] == [("a/b", 5), ("a/c", 0)]
    # S3 tells whole seconds, rounded down.
    assert all(begin - 1 <= one.modified_s <= time.time() + 1 for one in entries)


def test_an_object_is_fetched_into_a_file_and_replaces_what_was_there(objects: Objects, tmp_path: Path) -> None:
    target = tmp_path / "fetched" / "source"
    target.parent.mkdir()
    target.write_bytes(b"something longer that was there")
    objects.put("uploads/1", b"\0\xff" * 1000)
    objects.fetch("uploads/1", target)
    assert target.read_bytes() == b"\0\xff" * 1000
    objects.put("uploads/2", b"")
    objects.fetch("uploads/2", target)
    assert target.read_bytes() == b""
    assert [path.name for path in target.parent.iterdir()] == ["source"]


def test_a_fetch_that_fails_leaves_the_target_as_it_was(objects: Objects, tmp_path: Path) -> None:
    target = tmp_path / "fetched" / "source"
    target.parent.mkdir()
    target.write_bytes(b"before")
    with pytest.raises(NotFound, match="no object 'uploads/none'"):
        objects.fetch("uploads/none", target)
    assert target.read_bytes() == b"before"
    assert [path.name for path in target.parent.iterdir()] == ["source"]


def test_a_fetch_into_a_folder_that_is_not_there_is_no_missing_object(objects: Objects, tmp_path: Path) -> None:
    objects.put("a", b"x")
    with pytest.raises(Unavailable, match="object 'a': No such file or directory"):
        objects.fetch("a", tmp_path / "none" / "target")


def test_putting_a_file_that_is_not_there_stores_nothing(objects: Objects, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="object 'a': No such file or directory"):
        objects.put_file("a", tmp_path / "none")
    assert not objects.exists("a")


@pytest.mark.parametrize("prefix", ["/", "/a", "a//", "../", "a/../b", "a b", "é", "~", "a" * 600])
def test_a_prefix_that_no_key_can_have_is_refused(objects: Objects, prefix: str) -> None:
    with pytest.raises(BadInput, match="object prefix"):
        objects.keys(prefix)


@given(st.text(alphabet=st.sampled_from("aZ0._-/~ \\\0é\n"), max_size=12) | st.text(max_size=30))
def test_a_key_is_a_relative_path_that_stays_inside_or_is_refused(key: str) -> None:
    try:
        checked_key(key)
    except BadInput:
        return
    assert 0 < len(key) <= KEY_LIMIT
    assert all(segment not in {"", ".", ".."} for segment in key.split("/"))
    assert key.isascii()
    assert Path("/root", key).is_relative_to("/root")
    assert all(checked_prefix(key[:length]) == key[:length] for length in range(len(key) + 1))


KEYS = st.lists(st.text("ab0.-", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@given(keys=st.sets(KEYS, max_size=8), prefix=st.text("ab0.-/", max_size=4))
def test_a_listing_is_the_sorted_keys_that_start_with_the_prefix(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str], prefix: str
) -> None:
    objects = FolderObjects(tmp_path_factory.mktemp("objects"))
    sound = {key for key in keys if not {".", ".."} & set(key.split("/"))}
    stored = {key for key in sound if not any(other.startswith(f"{key}/") for other in sound)}
    for key in stored:
        objects.put(key, key.encode())
    try:
        listed = list(objects.keys(prefix))
    except BadInput:
        assert not any(key.startswith(prefix) for key in stored)
        return
    assert listed == sorted(key for key in stored if key.startswith(prefix))
