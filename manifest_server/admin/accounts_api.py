"""The API's accounts of people, whose doors are the owners'; and the audit trail of what is of no channel."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Response
from pydantic import ConfigDict, Field, SecretStr

from manifest_server.admin.account_views import AccountView, InvitationView, LinkView
from manifest_server.admin.accounts import change_account, create_account, link_account, list_accounts, remove_account
from manifest_server.admin.api import owner
from manifest_server.admin.audit_views import AuditLine, AuditPage
from manifest_server.admin.parameters import PAGE, After, Body, Limit
from manifest_server.admin.passwords import Passwords
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from storage.account_records import Role
from storage.catalogue import Catalogue
from storage.keys import ALL_ACCOUNTS

AccountName = Annotated[str, Path(description="1 to 64 letters, digits, '.', '_', '@', '+' or '-'", examples=["ann"])]
_ROLE = "`viewer` looks, `editor` changes, `owner` also makes accounts and tokens"


class AccountWish(Body):
    """Whose account, and what they may do."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "ann", "role": "editor"}]})

    name: str
    role: Annotated[Role, Field(description=_ROLE)]
    password: Annotated[SecretStr | None, Field(description="10 to 256 characters; without, a link is made")] = None


class AccountChange(Body):
    """What is to be different."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer"}, {"disabled": True}]})

    role: Annotated[Role | None, Field(description=_ROLE)] = None
    disabled: Annotated[bool | None, Field(description="nobody signs in to it, and who has is out")] = None


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes under /accounts, and /audit. `check` raises Unavailable while the catalogue is known to be away."""

    routes = Router(
        tags=["accounts"], dependencies=[Depends(owner), in_reach(check)], responses=REFUSALS
    )  # fmt: skip
    passwords = Passwords()

    @routes.get("/accounts", summary="All accounts, by name", operation_id="list_accounts")
    async def listed() -> list[AccountView]:
        return [AccountView.of(record) for record in await list_accounts(catalogue)]

    @routes.post(
        "/accounts", status_code=201, summary="Make an account, and the link with which its password is chosen",
        operation_id="create_account",
    )  # fmt: skip
    async def create(wish: AccountWish) -> InvitationView:
        made = await create_account(catalogue, wish.name, wish.role, now_ms, wish.password, passwords)
        return InvitationView.told(made)

    @routes.patch(
        "/accounts/{name}", summary="Give an account another role, disable it, enable it again",
        operation_id="change_account",
    )  # fmt: skip
    async def change(name: AccountName, wish: AccountChange) -> AccountView:
        return AccountView.of(await change_account(catalogue, name, role=wish.role, disabled=wish.disabled))

    @routes.delete(
        "/accounts/{name}", status_code=204, summary="Take an account away; who has signed in is out within seconds",
        operation_id="remove_account",
    )  # fmt: skip
    async def remove(name: AccountName) -> Response:
        await remove_account(catalogue, name)
        return Response(status_code=204)

    @routes.post(
        "/accounts/{name}/link", status_code=201, summary="A one-time link with which a new password is chosen",
        operation_id="link_account",
    )  # fmt: skip
    async def link(name: AccountName) -> LinkView:
        return LinkView.told(await link_account(catalogue, name, now_ms))

    @routes.get(
        "/audit", summary="What is of no channel: sign-ins, accounts, tokens; the newest first",
        operation_id="list_site_audit",
    )  # fmt: skip
    async def trail(after: After = None, limit: Limit = PAGE) -> AuditPage:
        found, then = await catalogue.audit.page(ALL_ACCOUNTS, after, limit)
        return AuditPage(entries=[AuditLine.of(entry) for entry in found], next=then)

    return routes
