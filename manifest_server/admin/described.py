"""The API's description of itself: its examples are whole, and it tells only of answers that there are."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from manifest_server.admin.refusals import Refusal, StaleRefusal


class Described(FastAPI):
    """An application whose description keeps the nulls in examples: FastAPI leaves them out, as all that is None.

    What cannot be understood is answered with 400, and not with FastAPI's 422. Doors that are `opened` to all, by
    their method and path, need no token.
    """

    opened: Callable[[str, str], bool] = staticmethod(lambda method, path: False)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document. It is made once; what is put back may be so again."""
        described = super().openapi()
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for refusal in (Refusal, StaleRefusal):
            schemas[refusal.__name__] = _schema(refusal)
        for model in self._models():
            examples = _examples(model)
            if examples:
                schemas[model.__name__]["examples"] = examples
        for path, doors in described["paths"].items():
            for method, operation in doors.items():
                if self.opened(method.upper(), path):
                    operation["security"] = []
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return described

    def _models(self) -> Iterator[type]:
        """The models of all that is sent and answered."""
        for found in iter_route_contexts(self.routes):
            route = found.original_route
            if isinstance(route, APIRoute):
                for sent in route.dependant.body_params:
                    yield from _classes(sent.field_info.annotation)
                yield from _classes(route.response_model)
                for answer in route.responses.values():
                    yield from _classes(answer.get("model"))


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """As FastAPI tells of a model: a null that may be left out is no default."""
    schema = model.model_json_schema()
    for field in schema["properties"].values():
        field.pop("default", None)
    return schema


def _classes(annotation: Any) -> Iterator[type]:
    """The classes that a type is made of: those of a list, and of alternatives."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for one in get_args(annotation):
        yield from _classes(one)


def _examples(model: type) -> list[Any]:
    config = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", {})
    more = config.get("json_schema_extra")
    return list(more.get("examples", ())) if isinstance(more, dict) else []
