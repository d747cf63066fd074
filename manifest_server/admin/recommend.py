"""Learning from what viewers watched: factors of assets, kept as plain numbers. Needs the extra `recommend`."""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.models import packed_model
from storage.objects import Objects
from storage.profiles import profile_of

FACTORS = 32  # at most, and one for eight assets: with more it learns each by heart
ROUNDS = 15
LEAST_VIEWERS = 2  # with something in common there can be something to learn


class Learned(NamedTuple):
    """A model, by the name that `plan --scorer` takes, and what it was learned from."""

    scorer: str
    viewers: int
    assets: int


async def learn(catalogue: Catalogue, objects: Objects, channel: str) -> Learned:
    """Learn from all histories of a channel. The same histories give a model of the same name, on one machine.

    Raises BadInput without the extra, NotFound, and Conflict if there is too little to learn from.
    """
    fit = _library()
    await catalogue.channel(keys.checked_name("channel", channel))
    rows, columns, parts, assets, viewers = [0], list[int](), list[float](), dict[str, int](), 0
    async for viewer, stored in catalogue.profiles.stored(channel):
        history = profile_of(viewer, stored).history
        for asset, part in history:
            columns.append(assets.setdefault(asset, len(assets)))
            parts.append(part)
        if history:
            viewers += 1
            rows.append(len(columns))
    if viewers < LEAST_VIEWERS or len(assets) < LEAST_VIEWERS:
        raise Conflict(f"channel {channel!r}: {viewers} viewers watched {len(assets)} assets: too few to learn from")
    factors = await asyncio.to_thread(fit, (np.array(parts, np.float32), columns, rows), (viewers, len(assets)))
    data = packed_model(tuple(assets), factors)
    name = blake2b(data, digest_size=8).hexdigest()
    await asyncio.to_thread(objects.put, keys.model_key(name), data, if_absent=True)
    return Learned(f"{keys.COLLABORATIVE}{name}", viewers, len(assets))


def _library() -> Callable[[tuple[Any, ...], tuple[int, int]], Any]:
    try:
        from implicit.cpu.als import AlternatingLeastSquares  # noqa: PLC0415
        from scipy.sparse import csr_matrix  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415
    except ImportError:
        raise BadInput("this needs the extra: pip install 'streamsync[recommend]'") from None

    def fit(watched: tuple[Any, ...], shape: tuple[int, int]) -> Any:
        # The library has threads of its own, and warns of OpenBLAS's beside them.
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=max(min(FACTORS, shape[1] // 8), 1),
                iterations=ROUNDS,
                alpha=40.0,
                random_state=1,
                num_threads=0,
            )
            model.fit(csr_matrix(watched, shape=shape), show_progress=False)
        return np.asarray(model.item_factors, dtype=np.float32)

    return fit
