"""The API's description shows an example of each answer, and each is one that its model gives."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, SecretStr, TypeAdapter

from manifest_server.admin.admission import Admission
from manifest_server.admin.api import api
from manifest_server.admin.refusals import NO_ROOM, REFUSALS, THROTTLED, Refusal, StaleRefusal
from manifest_server.admin.routing import Router
from manifest_server.admin.v1 import v1
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.settings import Settings

NOWHERE = "redis://127.0.0.1:1"
JSON = "application/json"
# What is answered otherwise has an example as text: guides, lines of JSON, and tables.
TEXTS = {"text/event-stream", "application/xml", "application/x-ndjson", "text/csv"}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(data=tmp_path_factory.mktemp("api"), token=SecretStr("x"))
    catalogue = Catalogue.connect(NOWHERE)
    return v1(settings, NOWHERE, catalogue, lambda: 0, Channels(catalogue)).app()


def answers(described: Json) -> Iterator[tuple[str, str, str, Json]]:
    """The operation, status, form and description of every answer that has a body."""
    for path, doors in described["paths"].items():
        for method, operation in doors.items():
            for status, answer in operation["responses"].items():
                for form, body in answer.get("content", {}).items():
                    yield f"{method.upper()} {path}", status, form, body


def shown(body: Json, schemas: Json) -> list[Any]:
    """The examples of an answer, or of each of its schema's alternatives. Raises KeyError where there is none."""
    if "example" in body:
        return [body["example"]]
    schema = body["schema"]
    if "$ref" in schema:
        return list(schemas[schema["$ref"].rpartition("/")[2]]["examples"])
    if "anyOf" in schema:
        return [one for alternative in schema["anyOf"] for one in shown({"schema": alternative}, schemas)]
    return [shown({"schema": schema["items"]}, schemas)]


REFUSED = {f"#/components/schemas/{model.__name__}": model for model in (Refusal, StaleRefusal)}


def faults(app: FastAPI) -> list[str]:
    """What is wrong with the examples of JSON answers, each with its operation."""
    described = app.openapi()
    routes = {
        f"{method} {route.path}": route
        for route in (found.original_route for found in iter_route_contexts(app.routes))
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    found = []
    for operation, status, form, body in answers(described):
        if form != JSON:
            continue
        route = routes[operation]
        named = REFUSED.get(body["schema"].get("$ref"))  # routes have no models of refusals
        said = named or route.responses.get(int(status), {}).get("model", route.response_model)
        model: TypeAdapter[Any] = TypeAdapter(said)
        try:
            for example in shown(body, described["components"]["schemas"]):
                # Exactly what the model makes of it: nothing is missing, and nothing there that it does not know.
                told = model.dump_python(
                    model.validate_python(example), mode="json", exclude_none=route.response_model_exclude_none
                )
                if told != example:
                    found.append(f"{operation} {status}: {example} is not {told}")
        except KeyError as error:
            found.append(f"{operation} {status}: no {error}")
        except ValueError as error:
            found.append(f"{operation} {status}: {error}")
    return found


def test_every_answer_has_an_example_that_its_model_gives(whole: FastAPI) -> None:
    assert len([one for one in answers(whole.openapi()) if one[1].startswith("2")]) > 60
    assert faults(whole) == []


def test_an_answer_of_another_form_has_a_text_as_example(whole: FastAPI) -> None:
    others = [one for one in answers(whole.openapi()) if one[2] != JSON]
    assert {form for _, _, form, _ in others} == TEXTS
    assert all(body["example"] for _, _, _, body in others)


def test_every_refusal_tells_its_error_in_an_example(whole: FastAPI) -> None:
    told = [(int(status), body["example"]) for _, status, _, body in answers(whole.openapi()) if status[0] != "2"]
    assert {status for status, _ in told} == REFUSALS.keys() | THROTTLED.keys() | NO_ROOM.keys()
    assert all(example["error"] for _, example in told)


def test_examples_keep_their_nulls(whole: FastAPI) -> None:
    schemas = whole.openapi()["components"]["schemas"]
    assert schemas["Assignment"]["examples"] == [{"lineup": "kids"}, {"lineup": None}]
    assert schemas["ViewerPage"]["examples"][0]["next"] is None


class _Bare(BaseModel):
    count: int


class _Wrong(_Bare):
    model_config = {"json_schema_extra": {"examples": [{"count": "many"}]}}


class _More(_Bare):
    model_config = {"json_schema_extra": {"examples": [{"count": 1, "colour": "red"}]}}


@pytest.mark.parametrize(("model", "fault"), [(_Bare, "no 'examples'"), (_Wrong, "count"), (_More, "colour")])
def test_an_answer_without_a_true_example_is_found(model: type[BaseModel], fault: str) -> None:
    router = Router()
    router.add_api_route("/things", lambda: None, response_model=model)
    (found,) = faults(api(Admission(SecretStr("x")), [router]))
    assert found.startswith("GET /things 200: ")
    assert fault in found
