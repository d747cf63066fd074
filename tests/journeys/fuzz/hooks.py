"""What schemathesis is told of our API: how lines of JSON are sent, and that no answer tells of our insides."""

import re
from typing import Any

import schemathesis

# A file of ours, a stack trace, a Python object, a key in Redis, the token that the run is made with.
INSIDE = re.compile(
    r"Traceback|File \\?\"/|site-packages|\.py\b|<[a-z_.]+ object at|streamsync:\{|fuzz-owner-token|/tmp/",
    re.IGNORECASE,
)


@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(_: Any, value: Any) -> bytes | None:
    """A body that is a string already."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.check
def tells_nothing_of_its_insides(_: Any, response: Any, case: Any) -> None:
    """No answer has a path, a stack trace, a key or the token in it, but what was sent itself."""
    found = INSIDE.search(response.text)
    if found is not None and found[0] not in str(case.as_transport_kwargs()):
        raise AssertionError(f"the answer tells of our insides: {found[0]!r}")


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """No lies about how long a body is: what comes next on the connection would be taken for the rest of it."""
    for name in [one for one in case.headers or () if one.lower() in {"content-length", "transfer-encoding"}]:
        del case.headers[name]
