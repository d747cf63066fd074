"""Whose deed a request is: who asks, for what, and why. The audit trail has it from here."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends, Header, Query
from fastapi.routing import APIRoute
from starlette.requests import Request

from manifest_server.admin.routing import Router
from storage.audit import Deed, doing
from storage.audit_records import WHY_LIMIT
from storage.errors import BadInput

_SAID = "why, for the audit trail"


def marked(routers: tuple[Router, ...], who: Callable[[Request], str | None]) -> tuple[Router, ...]:
    """The same routers; doors in them that change something note who has come in by them."""

    async def deed(
        request: Request,
        x_why: Annotated[str | None, Header(description=_SAID)] = None,
        why: Annotated[str | None, Query(description=_SAID)] = None,
    ) -> AsyncIterator[None]:
        # From a header it comes as Latin-1; what is not ASCII is better sent in the query.
        said = (why if why is not None else x_why or "").strip()
        if len(said) > WHY_LIMIT:
            raise BadInput(f"why: it has {len(said)} characters; {WHY_LIMIT} at most")
        route = request.scope.get("route")
        verb = route.operation_id if isinstance(route, APIRoute) else None
        with doing(Deed(who(request) or "somebody", verb or request.method, said)):
            yield

    for router in routers:
        router.mark_changes(Depends(deed))
    return routers
