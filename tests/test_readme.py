"""The README held to the code: its table of settings, and its map of the folders."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from storage.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
HEADER = "| variable | default | what for |"


class Row(NamedTuple):
    """One setting as the table shows it."""

    variable: str
    default: str
    what_for: str


def table(text: str) -> list[Row]:
    """The rows below the header line; variable and default may be set as code."""
    lines = iter(text.splitlines())
    assert HEADER in lines, f"no line {HEADER!r}"
    assert re.fullmatch(r"\|( ?:?-+:? ?\|){3}", next(lines)), "no rule below the header"
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        assert len(cells) == 3, line
        rows.append(Row(cells[0].strip("`"), cells[1].strip("`"), cells[2].replace("\\|", "|")))
    return rows


def shown(default: object) -> str:
    """A default as an operator would write it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    return str(default)


def settings() -> list[Row]:
    return [
        Row(f"STREAMSYNC_{name.upper()}", shown(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def folders() -> list[str]:
    """Every folder of code, and the packages in the manifest server."""
    top = [path.parent for path in ROOT.glob("*/__init__.py")]
    below = [path.parent for path in (ROOT / "manifest_server").glob("*/__init__.py")]
    return sorted(str(path.relative_to(ROOT)) for path in [*top, *below])


def unnamed(text: str, wanted: list[str]) -> list[str]:
    """The folders that the text does not name: `storage/`, and `playout/` for one inside another."""
    return [folder for folder in wanted if not re.search(rf"(?<![\w.-]){Path(folder).name}/", text)]


def test_the_table_of_settings_is_the_code_s() -> None:
    assert table(README.read_text()) == settings()


def test_the_map_names_every_folder() -> None:
    found = folders()
    assert {"storage", "packager", "manifest_server", "manifest_server/playout", "streamsync"} <= set(found)
    assert {"tests", "benchmarks"} <= set(found)
    assert unnamed(README.read_text(), found) == []


# The tests of the tests: what must not pass does not.

GOOD = "\n".join(
    ["# Settings", "", HEADER, "|---|---|---|", *(f"| `{v}` | `{d}` | {w} |" for v, d, w in settings()), "", "After."]
)


def test_a_true_table_passes() -> None:
    assert table(GOOD) == settings()
    assert table(GOOD)[0] == ("STREAMSYNC_DATA", ".streamsync", "folder for objects, catalogue and work in progress")
    assert ("STREAMSYNC_REDIS_URL", "none") in [row[:2] for row in table(GOOD)]
    assert ("STREAMSYNC_PREVIEW", "off") in [row[:2] for row in table(GOOD)]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("| `STREAMSYNC_HOST` | `127.0.0.1` | address to listen on |\n", ""),
        ("\n\nAfter.", "\n| `STREAMSYNC_SPEED` | `11` | how fast to go |\n\nAfter."),
        ("`8000`", "`8080`"),
        ("address to listen on", "where to listen"),
        ("`STREAMSYNC_PORT`", "`STREAMSYNC_DOOR`"),
    ],
    ids=["missing", "extra", "default", "what for", "name"],
)
def test_a_false_table_does_not(true: str, false: str) -> None:
    assert GOOD.count(true) == 1
    assert table(GOOD.replace(true, false)) != settings()


@pytest.mark.parametrize("text", ["", HEADER.replace("default", "value"), f"{HEADER}\nno rule"])
def test_a_text_without_the_table_does_not(text: str) -> None:
    with pytest.raises((AssertionError, StopIteration)):
        table(text)


def test_a_folder_that_the_map_leaves_out_is_found() -> None:
    assert unnamed("storage/ and manifest_server/playout/", ["storage", "manifest_server/playout"]) == []
    assert unnamed("my-storage/ and storage", ["storage"]) == ["storage"]
