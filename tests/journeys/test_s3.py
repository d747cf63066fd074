"""The program with its objects in a bucket: prepared, packaged into, and played from by anybody."""

import os
import subprocess
import uuid
from typing import Any

import pytest

from tests.seaweed import s3

from .conftest import Films
from .program import Machine
from .watching import ask, fetch, media, media_urls

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket() -> str:
    return f"journey-{uuid.uuid4().hex}"


@pytest.fixture
def owner(s3_of_the_session: str, s3_credentials: None) -> Any:
    return s3(s3_of_the_session)


def test_a_stream_is_played_from_the_bucket(
    empty: Machine, films: Films, bucket: str, owner: Any, s3_of_the_session: str
) -> None:
    objects = {"STREAMSYNC_OBJECTS_URL": f"s3://{bucket}/tv?endpoint={s3_of_the_session}"}
    done = empty.run("bucket", "prepare", **objects)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    with empty.running("up", films.one, films.two, **objects):
        for query in ("?format=cmaf", "?format=ts"):
            for url in media_urls(empty, query=query):
                segments = media(url).segments.values()
                assert segments
                for one in {one.uri for one in segments} | {one.init for one in segments if one.init}:
                    assert one.startswith(f"{s3_of_the_session}/{bucket}/tv/assets/")
                    answer = fetch(one, Origin="https://page.example")
                    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                    assert answer.headers["access-control-allow-origin"]
        first = next(iter(media(media_urls(empty)[0]).segments.values())).uri
        decode = [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            media_urls(empty, query="?format=ts")[0],
            "-t",
            "5",
            "-f",
            "null",
            "-",
        ]
        told = subprocess.run(decode, capture_output=True, text=True, check=False, timeout=60)
        # Where one film goes over to the other, which is by chance within these seconds, the null muxer complains of
        # times that stand still. What it could not decode it says otherwise (docs/players.md).
        bad = [line for line in told.stderr.splitlines() if "non monotonically increasing dts" not in line]
        assert (told.returncode, bad) == (0, [])
        elsewhere = ask(f"{empty.origin}/chunks/{first.split('/tv/')[1]}")
        assert (elsewhere.status_code, "the store itself" in elsewhere.text) == (404, True)
    assert not (empty.data / "objects").exists()
    keys = [one["Key"] for one in owner.list_objects_v2(Bucket=bucket)["Contents"]]
    assert {key.split("/")[1] for key in keys} == {"assets", "records"}


def test_packaging_again_into_the_bucket_is_the_same_asset(
    empty: Machine, films: Films, bucket: str, owner: Any, s3_of_the_session: str
) -> None:
    owner.create_bucket(Bucket=bucket)
    objects = {"STREAMSYNC_OBJECTS_URL": f"s3://{bucket}?endpoint={s3_of_the_session}"}
    done = [empty.run("package", films.one, "--json", **objects) for _ in range(2)]
    assert [one.returncode for one in done] == [0, 0], done[0].stderr
    assert done[0].stdout == done[1].stdout


@pytest.mark.parametrize("words", [("bucket", "prepare"), ("package", "x.mp4"), ("serve",)])
def test_a_wrong_url_of_objects_is_told_and_not_repeated(empty: Machine, words: tuple[str, ...]) -> None:
    done = empty.run(*words, STREAMSYNC_OBJECTS_URL="s3://key:s3cret@media?region=x")
    assert done.returncode == 2
    assert "error: STREAMSYNC_OBJECTS_URL: " in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_without_a_bucket_there_is_nothing_to_prepare(empty: Machine) -> None:
    done = empty.run("bucket", "prepare")
    assert done.returncode == 2
    assert done.stderr == "error: STREAMSYNC_OBJECTS_URL is not set: objects are kept in the data folder\n"


def test_a_store_that_is_not_there_is_told(empty: Machine, films: Films, s3_credentials: None) -> None:
    assert os.environ["AWS_ACCESS_KEY_ID"]
    done = empty.run("package", films.one, STREAMSYNC_OBJECTS_URL="s3://media?endpoint=http://127.0.0.1:9")
    assert done.returncode == 7
    assert "bucket 'media' at http://127.0.0.1:9 does not answer" in done.stderr
