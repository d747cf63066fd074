"""Whether a bucket does what we need of it, found out by doing it: as its owner, and as anybody."""

import base64
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from botocore.exceptions import ClientError

from storage.keys import ASSETS
from storage.s3_bucket import WORK, Finding
from storage.s3_client import told
from storage.s3_objects import S3Objects
from storage.s3_place import S3Place

_ORIGIN = "https://page.example"
_ANSWER_S = 5.0
_SETTLE_S = 15.0  # Amazon's policies take a few seconds


def trial(client: Any, place: S3Place, media_base: str, *, private: bool) -> Iterator[Finding]:
    """Put objects, look at them from all sides, and remove them. Raises Unavailable, NoRoom."""
    with _objects(place) as (objects, public, hidden), httpx.Client(timeout=_ANSWER_S) as anybody:
        yield _conditional(objects, hidden)
        yield _checksums(client, place, hidden)
        who = "nobody" if private else "everybody"
        yield _status(anybody, f"assets for {who}", place.public_url + public, 403 if private else 200)
        yield _status(anybody, "all else for nobody", place.public_url + hidden, 403)
        yield _status(anybody, "no listing for anybody", f"{_root(place)}?list-type=2", 403)
        if media_base.startswith("http") and media_base != place.public_url:
            yield _status(anybody, "assets by STREAMSYNC_MEDIA_URL", media_base + public, 200)
        yield _preflight(anybody, "pages may read", place.public_url + public, "GET")
        yield _preflight(anybody, "pages may upload", place.public_url + hidden, "PUT")


@contextmanager
def _objects(place: S3Place) -> Iterator[tuple[S3Objects, str, str]]:
    """The store with an object that is public and one that is not."""
    objects = S3Objects(place)
    name = f"trial-{uuid.uuid4().hex}"
    public, hidden = f"{ASSETS}{name}.vtt", f"{WORK}{name}"
    try:
        for key in (public, hidden):
            objects.put(key, b"WEBVTT\n")
        yield objects, public, hidden
    finally:
        for key in (public, hidden):
            objects.delete(key)


def _conditional(objects: S3Objects, key: str) -> Finding:
    if objects.put(key, b"WEBVTT\n", if_absent=True):
        return Finding("conditional put", "FAILED", "If-None-Match is not obeyed: two may publish one record")
    return Finding("conditional put", "ok", "an object is never replaced by If-None-Match: *")


def _checksums(client: Any, place: S3Place, key: str) -> Finding:
    try:
        with told(place, key):
            _put_damaged(client, place, key)
    except _Refused:
        return Finding("checksums", "ok", "bytes that were damaged on the way are refused")
    return Finding("checksums", "not supported", "damage on the way to the store is only seen when it is read")


class _Refused(Exception):
    """The server has looked."""


def _put_damaged(client: Any, place: S3Place, key: str) -> None:
    wrong = base64.b64encode(bytes(4)).decode()
    try:
        client.put_object(Bucket=place.bucket, Key=place.prefix + key, Body=b"WEBVTT\n", ChecksumCRC32=wrong)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 400:
            raise _Refused from error
        raise


def _status(anybody: httpx.Client, what: str, url: str, wanted: int) -> Finding:
    status = _asked(anybody, url, wanted)
    if status == wanted:
        return Finding(what, "ok", f"{wanted} without credentials")
    return Finding(what, "FAILED", f"{status or 'no answer'} without credentials, not {wanted}: {url}")


def _asked(anybody: httpx.Client, url: str, wanted: int) -> int | None:
    """The status of the answer, waited for while it may still become the one that is wanted."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        try:
            status = anybody.get(url).status_code
        except httpx.HTTPError:
            status = None
        if status == wanted or time.monotonic() > deadline:
            return status
        time.sleep(0.5)


def _preflight(anybody: httpx.Client, what: str, url: str, method: str) -> Finding:
    asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": method}
    try:
        answer = anybody.options(url, headers=asked)
    except httpx.HTTPError:
        return Finding(what, "FAILED", f"no answer to the preflight for {method}")
    origin = answer.headers.get("access-control-allow-origin")
    methods = answer.headers.get("access-control-allow-methods", "")
    if answer.is_success and origin in {"*", _ORIGIN} and method in methods:
        return Finding(what, "ok", f"the preflight for {method} is answered")
    return Finding(what, "FAILED", f"the preflight for {method} is answered {answer.status_code}, origin {origin}")


def _root(place: S3Place) -> str:
    return place.public_url.removesuffix(place.prefix)
