"""What a recommender has learned, as plain numbers: for each asset as many as it has factors. Pure.

Little-endian: magic "SSM1", assets u32, factors u32; 16 bytes of id each; f32 by asset; 16 bytes blake2b of all that.
"""

import struct
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from storage.errors import Unavailable

ASSETS_LIMIT, FACTORS_LIMIT = 1 << 16, 256

_HEAD = struct.Struct("<4sII")
_MAGIC = b"SSM1"
_ID, _DIGEST = 16, 16


def packed_model(assets: Sequence[str], factors: NDArray[np.float32]) -> bytes:
    """A model; `factors` has a row for each asset."""
    count, width = factors.shape
    if len(assets) != count or not 0 < count <= ASSETS_LIMIT or not 0 < width <= FACTORS_LIMIT:
        raise ValueError(f"{len(assets)} assets and {factors.shape} factors are no model")
    ids = b"".join(map(bytes.fromhex, assets))
    body = _HEAD.pack(_MAGIC, count, width) + ids + np.ascontiguousarray(factors, dtype="<f4").tobytes()
    return body + blake2b(body, digest_size=_DIGEST).digest()


def read_model(data: bytes, key: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The assets of a model and their factors. Raises Unavailable for what is none."""
    wrong = Unavailable(f"object {key!r} holds no model")
    if len(data) < _HEAD.size + _DIGEST or blake2b(data[:-_DIGEST], digest_size=_DIGEST).digest() != data[-_DIGEST:]:
        raise wrong
    magic, count, width = _HEAD.unpack_from(data)
    size = _HEAD.size + count * (_ID + 4 * width) + _DIGEST
    if magic != _MAGIC or count > ASSETS_LIMIT or width > FACTORS_LIMIT or len(data) != size:
        raise wrong
    ids = data[_HEAD.size : _HEAD.size + count * _ID]
    factors = np.frombuffer(data[_HEAD.size + count * _ID : -_DIGEST], dtype="<f4").astype(np.float32)
    if not np.isfinite(factors).all():
        raise wrong
    return tuple(ids[at : at + _ID].hex() for at in range(0, len(ids), _ID)), factors.reshape(count, width)
