"""The API's machine tokens. Its doors are the owner's: whoever can make tokens can do everything."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Response
from pydantic import ConfigDict, Field

from manifest_server.admin.api import owner
from manifest_server.admin.parameters import Body
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.token_views import NewTokenView, TokenView
from manifest_server.admin.tokens import create_token, list_tokens, revoke_token
from manifest_server.viewer.clock import span_ms
from storage.catalogue import Catalogue
from storage.token_record import Scope

TokenId = Annotated[str, Path(description="16 hexadecimal digits: what stands between the two `_` of a token")]


class TokenWish(Body):
    """What a token is to be for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scope": "edit", "name": "ci", "expires": "30d"}]})

    scope: Annotated[Scope, Field(description="`read` to look, `edit` to change, `own` to make tokens")]
    name: Annotated[str, Field(max_length=64, description="for people, to know it by")] = ""
    expires: Annotated[str | None, Field(description="how long it lasts: `90m`, `12h`, `30d`; else for ever")] = None


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes under /tokens. `check` raises Unavailable while the catalogue is known to be away."""

    routes = Router(
        prefix="/tokens", tags=["tokens"], dependencies=[Depends(owner), in_reach(check)], responses=REFUSALS
    )

    @routes.get("", summary="All tokens, the oldest first, without their secrets", operation_id="list_tokens")
    async def listed() -> list[TokenView]:
        return [TokenView.of(record, now_ms()) for record in await list_tokens(catalogue)]

    @routes.post(
        "", status_code=201, summary="Make a token; this answer is the only one that has it",
        operation_id="create_token",
    )  # fmt: skip
    async def create(wish: TokenWish) -> NewTokenView:
        lasts_ms = None if wish.expires is None else span_ms(wish.expires)
        made = await create_token(catalogue, wish.scope, now_ms, name=wish.name, lasts_ms=lasts_ms)
        return NewTokenView.told(made, now_ms())

    @routes.delete(
        "/{token}", status_code=204, summary="Revoke a token: every server hears of it within seconds",
        operation_id="revoke_token",
    )  # fmt: skip
    async def revoke(token: TokenId) -> Response:
        await revoke_token(catalogue, token)
        return Response(status_code=204)

    return routes
