"""Spans of what S3 is asked, by botocore's own events."""

from contextlib import ExitStack
from typing import Any

from storage import spans

_SPAN = "streamsync.span"  # in the context that botocore keeps of a call
_FINE = frozenset({404, 412})  # no such object, or there is one already: answers like others


def watch(client: Any) -> None:
    """Each call of this client is a span from now on, of what is under way in its thread, retries and all."""
    events = client.meta.events
    events.register("before-call.s3", _begun)
    events.register("after-call.s3", _answered)
    events.register("after-call-error.s3", _broken)


def _begun(model: Any, context: dict[str, Any], **_: object) -> None:
    stack = context[_SPAN] = ExitStack()
    span = context[f"{_SPAN}.told"] = stack.enter_context(spans.part(f"S3 {model.name}", "client"))
    span.note("rpc.system", "aws-api")
    span.note("rpc.method", f"S3/{model.name}")


def _answered(http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    with context[_SPAN]:
        status, span = http_response.status_code, context[f"{_SPAN}.told"]
        span.note("http.response.status_code", status)
        span.note("http.request.resend_count", parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0))
        if status >= 400 and status not in _FINE:
            span.fail(str(status))


def _broken(exception: Exception, context: dict[str, Any], **_: object) -> None:
    with context[_SPAN]:
        context[f"{_SPAN}.told"].fail(type(exception).__name__)
