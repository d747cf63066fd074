"""Making a bucket fit to keep objects: who may read it, from which pages, and what it throws away by itself.

What others have set on the bucket stays: a policy, CORS and lifecycle rules are many statements, and only ours are
replaced. Safe to run again.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from storage.keys import ASSETS
from storage.s3_client import error_code, told
from storage.s3_place import S3Place

State = Literal["ok", "not supported", "FAILED"]

PARTS_DAYS = 3
WORK_DAYS = 7
WORK = "work/"

_NOT_SUPPORTED = {"NotImplemented", "MethodNotAllowed", "501", "405"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was done or found."""

    what: str
    state: State
    detail: str


def prepare(client: Any, place: S3Place, *, private: bool) -> Iterator[Finding]:
    """Make the bucket and set it up, step by step. `private`: nobody may read, as a CDN has access of its own.

    Raises Unavailable when the bucket cannot be reached or made.
    """
    with told(place):
        yield _made(client, place)
        yield _tried("read policy", lambda: _set_policy(client, place, private=private))
        yield _tried("CORS", lambda: _set_cors(client, place))
        yield _tried("lifecycle", lambda: _set_lifecycle(client, place))


def _made(client: Any, place: S3Place) -> Finding:
    try:
        client.head_bucket(Bucket=place.bucket)
    except ClientError as error:
        if error_code(error) != "404":
            raise
    else:
        return Finding("bucket", "ok", "it is there")
    # Amazon refuses the name of its first region here.
    where = {} if place.region == "us-east-1" else {"LocationConstraint": place.region}
    client.create_bucket(Bucket=place.bucket, **({"CreateBucketConfiguration": where} if where else {}))
    return Finding("bucket", "ok", "made")


def _tried(what: str, step: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "ok", step())
    except ClientError as error:
        code = error_code(error)
        if code in _NOT_SUPPORTED:
            return Finding(what, "not supported", "the server says so")
        detail = f"refused: {code}"
        if what == "read policy" and code == "AccessDenied":
            detail += "; on Amazon this bucket's Block Public Access must let policies be, or use --private and a CDN"
        return Finding(what, "FAILED", detail)


def _set_policy(client: Any, place: S3Place, *, private: bool) -> str:
    answer = _known(lambda: client.get_bucket_policy(Bucket=place.bucket), "NoSuchBucketPolicy")
    policy: dict[str, Any] = json.loads(answer["Policy"]) if answer else {"Version": "2012-10-17", "Statement": []}
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    name = f"StreamSyncRead{_mark(place)}"
    statements = [one for one in statements if one.get("Sid") != name]
    if not private:
        statements.append(
            {
                "Sid": name,
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:{_partition(place)}:s3:::{place.bucket}/{place.prefix}{ASSETS}*",
            }
        )
    if statements:
        client.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps({**policy, "Statement": statements}))
    elif answer:
        client.delete_bucket_policy(Bucket=place.bucket)
    return "ours lets nobody read" if private else f"everybody may read {place.prefix}{ASSETS}* and nothing else"


def _set_cors(client: Any, place: S3Place) -> str:
    answer = _known(lambda: client.get_bucket_cors(Bucket=place.bucket), "NoSuchCORSConfiguration")
    ours = {
        # HEAD is sent by players that ask for a length; PUT by browsers that upload to signed URLs.
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedOrigins": ["*"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "Content-Length", "Content-Range", "Date", "x-amz-checksum-crc32"],
        "MaxAgeSeconds": 86_400,
    }
    # Not every server keeps a rule's ID, so ours is known by what it says.
    others = [one for one in (answer or {}).get("CORSRules", []) if {**one, "ID": ""} != {**ours, "ID": ""}]
    client.put_bucket_cors(Bucket=place.bucket, CORSConfiguration={"CORSRules": [ours, *others]})
    return "any page may GET, HEAD and, with a signed URL, PUT"


def _set_lifecycle(client: Any, place: S3Place) -> str:
    ask = client.get_bucket_lifecycle_configuration
    answer = _known(lambda: ask(Bucket=place.bucket), "NoSuchLifecycleConfiguration")
    ours = [
        {
            "ID": f"streamsync-parts-{_mark(place)}",
            "Status": "Enabled",
            "Filter": {"Prefix": place.prefix},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": PARTS_DAYS},
        },
        {
            "ID": f"streamsync-work-{_mark(place)}",
            "Status": "Enabled",
            "Filter": {"Prefix": place.prefix + WORK},
            "Expiration": {"Days": WORK_DAYS},
        },
    ]
    names = {one["ID"] for one in ours}
    others = [one for one in (answer or {}).get("Rules", []) if one.get("ID") not in names]
    client.put_bucket_lifecycle_configuration(Bucket=place.bucket, LifecycleConfiguration={"Rules": [*others, *ours]})
    return f"parts of broken uploads go after {PARTS_DAYS} days, {place.prefix}{WORK}* after {WORK_DAYS}"


def _known(ask: Callable[[], dict[str, Any]], none: str) -> dict[str, Any] | None:
    """What is set already; None where the server answers `none`."""
    try:
        return ask()
    except ClientError as error:
        if error_code(error) == none:
            return None
        raise


def _mark(place: S3Place) -> str:
    # Several installations may share a bucket, each under its prefix.
    return f"{zlib.crc32(place.prefix.encode()):08x}"


def _partition(place: S3Place) -> str:
    return "aws-cn" if place.endpoint is None and place.region.startswith("cn-") else "aws"
