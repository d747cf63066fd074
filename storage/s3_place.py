"""Where objects are in S3: `s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME`, read strictly. Needs no S3 library."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from storage.errors import BadInput
from storage.objects import checked_key

VARIABLE = "STREAMSYNC_OBJECTS_URL"

# Amazon S3 user guide, "General purpose bucket naming rules".
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ENDPOINT = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
_PREFIX_LIMIT = 256  # keys have up to 512 characters, S3's up to 1024


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, the prefix of our keys in it ("" or one that ends in "/"), and who serves it (None: Amazon)."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str

    def __str__(self) -> str:
        return f"bucket {self.bucket!r} at {self.endpoint or f'Amazon S3 in {self.region}'}"

    @property
    def public_url(self) -> str:
        """What an object's URL begins with for those who read without credentials; ends in "/"."""
        if self.endpoint is not None:
            return f"{self.endpoint}/{self.bucket}/{self.prefix}"
        host = f"s3.{self.region}.amazonaws.com" + (".cn" if self.region.startswith("cn-") else "")
        # Amazon's certificate is for one level below its own name.
        if "." in self.bucket:
            return f"https://{host}/{self.bucket}/{self.prefix}"
        return f"https://{self.bucket}.{host}/{self.prefix}"


def place(url: str) -> S3Place:
    """The place that `url` names. Raises BadInput, which never repeats the URL: people put secrets into them."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _bad("it is ASCII without spaces")
    parts = urlsplit(url)
    if parts.scheme != "s3" or parts.fragment:
        raise _bad("it has the form s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME")
    if "@" in parts.netloc:
        raise _bad("no credentials in it, please: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if not _BUCKET.fullmatch(parts.netloc):
        raise _bad("a bucket's name is 3 to 63 of a-z, 0-9, '.' and '-', with a letter or digit at both ends")
    given = _parameters(parts.query)
    endpoint = _endpoint(given["endpoint"]) if "endpoint" in given else None
    if endpoint is None and "region" not in given:
        raise _bad("without an endpoint it is Amazon S3, which needs a region: add ?region=NAME")
    region = given.get("region", "us-east-1")
    if not _REGION.fullmatch(region):
        raise _bad("a region is of a-z, 0-9 and '-'")
    return S3Place(parts.netloc, _prefix(parts.path), endpoint, region)


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        pairs = [("", "")]
    names = [name for name, _ in pairs]
    if not set(names) <= {"endpoint", "region"} or len(names) != len(set(names)):
        raise _bad("after '?' it takes endpoint= and region=, each once")
    return dict(pairs)


def _endpoint(text: str) -> str:
    if not _ENDPOINT.fullmatch(text):
        raise _bad("an endpoint is http:// or https://, a host and perhaps a port and a path, without credentials")
    return text.rstrip("/")


def _prefix(path: str) -> str:
    prefix = path.strip("/")
    if not prefix:
        return ""
    try:
        checked_key(prefix)
    except BadInput:
        prefix = ""
    if not prefix or len(prefix) > _PREFIX_LIMIT:
        raise _bad(f"a prefix is letters, digits, '.', '_' or '-' between '/', at most {_PREFIX_LIMIT} characters")
    return f"{prefix}/"


def _bad(rule: str) -> BadInput:
    return BadInput(f"{VARIABLE}: {rule}")
