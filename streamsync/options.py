"""Options that several commands have: a dataclass of them is one parameter of a command, and all its options."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer sees it: each parameter that is a dataclass has become the options that are its fields."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}
    own = [one for one in signature(command).parameters.values() if one.name not in groups]
    options = {name: fields(group) for name, group in groups.items()}
    typed = {name: get_type_hints(group, include_extras=True) for name, group in groups.items()}

    @wraps(command)
    def whole(**said: Any) -> None:
        made = {
            name: group(**{one.name: said.pop(one.name) for one in options[name]}) for name, group in groups.items()
        }
        command(**said, **made)

    more = [_parameter(one, typed[name][one.name]) for name, some in options.items() for one in some]
    parameters = [*(one.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[one.name]) for one in own), *more]
    whole.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    whole.__annotations__ = {one.name: one.annotation for one in parameters}
    return whole


def _parameter(one: "Field[Any]", hint: Any) -> Parameter:
    default = Parameter.empty if one.default is MISSING else one.default
    return Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)
