"""Signed URLs of parts on our own server: as S3's, they need no other right and are good for one thing. Pure."""

import hashlib
import hmac

from storage.upload_records import Part

LIFE_S = 900
API = "/api/v1"


def url(key: bytes, upload: str, part: Part, length: int, expires_s: int) -> str:
    """Where to PUT a part of `length` bytes until `expires_s` (Unix seconds)."""
    signature = sign(key, upload, part, length, expires_s)
    return f"{API}/uploads/{upload}/parts/{part.number}?expires={expires_s}&signature={signature}"


def sign(key: bytes, upload: str, part: Part, length: int, expires_s: int) -> str:
    """The signature of all that such a URL allows: 64 hexadecimal digits."""
    allowed = f"PUT {upload} {part.number} {part.md5} {length} {expires_s}"
    return hmac.new(key, allowed.encode(), hashlib.sha256).hexdigest()


def is_signed(key: bytes, upload: str, part: Part, length: int, expires_s: int, signature: str) -> bool:
    """Whether `signature` is that of these values; in constant time."""
    return hmac.compare_digest(sign(key, upload, part, length, expires_s).encode(), signature.encode())
