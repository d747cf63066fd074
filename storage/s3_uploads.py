"""Parts in S3: its own multipart uploads, to which clients send with presigned URLs."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from storage.errors import NotFound, Unavailable
from storage.keys import UPLOADS, upload_key
from storage.part_urls import LIFE_S
from storage.s3_client import client, error_code, told
from storage.s3_place import S3Place
from storage.upload_records import Part, Stray, Target, Upload


class S3Parts:
    """Parts as a PartStore keeps them, for uploads straight into a bucket."""

    def __init__(self, place: S3Place) -> None:
        self._s3 = client(place)
        self._at = place

    def begin(self, upload: str, size_bytes: int) -> str:
        """See PartStore. The place is S3's UploadId."""
        del size_bytes
        with told(self._at):
            return str(self._s3.create_multipart_upload(**self._named(upload))["UploadId"])

    def parts(self, upload: Upload) -> tuple[Part, ...]:
        """See PartStore. By S3's ETag, which is the MD5 of a part wherever S3 does not encrypt with KMS."""
        return tuple(
            Part(number=int(part["PartNumber"]), md5=part["ETag"].strip('"'))
            for part in self._sound(upload)
            if _is_md5(part["ETag"].strip('"'))
        )

    def targets(self, upload: Upload, parts: Sequence[Part], now_ms: int) -> tuple[Target, ...]:
        """See PartStore. Presigned, with length and MD5 in the signature: S3 refuses other bytes."""
        del now_ms  # botocore asks the clock itself
        with told(self._at):
            return tuple(self._target(upload, part) for part in parts)

    def join(self, upload: Upload, parts: Sequence[Part]) -> None:
        """See PartStore. Whether a lost answer was a yes is for the caller to see: then the object is there."""
        etags = [{"PartNumber": part.number, "ETag": f'"{part.md5}"'} for part in parts]
        try:
            with told(self._at):
                self._s3.complete_multipart_upload(
                    **self._named(upload.id), UploadId=upload.place, MultipartUpload={"Parts": etags}
                )
        except Unavailable as error:
            raise _gone_or(error, upload.id) from error

    def discard(self, upload: str, place: str) -> None:
        """See PartStore."""
        try:
            with told(self._at):
                self._s3.abort_multipart_upload(**self._named(upload), UploadId=place)
        except Unavailable as error:
            if not isinstance(_gone_or(error, upload), NotFound):
                raise

    def strays(self) -> Iterator[Stray]:
        """See PartStore."""
        with told(self._at):
            pages = self._s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._at.bucket, Prefix=f"{self._at.prefix}{UPLOADS}"
            )
            for found in (one for page in pages for one in page.get("Uploads", [])):
                upload = found["Key"].removeprefix(f"{self._at.prefix}{UPLOADS}")
                yield Stray(upload, found["UploadId"], found["Initiated"].timestamp())

    def touched_s(self, upload: str, place: str) -> float:
        """See PartStore."""
        try:
            return max((part["LastModified"].timestamp() for part in self._listed(upload, place)), default=0.0)
        except NotFound:
            return 0.0

    def _target(self, upload: Upload, part: Part) -> Target:
        md5 = base64.b64encode(bytes.fromhex(part.md5)).decode()
        url = self._s3.generate_presigned_url(
            "upload_part",
            Params={
                **self._named(upload.id),
                "UploadId": upload.place,
                "PartNumber": part.number,
                "ContentLength": upload.part_bytes(part.number),
                "ContentMD5": md5,
            },
            ExpiresIn=LIFE_S,
        )
        return Target(part.number, url, {"Content-MD5": md5})

    def _sound(self, upload: Upload) -> list[dict[str, Any]]:
        """The parts of the right length, the only ones that our URLs let in; of several that were sent, the last.

        SeaweedFS lists all that were ever sent under a number.
        """
        found = sorted(self._listed(upload.id, upload.place), key=lambda part: part["LastModified"])
        last = {
            part["PartNumber"]: part
            for part in found
            if part["PartNumber"] <= upload.parts and part["Size"] == upload.part_bytes(part["PartNumber"])
        }
        return [last[number] for number in sorted(last)]

    def _listed(self, upload: str, place: str) -> list[dict[str, Any]]:
        try:
            with told(self._at):
                pages = self._s3.get_paginator("list_parts").paginate(**self._named(upload), UploadId=place)
                return [part for page in pages for part in page.get("Parts", [])]
        except Unavailable as error:
            raise _gone_or(error, upload) from error

    def _named(self, upload: str) -> dict[str, str]:
        return {"Bucket": self._at.bucket, "Key": f"{self._at.prefix}{upload_key(upload)}"}


def _gone_or(error: Unavailable, upload: str) -> Unavailable | NotFound:
    cause = error.__cause__
    if isinstance(cause, ClientError) and error_code(cause) == "NoSuchUpload":
        return NotFound(f"upload {upload} has no parts any more")
    return error


def _is_md5(etag: str) -> bool:
    return len(etag) == 32 and set(etag) <= set("0123456789abcdef")
