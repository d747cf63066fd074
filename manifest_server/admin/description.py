"""The API's OpenAPI document on standard output, of no server: `python -m manifest_server.admin.description`."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from manifest_server.admin.v1 import v1
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.settings import Settings

_NOWHERE = "redis://127.0.0.1:1"  # nothing connects


def described() -> dict[str, object]:
    """The document, as any server answers it."""
    settings = Settings(data=Path(".streamsync"), token=SecretStr("none"))
    catalogue = Catalogue.connect(_NOWHERE)
    app = v1(settings, _NOWHERE, catalogue, lambda: 0, Channels(catalogue)).app()
    return {**app.openapi(), "servers": [{"url": "/api/v1"}]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(described()))
