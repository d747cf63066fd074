"""The doors of uploads: begin, look, ask where to send parts, complete, remove."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated, Literal, Protocol

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from manifest_server.admin.examples import OUTCOME, TARGETS, UPLOAD, UPLOADS
from manifest_server.admin.parameters import Body
from manifest_server.admin.refusals import NO_ROOM, REFUSALS
from manifest_server.admin.routing import Router
from storage.errors import NotFound
from storage.job_records import HIGHEST_PRIORITY, LOWEST_PRIORITY, USUAL_PRIORITY, JobState
from storage.upload_jobs import Submitted
from storage.upload_records import MOST_PARTS, SIZE_LIMIT, Hex64, Part, Upload, Wish
from storage.uploads import ABANDONED_S, COMPLETE_KEPT_S, Uploads

PARTS_LIMIT = 100  # that one request asks for
PAGE = 100

UploadId = Annotated[str, Path(description="32 hexadecimal digits")]


class Packaging(Protocol):
    """What becomes of a source that is complete. Blocks."""

    def asset(self, sha256: str) -> str | None:
        """The asset that these bytes have become already, if they have."""
        ...

    def submit(self, upload: Upload) -> Submitted:
        """Have the source packaged; safe to repeat. Raises Unavailable."""
        ...


class Begin(Body):
    """A file to upload."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "film.mp4", "size_bytes": 73400320, "fingerprint": "5f" * 32}]}
    )

    name: Annotated[str, Field(description="the file's name; 1 to 255 printable characters, no '/'")]
    size_bytes: Annotated[int, Field(ge=1, le=SIZE_LIMIT)]
    fingerprint: Annotated[
        Hex64,
        Field(description="what the client knows the file by; the CLI: SHA-256 of first MiB, last MiB and size"),
    ]
    title: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    priority: Annotated[int, Field(ge=LOWEST_PRIORITY, le=HIGHEST_PRIORITY)] = USUAL_PRIORITY

    def wish(self) -> Wish:
        """As it is asked of the uploads."""
        return Wish(**{**self.model_dump(), "title": self.title or PurePath(self.name).stem})


class Wanted(Body):
    """Parts that are about to be sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"parts": [{"number": 1, "md5": "0c" * 16}]}]})

    parts: Annotated[list[Part], Field(min_length=1, max_length=PARTS_LIMIT)]


class Whole(Body):
    """The end of an upload."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sha256": "a0" * 32}]})

    sha256: Annotated[
        Hex64, Field(description="of the whole file; what was stored is held to it before it is packaged")
    ]


class UploadView(BaseModel):
    """An upload as it is. `done`: the parts that need not be sent again. Times are RFC 3339."""

    model_config = ConfigDict(json_schema_extra={"examples": [UPLOAD]})

    id: str
    name: str
    title: str
    priority: int
    size_bytes: int
    part_size_bytes: int
    parts: Annotated[int, Field(le=MOST_PARTS)]
    state: Literal["open", "complete"]
    sha256: str | None = None
    done: list[Part]
    expires_at: str


class UploadLine(BaseModel):
    """An upload in a list."""

    id: str
    name: str
    size_bytes: int
    state: Literal["open", "complete"]
    created_at: str


class UploadPage(BaseModel):
    """Some uploads; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [UPLOADS]})

    uploads: list[UploadLine]
    next: str | None = None


class PartTarget(BaseModel):
    """Where to PUT a part, with these headers. A URL that begins with "/" is of this server."""

    number: int
    url: str
    headers: dict[str, str]


class Targets(BaseModel):
    """Where to PUT parts, for the next 15 minutes."""

    model_config = ConfigDict(json_schema_extra={"examples": [TARGETS]})

    parts: list[PartTarget]


class Outcome(BaseModel):
    """What a complete upload becomes: an `asset` that is there, or a `job` whose id is that of the asset to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [OUTCOME]})

    asset: str | None = None
    job: str | None = None
    state: JobState | None = None


def _nobody(_: str) -> None:
    pass


def router(
    uploads: Uploads, packaging: Packaging, now_ms: Callable[[], int], moved: Callable[[str], None] = _nobody
) -> Router:
    """The doors of `uploads`. `moved` is told the id of each that begins, is complete or is removed."""
    doors = Router(prefix="/uploads", tags=["uploads"], responses=REFUSALS | NO_ROOM)

    @doors.post("", response_model_exclude_none=True)
    def begin(body: Begin) -> UploadView:
        """Begin to upload a file, or go on with it: who has the same file gets the same upload."""
        view = _view(uploads, uploads.create(body.wish(), now_ms()), now_ms())
        moved(view.id)
        return view

    @doors.get("")
    def listing(
        after: Annotated[str, Query(max_length=32)] = "", limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE
    ) -> UploadPage:
        """All uploads, by id."""
        found = uploads.uploads(after, limit)
        return UploadPage(uploads=[_line(one) for one in found], next=found[-1].id if len(found) == limit else None)

    @doors.get("/{upload}", response_model_exclude_none=True)
    def look(upload: UploadId) -> UploadView:
        """One upload with the parts that are there."""
        return _view(uploads, uploads.upload(upload), now_ms())

    @doors.delete("/{upload}", status_code=204)
    def remove(upload: UploadId) -> None:
        """Remove an upload and all that was sent; a job that has not begun loses its source."""
        uploads.delete(uploads.upload(upload))
        moved(upload)

    @doors.post("/{upload}/parts")
    def targets(upload: UploadId, body: Wanted) -> Targets:
        """Where to PUT parts: URLs that take these bytes and no others, for 15 minutes."""
        found = uploads.targets(uploads.upload(upload), body.parts, now_ms())
        return Targets(parts=[PartTarget(number=one.number, url=one.url, headers=one.headers) for one in found])

    @doors.post("/{upload}/complete", response_model_exclude_none=True)
    def complete(upload: UploadId, body: Whole) -> Outcome:
        """All parts are sent: have the file packaged. Safe to repeat."""
        done = uploads.complete(uploads.upload(upload), body.sha256)
        moved(upload)
        asset = packaging.asset(body.sha256)
        if asset is not None:
            uploads.packaged(done)
            return Outcome(asset=asset)
        if not uploads.is_whole(done):
            uploads.delete(done)
            raise NotFound(f"upload {upload}: its source is gone and there is no asset of it: upload it again")
        submitted = packaging.submit(done)
        return Outcome(job=submitted.job, state=submitted.state)

    return doors


def _view(uploads: Uploads, upload: Upload, now_ms: int) -> UploadView:
    complete = upload.sha256 is not None or uploads.is_whole(upload)
    kept_s = COMPLETE_KEPT_S if complete else ABANDONED_S
    return UploadView(
        **upload.model_dump(include={"id", "name", "title", "priority", "size_bytes", "part_size_bytes", "sha256"}),
        parts=upload.parts,
        state="complete" if complete else "open",
        done=[] if complete else list(uploads.parts(upload)),
        expires_at=_instant(now_ms + kept_s * 1000),
    )


def _line(upload: Upload) -> UploadLine:
    return UploadLine(
        id=upload.id,
        name=upload.name,
        size_bytes=upload.size_bytes,
        state="open" if upload.sha256 is None else "complete",
        created_at=_instant(upload.created_ms),
    )


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat().replace("+00:00", "Z")
