"""Scores by what others watched who watched the same: factors that were learned, and viewers fitted to them. Pure.

A viewer's factors are those of alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008), solved
for what they watched. They are added to what the viewer says. Unlike the affinity they are floats, whose last bits
may differ between machines; a plan is stored, so all servers read the same.
"""

import numpy as np
from numpy.typing import NDArray

from manifest_server.programming.affinity import Affinity, Audience, Features, Scores

CONFIDENCE = 40.0  # how much more what was watched counts than what was not, as in the paper
REGULARISATION = 0.05


class Collaborative:
    """A `Scorer`. `factors`: a row for each of `assets`."""

    def __init__(self, assets: tuple[str, ...], factors: NDArray[np.float32]) -> None:
        self._rows = {asset: row for row, asset in enumerate(assets)}
        self._factors = factors.astype(np.float64)

    def scores(self, audience: Audience, features: Features) -> Scores:
        """See Scorer: of -1 to 1 what others' watching says is 0 to 1; an asset that nobody watched has 0."""
        learned = np.zeros((len(features.assets), self._factors.shape[1]))
        for column, asset in enumerate(features.assets):
            row = self._rows.get(asset)
            if row is not None:
                learned[column] = self._factors[row]
        base = learned.T @ learned + REGULARISATION * np.eye(learned.shape[1])
        seen = audience.seen
        found = Affinity().scores(audience, features).astype(np.float64)
        for viewer in np.flatnonzero(seen.any(axis=1)):
            columns = np.flatnonzero(seen[viewer])
            watched, weight = learned[columns], CONFIDENCE * seen[viewer, columns].astype(np.float64)
            left = base + watched.T @ (watched * weight[:, None])
            fitted = np.linalg.solve(left, watched.T @ (1 + weight))
            found[viewer] += np.clip(learned @ fitted, 0, 1)
        return np.clip(found, -1, 1).astype(np.float32)
