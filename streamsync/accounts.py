"""`streamsync admin`: accounts of people, who sign in to the dashboard."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import SecretStr

from manifest_server.admin.account_views import AccountView, InvitationView, LinkView
from storage.account_records import checked_account
from storage.errors import BadInput
from storage.settings import Settings, load
from streamsync import server
from streamsync.doors import checked_server, doors, place
from streamsync.session import Json, add_row, columns, err, out, print_json, print_table

app = typer.Typer(
    help="Accounts of people, who sign in to the dashboard.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The account's name.", show_default=False)]


class Role(StrEnum):
    """What an account may do."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


@app.command()
def create(
    name: Name,
    role: Annotated[
        Role, typer.Option(help="viewer: look; editor: change; owner: also accounts and tokens.")
    ] = Role.OWNER,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password, or read it from standard input; no link.")
    ] = False,
    json: Json = False,
) -> None:
    """Make an account and print a link, good once and for three days, with which its password is chosen.

    Examples:

        streamsync admin create ann

        streamsync admin create bob --role editor --password < password.txt
    """
    body: dict[str, object] = {"name": checked_account(name), "role": role.value}
    if password:
        body["password"] = _asked().get_secret_value()
    settings = load()
    with doors(load()) as door:
        made = door.ask(InvitationView, "POST", "accounts", body)
    if json:
        print_json(made)
    elif made.link is None:
        err.print(f"account {made.account.name}: {made.account.role}", markup=False)
    else:
        err.print(f"account {made.account.name}: {made.account.role}; until {made.expires_at}, once:", markup=False)
        out.print(url(settings, made.link), markup=False)


@app.command("list")
def listed(json: Json = False) -> None:
    """List the accounts.

    Example: streamsync admin list
    """
    with doors(load()) as door:
        found = door.ask(list[AccountView], "GET", "accounts")
    if json:
        print_json(found)
    elif found:
        table = columns("account", "role", "state", "signs in by", "made")
        for one in found:
            add_row(table, one.name, one.role, one.state, one.sign_in or "", one.created)
        print_table(table)
    else:
        err.print("no accounts: streamsync admin create NAME makes one")


@app.command()
def role(name: Name, role: Annotated[Role, typer.Argument(help="What it may do from now on.")]) -> None:
    """Give an account another role; servers hear of it within seconds.

    Example: streamsync admin role bob viewer
    """
    with doors(load()) as door:
        _print(door.ask(AccountView, "PATCH", _path(name), {"role": role.value}))


@app.command()
def disable(name: Name) -> None:
    """Let nobody sign in to an account; who has is out within seconds.

    Example: streamsync admin disable bob
    """
    with doors(load()) as door:
        _print(door.ask(AccountView, "PATCH", _path(name), {"disabled": True}))


@app.command()
def enable(name: Name) -> None:
    """Let its owner sign in to an account again.

    Example: streamsync admin enable bob
    """
    with doors(load()) as door:
        _print(door.ask(AccountView, "PATCH", _path(name), {"disabled": False}))


@app.command()
def remove(name: Name) -> None:
    """Take an account away; who has signed in is out within seconds.

    Example: streamsync admin remove bob
    """
    with doors(load()) as door:
        door.tell("DELETE", _path(name))
    err.print("removed")


@app.command()
def link(name: Name, json: Json = False) -> None:
    """Print a link with which a new password is chosen: good once, for an hour (three days for who has none yet).

    Also when strangers have tried so often that the account is locked.

    Example: streamsync admin link ann
    """
    settings = load()
    with doors(load()) as door:
        made = door.ask(LinkView, "POST", place("accounts", checked_account(name), "link"))
    if json:
        print_json(made)
    else:
        err.print(f"until {made.expires_at}, once:", markup=False)
        out.print(url(settings, made.link), markup=False)


def url(settings: Settings, path: str) -> str:
    """Where a page is: on the server that is named, else on the one of this machine."""
    return (checked_server(settings.server) if settings.server is not None else server.origin(settings)) + path


def _path(name: str) -> str:
    return place("accounts", checked_account(name))


def _print(account: AccountView) -> None:
    err.print(f"account {account.name}: {account.role}, {account.state}", markup=False)


def _asked() -> SecretStr:
    """A password from the keyboard, twice and unseen; or the line that is sent. Raises BadInput."""
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline(4096)
    if not line.strip():
        raise BadInput("--password: standard input has none")
    return SecretStr(line.rstrip("\r\n"))
