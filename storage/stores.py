"""The object store that the settings name, and where players find what is in it."""

import re
from urllib.parse import urlsplit

from storage.errors import BadInput
from storage.folder_objects import FolderObjects
from storage.folder_uploads import FolderParts
from storage.objects import Objects
from storage.s3_place import place
from storage.settings import Settings
from storage.uploads import Uploads

CHUNKS = "/chunks/"  # where the manifest server itself answers the objects of a folder

_MEDIA = re.compile(r"(https?://[A-Za-z0-9.:\[\]-]+)?(/(?!/)[A-Za-z0-9._~%/-]*)?")


def objects(settings: Settings) -> Objects:
    """The store of all objects. Raises BadInput for a URL that is not one. Does not connect."""
    if settings.objects_url is None:
        return FolderObjects(settings.objects_root)
    # Loaded only now: whoever keeps objects in a folder does not wait for boto3.
    from storage.s3_objects import S3Objects  # noqa: PLC0415

    return S3Objects(place(settings.objects_url))


def media_base(settings: Settings) -> str:
    """What the URL of every segment begins with; ends in "/". Raises BadInput."""
    if settings.media_url is not None:
        if not settings.media_url or not _MEDIA.fullmatch(settings.media_url):
            raise BadInput(
                "STREAMSYNC_MEDIA_URL: it is http:// or https:// and a host, perhaps a port and a path, or a path "
                "that begins with '/'; no credentials, no '?'"
            )
        return settings.media_url.rstrip("/") + "/"
    return CHUNKS if settings.objects_url is None else place(settings.objects_url).public_url


def origins(settings: Settings) -> frozenset[str]:
    """The origins (RFC 6454) of segments and of uploads, as far as they are not this server's. Raises BadInput."""
    urls = [media_base(settings)]
    if settings.objects_url is not None:
        urls.append(place(settings.objects_url).public_url)
    parts = (urlsplit(url) for url in urls)
    return frozenset(f"{one.scheme}://{one.netloc}" for one in parts if one.netloc)


def uploads(settings: Settings) -> Uploads:
    """The uploads into that store. Raises BadInput for a URL that is not one. Does not connect."""
    if settings.objects_url is None:
        return Uploads(objects(settings), FolderParts(settings.objects_root))
    from storage.s3_uploads import S3Parts  # noqa: PLC0415 - as above

    return Uploads(objects(settings), S3Parts(place(settings.objects_url)))
