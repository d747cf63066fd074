"""Signatures as the Standard Webhooks specification has them (v1: HMAC-SHA256). Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from storage.webhook_records import SECRET_PREFIX


def written(secret: bytes) -> str:
    """A secret as it is handed out."""
    return SECRET_PREFIX + b64encode(secret).decode()


def headers(event: str, at_s: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """What goes with a body that is sent at this Unix second: signed with each of these secrets."""
    signed = b".".join((event.encode(), str(at_s).encode(), body))
    return {
        "webhook-id": event,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return b64encode(hmac.digest(key, signed, sha256)).decode()
