"""The examples of docs/uploads.md, docs/api.md and docs/watch.md, run as they stand there against a real server."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.asset_ids import asset_id
from storage.catalogue import Catalogue
from storage.keys import record_key
from storage.settings import Settings
from storage.stores import objects
from tests.stage import asset
from tests.storage.catalogues import told

from .uploads import MIB, PART, Site, film, new_site

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("uploads.md", "api.md", "watch.md")
PLACEHOLDER = "https://tv.example"


@pytest.fixture(params=["folder", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, s3_credentials: None) -> Site:
    return new_site(tmp_path, redis_url, request.getfixturevalue("s3_url") if request.param == "s3" else None)


def fences(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: their language and their text."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def run(page: str, site: Site, folder: Path) -> str:
    """What a page's examples print, one after the other in one shell."""
    script = "".join(text for language, text in fences(page) if language == "sh")
    assert PLACEHOLDER in script
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "streamsync"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -W error -m streamsync "$@"\n')
    program.chmod(0o755)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    environment = site.machine.environment(**site.server, PATH=path)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(PLACEHOLDER, site.machine.origin)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def stocked(site: Site) -> None:
    """Three assets, of which there are only the records."""
    store = objects(Settings(data=site.machine.data, objects_url=site.objects_url))

    async def indexed(catalogue: Catalogue) -> None:
        for record in (asset(1), asset(2), asset(3)):
            store.put(record_key(record.id), record.model_dump_json().encode())
            await catalogue.index_asset(record)

    told(site.redis_url, indexed)


def test_no_example_hides_from_this_test() -> None:
    for page in PAGES:
        languages = {language for language, text in fences(page) if "curl" in text or "streamsync " in text}
        assert languages == {"sh"}, page


def test_the_examples_do_what_the_pages_say(site: Site, tmp_path: Path) -> None:
    absent = [name for name in ("bash", "curl", "jq") if shutil.which(name) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    path = film(tmp_path / "film.mp4", 2 * PART + MIB)
    job = asset_id(hashlib.sha256(path.read_bytes()).hexdigest(), Settings(data=tmp_path))
    stocked(site)
    with site.machine.running("serve", **site.server):
        assert json.loads(run("uploads.md", site, tmp_path)) == {"job": job, "state": "queued"}
        [again] = site.upload(path)
        assert (again["asset"], again["sent_bytes"]) == (job, 0), "it is not the upload of the command line's"
        assert site.stored(again["upload"]) == path.read_bytes()
        printed = run("api.md", site, tmp_path)
        watched = run("watch.md", site, tmp_path)
    assert "/uploads/{upload}/complete" in printed
    assert f"{again['upload']} complete film.mp4\n{job} queued film \n" in printed
    assert '"state": "queued"' in printed
    before, _, life = printed.partition('{"changed":true}{"changed":true}' + SOUGHT)
    assert before
    assert life.startswith(LIFE)
    listed, shown, direct = life.removeprefix(LIFE).split("channel", 1)[1].split("channel")
    assert listed.split()[3:5] == ["tv", "stopped"]
    assert shown == direct
    assert "1 assets, revision 2" in shown
    assert watched.startswith(WATCHED)
    assert "Channel One" in watched.removeprefix(WATCHED)


# What looking for assets prints.
SOUGHT = "Film 3\nFilm 2\nFilm 1\n3\n"

# What its viewers' pages are told then.
WATCHED = """["tv","stopped","tv"]
{"state":"stopped","registered":true,"timeshift_s":0}
#EXTM3U
"""

# What the life of a channel prints.
LIFE = """{"name":"tv","state":"not started"}
{"state":"on air","on_air_from":"2026-01-01T00:00:00.000Z"}
3
3
{"error":"channel 'tv' is at version 3, not 2","newer":3}
1
{"name":"alice","lineup":"kids","given":true}
2
["2026-06-01T12:00:00.000Z","Film 1"]
["2026-06-01T12:00:12.000Z","Film 1"]
part 0 of the given lineup 'kids'
it changes what 4 of a sample of 4 viewers see within 500 clips
true
edit_all
["owner","undo_change",""]
["owner","edit_all","it was late"]
{"applied":true,"rows":6,"bad_rows":0}
false
stopped
"""
