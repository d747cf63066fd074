"""What is said of assets, and pools that follow it, from the command line; a running server does the following."""

import time

import pytest

from .program import Machine

pytestmark = pytest.mark.slow

FOLLOWS_S = 20.0  # servers look every two seconds; the rest is for a busy machine


@pytest.fixture(scope="module")
def ids(busy: Machine) -> dict[str, str]:
    """Ids of the assets by title, and a channel of their own."""
    assert busy.run("channel", "create", "kids").returncode == 0
    assert busy.run("channel", "start", "kids").returncode == 0
    return {record["title"]: record["id"] for record in busy.json("assets")}


def pool(machine: Machine) -> list[str]:
    found: list[str] = machine.json("channel", "show", "kids")["revisions"][-1]["assets"]
    return found


def test_what_is_said_is_shown(busy: Machine, ids: dict[str, str]) -> None:
    said = ("title=The One", "tags=Kids, animals", "language=pt_BR", "rating=6", "more.series=Planets")
    edited = busy.run("asset", "edit", ids["one"], *said, "rights_until=2099-01-01")
    assert edited.returncode == 0, edited.stderr
    shown = busy.run("asset", "show", ids["one"]).stdout
    rows = dict(line.strip().split(maxsplit=1) for line in shown.splitlines())
    assert rows["title"] == "The One"
    assert rows["tags"] == "animals, kids"
    assert rows["language"] == "pt-BR"
    assert rows["rating"] == "from 6"
    assert rows["rights"] == "... to 2099-01-01T00:00:00.000Z"
    assert rows["series"] == "Planets"
    assert rows["file"] == "one.mp4"
    taken = busy.json("asset", "edit", ids["one"], "tags-=ANIMALS", "tags+=winter", "more.series=", "title=")
    assert (taken["tags"], taken["more"], taken["title"], taken["version"]) == (["kids", "winter"], {}, None, 2)
    assert busy.json("asset", "show", ids["one"])["metadata"] == taken


def test_a_pool_follows_by_itself_what_is_said(busy: Machine, ids: dict[str, str]) -> None:
    assert busy.run("asset", "edit", ids["one"], "tags=kids", "rating=").returncode == 0
    assert [one["id"] for one in busy.json("channel", "follow", "kids", "tags=kids", "--dry-run")] == [ids["one"]]
    assert set(pool(busy)) == set(ids.values())
    followed = busy.run("channel", "follow", "kids", "tags=kids", "most_rating=12")
    assert followed.returncode == 5, followed.stdout  # nobody has rated it
    assert "its pool would be empty: of 2 assets it would leave 1 by tags, 0 by most rating" in followed.stderr
    followed = busy.run("channel", "follow", "kids", "tags=kids")
    assert followed.returncode == 0, followed.stderr
    assert "follows  tags=kids" in followed.stdout
    assert pool(busy) == [ids["one"]]
    assert busy.run("asset", "edit", ids["two"], "tags=kids").returncode == 0
    deadline = time.monotonic() + FOLLOWS_S
    while set(pool(busy)) != set(ids.values()):
        assert time.monotonic() < deadline, "the server has not followed"
        time.sleep(0.3)  # a person would look again, too


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("asset", "edit", "ONE", "tags"), 2, "'tags': it is NAME=VALUE, tags+=VALUE or tags-=VALUE"),
        (("asset", "edit", "ONE", "title+=x"), 2, "only to tags can something be added"),
        (("asset", "edit", "ONE", "colour=red"), 2, "'colour' is nothing that can be said of an asset"),
        (("asset", "edit", "ONE", "rating=old"), 2, "rating: Input should be a valid integer"),
        (("asset", "edit", "ONE", "rights_from=soon"), 2, "instant 'soon'"),
        (("asset", "edit", "ONE", "title=\x1b[31m"), 2, "title: it has characters that do not print"),
        (("asset", "edit", "ONE", "--version", "99", "title=x"), 5, "is at version"),
        (("asset", "edit", "f" * 32, "title=x"), 4, "no asset"),
        (("asset", "show", "../x"), 2, "an asset id is 32 hexadecimal digits"),
        (("channel", "follow", "kids", "colour=red"), 2, "where NAME is more.NAME or one of tags"),
        (("channel", "follow", "kids", "tags=a", "no_tags=A"), 2, "tag 'a' is asked for and ruled out"),
        (("channel", "follow", "kids", "most_rating=6", "least_rating=12"), 2, "no rating is 12 or more and 6"),
        (("channel", "follow", "other"), 4, "no channel 'other'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_said_and_changes_nothing(
    busy: Machine, ids: dict[str, str], words: tuple[str, ...], code: int, says: str
) -> None:
    before = busy.json("asset", "show", ids["one"]), busy.json("channel", "show", "kids")
    done = busy.run(*(ids["one"] if word == "ONE" else word for word in words))
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert says in done.stderr
    assert (busy.json("asset", "show", ids["one"]), busy.json("channel", "show", "kids")) == before
