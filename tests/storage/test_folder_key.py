"""The key that signs uploads into a folder: one for all who use it, and nobody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import Unavailable
from storage.folder_key import folder_key
from storage.folder_objects import FolderObjects

MAKES = """
import sys
from pathlib import Path
from storage.folder_key import folder_key
sys.stdin.read()
print(folder_key(Path(sys.argv[1])).hex())
"""


def test_it_is_made_once_and_is_no_object(tmp_path: Path) -> None:
    root = tmp_path / "objects"
    key = folder_key(root)
    assert len(key) == 32
    assert folder_key(root) == key
    (place,) = root.iterdir()
    assert place.stat().st_mode & 0o777 == 0o600
    assert list(FolderObjects(root).keys("")) == []
    assert folder_key(tmp_path / "others") != key


def test_all_who_make_one_at_once_have_the_same(tmp_path: Path) -> None:
    made = [
        subprocess.Popen(
            [sys.executable, "-c", MAKES, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for one in made:
        assert one.stdin is not None
        one.stdin.close()
    keys = {one.stdout.read() if one.stdout else "" for one in made}
    assert [one.wait(30) for one in made] == [0] * 6
    for one in made:
        assert one.stdout is not None
        one.stdout.close()
    assert len(keys) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("where", ["a file", "damaged"])
def test_one_that_cannot_be_is_told(tmp_path: Path, where: str) -> None:
    root = tmp_path / "objects"
    if where == "a file":
        root.write_text("")
    else:
        folder_key(root)
        os.truncate(root / "~signing", 5)
    with pytest.raises(Unavailable, match="the key that signs uploads, ~signing in the folder of objects"):
        folder_key(root)
