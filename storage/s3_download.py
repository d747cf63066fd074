"""Taking an object from S3: in pieces, going on where the connection broke, and held to its checksum."""

import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from storage.errors import Unavailable
from storage.s3_client import ATTEMPTS, error_code, pause, told
from storage.s3_place import S3Place

CRC32 = "crc32"  # our own checksum, in the object's metadata: eight hexadecimal digits

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Object:
    """What the first answer says of the object."""

    etag: str
    size_bytes: int
    crc32: str | None


class _Damaged(Exception):
    """The bytes that came are not those that were put."""


class Download:
    """One object of a bucket on its way to `sink`, which is empty and seekable."""

    def __init__(self, client: Any, place: S3Place, key: str, sink: BinaryIO) -> None:
        self._client = client
        self._place = place
        self._key = key
        self._sink = sink
        self._object: _Object | None = None
        self._done_bytes = 0
        self._crc32 = 0

    def run(self) -> None:
        """Write all bytes. Raises NotFound, Unavailable, and what the sink raises.

        A connection that breaks after at least a piece is no attempt: a large object may need many.
        """
        attempts = 0
        while True:
            begun_bytes = self._done_bytes
            try:
                self._go_on()
                self._check()
                return
            except (FlexibleChecksumError, _Damaged) as error:
                why = str(error) if isinstance(error, _Damaged) else "its checksum is another"
                self._restart()
                attempts += 1
            except BotoCoreError as error:
                why = type(error).__name__
                if self._done_bytes - begun_bytes < _PIECE:
                    attempts += 1
            if attempts >= ATTEMPTS:
                raise Unavailable(f"object {self._key!r}: {self._place} does not give it whole: {why}")
            pause(attempts)

    def _go_on(self) -> None:
        if self._object is not None and self._done_bytes == self._object.size_bytes:
            return
        # The client has tried often enough when it does not even get the head of an answer.
        with told(self._place, self._key):
            body = self._rest() or self._whole()
        with closing(body):
            while piece := body.read(_PIECE):
                self._sink.write(piece)
                self._done_bytes += len(piece)
                self._crc32 = zlib.crc32(piece, self._crc32)

    def _whole(self) -> Any:
        answer = self._client.get_object(Bucket=self._place.bucket, Key=self._place.prefix + self._key)
        crc32 = answer["Metadata"].get(CRC32)
        self._object = _Object(answer["ETag"], answer["ContentLength"], crc32)
        return answer["Body"]

    def _rest(self) -> Any | None:
        """The bytes that are missing; None where all must come anew."""
        if self._object is None or not self._done_bytes:
            return None
        try:
            answer = self._client.get_object(
                Bucket=self._place.bucket,
                Key=self._place.prefix + self._key,
                Range=f"bytes={self._done_bytes}-",
                IfMatch=self._object.etag,
            )
        except ClientError as error:
            if error_code(error) not in {"PreconditionFailed", "InvalidRange"}:
                raise
            self._restart()  # it was replaced meanwhile
            return None
        if "ContentRange" in answer:
            return answer["Body"]
        answer["Body"].close()
        self._restart()
        return None

    def _check(self) -> None:
        if self._object is None or self._done_bytes != self._object.size_bytes:
            raise _Damaged(f"{self._done_bytes} bytes are not all")
        if self._object.crc32 not in {None, crc32_text(self._crc32)}:
            raise _Damaged("its checksum is another")

    def _restart(self) -> None:
        self._sink.seek(0)
        self._sink.truncate()
        self._object, self._done_bytes, self._crc32 = None, 0, 0


def crc32_text(crc32: int) -> str:
    """A checksum as it stands in the metadata."""
    return f"{crc32:08x}"
