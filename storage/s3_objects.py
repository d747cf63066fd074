"""The S3 bucket that keeps objects."""

import errno
import os
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from operator import itemgetter
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError

from storage.content_types import cache_control, content_type
from storage.errors import BadInput, NoRoom, Unavailable
from storage.objects import Entry, Objects, checked_key, checked_prefix
from storage.s3_client import ATTEMPTS, client, error_code, pause, told
from storage.s3_download import CRC32, Download, crc32_text
from storage.s3_place import S3Place

_PART = 8 << 20
_WHOLE_LIMIT = 2 * _PART  # above it, in parts
_PARTS_AT_ONCE = 4
_PUT = "put"  # in the metadata: which put it was
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class S3Objects(Objects):
    """Objects of a bucket, under its prefix. One for all threads of a process; made after a fork.

    After Unavailable a put may have been done all the same, or be done a little later.
    """

    def __init__(self, place: S3Place, *, page: int = 1000) -> None:
        """`page`: how many objects to ask for at once when listing."""
        self._place = place
        self._page = page
        with told(place):
            self._client = client(place)

    def put_file(self, key: str, path: Path) -> None:
        """See Objects. Large files go in parts, a few at once."""
        arguments = self._arguments(checked_key(key))
        with _disk(key), told(self._place, key):  # in this order, as botocore's time-outs are OSErrors
            size_bytes, crc32 = _measured(path)
            arguments["Metadata"] = {CRC32: crc32}
            if size_bytes > _WHOLE_LIMIT:
                self._put_parts(key, path, arguments)
                return
            with path.open("rb") as body:
                self._client.put_object(**self._name(key), **arguments, Body=body)

    def put(self, key: str, data: bytes, *, if_absent: bool = False) -> bool:
        """See Objects. An object that our own put has made counts as ours even when the answer to it was lost."""
        arguments = self._name(checked_key(key)) | self._arguments(key) | {"Body": data}
        this_put = uuid.uuid4().hex
        arguments["Metadata"] = {CRC32: crc32_text(zlib.crc32(data)), _PUT: this_put}
        with told(self._place, key):
            if if_absent:
                return self._create(key, arguments, this_put)
            self._client.put_object(**arguments)
            return True

    def read(self, key: str) -> bytes:
        """See Objects."""
        sink = BytesIO()
        Download(self._client, self._place, checked_key(key), sink).run()
        return sink.getvalue()

    def fetch(self, key: str, target: Path) -> None:
        """See Objects."""
        checked_key(key)
        unfinished = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
        try:
            with _disk(key):
                with unfinished.open("xb") as sink:
                    Download(self._client, self._place, key, sink).run()
                    sink.flush()
                    os.fsync(sink.fileno())
                unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """See Objects."""
        return self._metadata(checked_key(key)) is not None

    def keys(self, prefix: str) -> Iterator[str]:
        """See Objects."""
        return (entry.key for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[Entry]:
        """See Objects. Folder by folder, as not every server lists in byte order; what is no key is passed over."""
        return self._walk(checked_prefix(prefix))

    def delete(self, key: str) -> None:
        """See Objects."""
        with told(self._place, checked_key(key)):
            self._client.delete_object(**self._name(key))

    def _name(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + key}

    def _arguments(self, key: str) -> dict[str, Any]:
        return {"ContentType": content_type(key), "CacheControl": cache_control(key)}

    def _put_parts(self, key: str, path: Path, arguments: dict[str, Any]) -> None:
        config = TransferConfig(
            multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=_PARTS_AT_ONCE
        )  # fmt: skip
        name = self._name(key)
        # On leaving, by Ctrl-C too, what was begun is aborted.
        with create_transfer_manager(self._client, config) as transfers:
            transfers.upload(str(path), name["Bucket"], name["Key"], extra_args=arguments).result()

    def _create(self, key: str, arguments: dict[str, Any], this_put: str) -> bool:
        for attempt in range(ATTEMPTS):
            try:
                self._client.put_object(**arguments, IfNoneMatch="*")
            except ClientError as error:
                if error_code(error) == "ConditionalRequestConflict":
                    # Another writer of it is under way, or was: only a new attempt can tell.
                    pause(attempt)
                    continue
                if error_code(error) not in {"PreconditionFailed", "412"}:
                    raise
                if not attempt and not error.response["ResponseMetadata"].get("RetryAttempts"):
                    return False
                metadata = self._metadata(key)
                if metadata is not None:
                    return metadata.get(_PUT) == this_put
            else:
                return True
        raise Unavailable(f"object {key!r}: {self._place} does not say who made it")

    def _metadata(self, key: str) -> dict[str, str] | None:
        """What stands beside an object; None without one."""
        with told(self._place):
            try:
                answer = self._client.head_object(**self._name(key))
            except ClientError as error:
                if error_code(error) != "404":
                    raise
                # The answer to HEAD has no words: it may also be the bucket that is not there.
                self._client.head_bucket(Bucket=self._place.bucket)
                return None
            metadata: dict[str, str] = answer["Metadata"]
            return metadata

    def _walk(self, prefix: str) -> Iterator[Entry]:
        for name, entry in sorted(self._level(prefix), key=itemgetter(0)):
            if entry is not None:
                yield entry
            else:
                yield from self._walk(name)

    def _level(self, prefix: str) -> Iterator[tuple[str, Entry | None]]:
        """The objects whose keys go on without a "/" after `prefix`, and the folders there (`a/b/`, None)."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._place.bucket, Prefix=self._place.prefix + prefix, Delimiter="/",
            PaginationConfig={"PageSize": self._page},
        )  # fmt: skip
        cut = len(self._place.prefix)
        with told(self._place):
            for page in pages:
                for one in page.get("Contents", ()):
                    if _is_key(one["Key"][cut:]):
                        key = one["Key"][cut:]
                        yield key, Entry(key, one["Size"], one["LastModified"].timestamp())
                for one in page.get("CommonPrefixes", ()):
                    if _is_key(one["Prefix"][cut:-1]):
                        yield one["Prefix"][cut:], None


def _is_key(text: str) -> bool:
    try:
        return checked_key(text) == text
    except BadInput:
        return False


@contextmanager
def _disk(key: str) -> Iterator[None]:
    """Tell an error of our own disk in our own words."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(f"no room for object {key!r}: {error.strerror}") from error
        raise Unavailable(f"object {key!r}: {error.strerror or error}") from error


def _measured(path: Path) -> tuple[int, str]:
    """Size and checksum of a file."""
    size_bytes = crc32 = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            size_bytes += len(piece)
            crc32 = zlib.crc32(piece, crc32)
    return size_bytes, crc32_text(crc32)
