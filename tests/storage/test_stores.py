"""The store that the settings name, where players find what is in it, and URLs of buckets read strictly."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage import stores
from storage.errors import BadInput
from storage.folder_objects import FolderObjects
from storage.s3_objects import S3Objects
from storage.s3_place import S3Place, place
from storage.settings import Settings

SEAWEED = "s3://media?endpoint=http://127.0.0.1:8333"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (SEAWEED, S3Place("media", "", "http://127.0.0.1:8333", "us-east-1")),
        (f"{SEAWEED}/&region=eu-1", S3Place("media", "", "http://127.0.0.1:8333", "eu-1")),
        ("s3://media/?region=eu-west-1", S3Place("media", "", None, "eu-west-1")),
        ("s3://media/tv/one/?region=eu-west-1", S3Place("media", "tv/one/", None, "eu-west-1")),
        ("s3://a.b-1?endpoint=https%3A%2F%2Fs3.test%2Fv1", S3Place("a.b-1", "", "https://s3.test/v1", "us-east-1")),
        ("s3://media?endpoint=http://[::1]:8333", S3Place("media", "", "http://[::1]:8333", "us-east-1")),
    ],
)
def test_a_url_names_bucket_prefix_endpoint_and_region(url: str, found: S3Place) -> None:
    assert place(url) == found


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("", "form"),
        ("http://media?region=x", "form"),
        ("media", "form"),
        ("s3://media?region=x#part", "form"),
        ("s3://media", "needs a region"),
        ("s3://?region=x", "bucket's name"),
        ("s3://Media?region=x", "bucket's name"),
        ("s3://me?region=x", "bucket's name"),
        ("s3://me..dia?region=x", "bucket's name"),
        ("s3://-media?region=x", "bucket's name"),
        ("s3://media:80?region=x", "bucket's name"),
        ("s3://AKIA:s3cret@media?region=x", "no credentials"),
        ("s3://media?region=x&s3cret=1", "endpoint= and region="),
        ("s3://media?s3cret", "endpoint= and region="),
        ("s3://media?region=x&region=s3cret", "each once"),
        ("s3://media?region=", "a region is"),
        ("s3://media?region=s3cret_X", "a region is"),
        ("s3://media?endpoint=", "an endpoint is"),
        ("s3://media?endpoint=127.0.0.1:8333", "an endpoint is"),
        ("s3://media?endpoint=http://me:s3cret@host", "an endpoint is"),
        ("s3://media?endpoint=http://host%3Fs3cret", "an endpoint is"),
        ("s3://media?endpoint=http://host%0as3cret", "an endpoint is"),
        ("s3://media/a//b?region=x", "a prefix is"),
        ("s3://media/../b?region=x", "a prefix is"),
        ("s3://media/s3cret%20?region=x", "a prefix is"),
        (f"s3://media/{'a' * 255}/{'b' * 255}?region=x", "a prefix is"),
        ("s3://media?region=x\n", "ASCII without spaces"),
        ("s3://media /s3cret?region=x", "ASCII without spaces"),
        ("s3://médiá?region=x", "ASCII without spaces"),
    ],
)
def test_a_url_that_is_none_is_refused_by_the_variable_s_name_and_never_repeated(url: str, rule: str) -> None:
    with pytest.raises(BadInput, match="STREAMSYNC_OBJECTS_URL: ") as refused:
        place(url)
    assert rule in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("objects_url", "media_url", "base"),
    [
        (None, None, "/chunks/"),
        (None, "https://cdn.example", "https://cdn.example/"),
        (None, "https://cdn.example:8443/tv/one", "https://cdn.example:8443/tv/one/"),
        (None, "/media/", "/media/"),
        (SEAWEED, None, "http://127.0.0.1:8333/media/"),
        ("s3://media/tv?endpoint=https://s3.example/v1/", None, "https://s3.example/v1/media/tv/"),
        ("s3://media/tv?region=eu-west-1", None, "https://media.s3.eu-west-1.amazonaws.com/tv/"),
        ("s3://media.example?region=eu-west-1", None, "https://s3.eu-west-1.amazonaws.com/media.example/"),
        ("s3://media?region=cn-north-1", None, "https://media.s3.cn-north-1.amazonaws.com.cn/"),
        ("s3://media?region=eu-west-1", "https://cdn.example/", "https://cdn.example/"),
    ],
)
def test_a_segment_s_url_begins_with_the_cdn_the_server_or_the_bucket(
    objects_url: str | None, media_url: str | None, base: str
) -> None:
    assert stores.media_base(Settings(objects_url=objects_url, media_url=media_url)) == base


@pytest.mark.parametrize(
    "url",
    [
        "cdn.example", "ftp://cdn.example", "https://me:s3cret@cdn.example", "https://cdn.example/?s3cret",
        "https://cdn.example/#s3cret", "https://cdn.example/a b", "https://cdn.example/\n#EXT-X-ENDLIST", "https://",
        "//cdn.example",
    ],
)  # fmt: skip
def test_a_media_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="STREAMSYNC_MEDIA_URL: ") as refused:
        stores.media_base(Settings(media_url=url))
    assert "s3cret" not in str(refused.value)


def test_objects_are_in_the_data_folder_until_a_bucket_is_set(tmp_path: Path, s3_credentials: None) -> None:
    assert isinstance(stores.objects(Settings(data=tmp_path)), FolderObjects)
    assert isinstance(stores.objects(Settings(data=tmp_path, objects_url=SEAWEED)), S3Objects)


def test_who_keeps_objects_in_a_folder_does_not_wait_for_boto3() -> None:
    story = """
import sys
from streamsync import packaging, server, workers
from storage import stores
from storage.settings import Settings
stores.objects(Settings())
stores.media_base(Settings(objects_url="s3://media?region=x"))
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"boto3", "botocore", "s3transfer"}))
"""
    ran = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout == "[]\n"
