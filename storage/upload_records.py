"""What is stored of an upload, and what its parts are. Pure."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from storage.errors import BadInput
from storage.record import Record

MIB = 1 << 20
PART_BYTES = 16 * MIB
MOST_PARTS = 10_000  # Amazon S3's limit
# Two hours of ProRes 422 HQ in UHD are 0.7 TB. A part is then 210 MiB: what a broken connection may cost.
SIZE_LIMIT = 2 << 40
NAME_LIMIT = 255

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Upload(Record):
    """A file on its way. `place`: what the store finds its parts by; `sha256`: set once it is complete.

    `declared`: the SHA-256 that it was last to be completed with, noted before its parts are put together.
    """

    id: str
    name: str
    title: str
    priority: int
    size_bytes: Annotated[int, Field(ge=1, le=SIZE_LIMIT)]
    part_size_bytes: Annotated[int, Field(ge=1)]
    created_ms: int
    place: str
    declared: Hex64 | None = None
    sha256: Hex64 | None = None

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return -(-self.size_bytes // self.part_size_bytes)

    def part_bytes(self, number: int) -> int:
        """The bytes of part `number` (from 1): the last is shorter. Raises BadInput when there is none."""
        if not 1 <= number <= self.parts:
            raise BadInput(f"part {number}: upload {self.id} has the parts 1 to {self.parts}")
        return min(self.part_size_bytes, self.size_bytes - self.part_size_bytes * (number - 1))


class Wish(Record):
    """What a client wants to upload. `fingerprint`: 64 hexadecimal digits by which it would know the file again."""

    name: str
    title: str
    fingerprint: Hex64
    size_bytes: Annotated[int, Field(ge=1, le=SIZE_LIMIT)]
    priority: int

    @property
    def upload(self) -> str:
        """The upload's id: the same for everybody who has the file, so that anybody can go on with it."""
        return hashlib.sha256(f"{self.fingerprint} {self.size_bytes}".encode()).hexdigest()[:32]


class Part(Record):
    """The bytes of a part, by their MD5: the one checksum that every S3 verifies on the way in *and* lists."""

    number: Annotated[int, Field(ge=1, le=MOST_PARTS)]
    md5: Hex32


@dataclass(frozen=True, slots=True)
class Target:
    """Where to PUT a part, and the headers that its signature covers. A URL without a host is the API server's."""

    number: int
    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stray:
    """A place for parts that an upload has, or that nobody knows. `begun_s`: Unix seconds."""

    upload: str
    place: str
    begun_s: float


def part_size(size_bytes: int) -> int:
    """The bytes of every part but the last: 16 MiB, or as many whole MiB as keep the parts under their limit."""
    return max(PART_BYTES, -(-size_bytes // MOST_PARTS // MIB) * MIB)


def checked_file_name(name: str) -> str:
    """`name` if it can be shown as that of a file, else BadInput. No path is ever made of it."""
    if not 1 <= len(name) <= NAME_LIMIT or "/" in name or not name.isprintable():
        shown = name if len(name) <= 80 else name[:77] + "..."
        raise BadInput(f"name {shown!r}: it is 1 to {NAME_LIMIT} printable characters without '/'")
    return name
