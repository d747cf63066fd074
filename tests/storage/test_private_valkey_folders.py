"""The private Valkey in folders of all kinds, and those in which it cannot be."""

from pathlib import Path

import pytest
from redis import Redis

from storage.errors import Unavailable
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.storage.children import child, go, line
from tests.storage.test_private_valkey import USER, lives


@pytest.mark.parametrize("name", ["a b", 'it\'s "quoted"', "söckel", "a#b?c%20d", "-dashed", "long" * 60])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    with PrivateValkey(Settings(data=data)) as url, Redis.from_url(url) as redis:
        assert redis.ping()
    assert not lives(data)
    assert any((data / "valkey" / "appendonlydir").iterdir())


def test_a_long_path_has_its_socket_in_a_folder_of_our_own(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / ("long" * 30))
    with PrivateValkey(settings) as url:
        folder = Path(url.removeprefix("unix://")).parent
        assert folder.parent == Path("/tmp")
        assert folder.stat().st_mode & 0o777 == 0o700
        with child(USER, str(settings.data)) as other:
            assert line(other) == url
            go(other)
            other.wait()
    assert not folder.exists()


def test_a_socket_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / ("long" * 30))
    with PrivateValkey(settings) as url:
        folder = Path(url.removeprefix("unix://")).parent
    folder.mkdir()
    try:
        folder.chmod(0o777)
        with pytest.raises(Unavailable, match="is not a folder that only we can write to"), PrivateValkey(settings):
            pass
    finally:
        folder.rmdir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="Not a directory"), PrivateValkey(Settings(data=tmp_path / "file")):
        pass
