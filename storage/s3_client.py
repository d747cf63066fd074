"""The S3 client from settings, and its errors in our own words: the one place that boto3 is configured."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import botocore.session
from boto3.exceptions import Boto3Error
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.loaders import Loader

from storage import s3_spans, spans
from storage.errors import NoRoom, NotFound, StreamSyncError, Unavailable
from storage.s3_place import S3Place

ATTEMPTS = 6
CONNECT_S = 2
READ_S = 10  # the wait for the next bytes, not for all of them
CONNECTIONS = 32  # that one client keeps open

_NO_OBJECT = {"NoSuchKey", "404", "NotFound"}
_NO_ROOM = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}
_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "401", "ExpiredToken"}


def client(place: S3Place) -> Any:
    """A client that threads may share, but not processes: make it after a fork.

    Retries what may pass, with back-off, ATTEMPTS times in all. Credentials: boto3's standard chain.
    """
    config = Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        # A server of one's own has no DNS names for buckets.
        s3={"addressing_style": "path" if place.endpoint is not None else "auto"},
        tcp_keepalive=True,
        # Only our own setting says where objects go, not an AWS_ENDPOINT_URL that is there for something else.
        ignore_configured_endpoint_urls=True,
    )
    made = session().client("s3", endpoint_url=place.endpoint, region_name=place.region, config=config)
    if spans.are_collected():
        s3_spans.watch(made)
    return made


def session() -> Session:
    """A session of one's own: boto3's default one is not for threads."""
    core = botocore.session.Session()
    core.register_component("data_loader", _descriptions())
    return Session(botocore_session=core)


@cache
def _descriptions() -> Loader:
    """What botocore knows of services, for all sessions: to read it takes 0.1 s, and 12 MB each time."""
    return Loader()


@contextmanager
def told(place: S3Place, key: str = "") -> Iterator[None]:
    """Tell an error of S3 in our own words: NotFound for the object `key`, NoRoom, else Unavailable. No secrets."""
    try:
        yield
    except ClientError as error:
        raise told_error(error, place, key) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise Unavailable(
            f"{place} needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or what else boto3 takes them from"
        ) from error
    except (HTTPClientError, NoConnection) as error:
        raise Unavailable(f"{place} does not answer: {type(error).__name__}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise Unavailable(f"{place}: {type(error).__name__}") from error


def told_error(error: ClientError, place: S3Place, key: str = "") -> StreamSyncError:
    """Our error for one that the server answered."""
    code, status = error_code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code == "NoSuchBucket" or (not key and code == "404"):
        return Unavailable(f"{place} does not exist: `streamsync bucket prepare` makes it")
    if key and code in _NO_OBJECT:
        return NotFound(f"no object {key!r}")
    what = f"object {key!r}: {place}" if key else str(place)
    if code in _NO_ROOM or status == 507:
        return NoRoom(f"{what} has no room: {code}")
    if code in _REFUSED or status in {401, 403}:
        return Unavailable(f"{what} refuses us: {code}")
    return Unavailable(f"{what} answers {status} {code}")


def pause(attempt: int) -> None:
    """Wait before the attempt after `attempt` (0 is the first), each time twice as long and never in step."""
    time.sleep(random.uniform(0.5, 1) * 0.1 * 2**attempt)  # noqa: S311


def error_code(error: ClientError) -> str:
    """The code of an error that the server answered, such as `NoSuchKey`; for HEAD it is the status."""
    return str(error.response.get("Error", {}).get("Code", ""))[:80]
