"""Traces: whether they are wanted, by the variables that OpenTelemetry specifies, and collecting them if so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from urllib.parse import urlsplit

from storage import spans
from storage.errors import BadInput

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
COMPRESSIONS = ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION")
BATCHES = (
    "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT"
)  # fmt: skip
SAMPLERS = ("always_on", "always_off", "traceidratio")


@contextmanager
def collected() -> Iterator[None]:
    """Collect spans until the block is left, if they are wanted; what is left is sent then. Raises BadInput."""
    if not are_wanted():
        yield
        return
    from streamsync.otel import Telemetry  # noqa: PLC0415  it is optional, and takes its time

    telemetry = Telemetry()
    with spans.collected_by(telemetry):
        try:
            yield
        finally:
            telemetry.end()


def are_wanted() -> bool:
    """Whether the environment wants traces. Raises BadInput, naming what is wrong or absent, if it cannot."""
    name, _ = _first(*ENDPOINTS)
    if not name or _value("OTEL_SDK_DISABLED").lower() == "true" or _value("OTEL_TRACES_EXPORTER") == "none":
        return False
    for endpoint in filter(_value, ENDPOINTS):
        _check_url(endpoint)
    _check_one_of(*_first(*PROTOCOLS), ("http/protobuf",))
    for name_of in COMPRESSIONS:
        _check_one_of(name_of, _value(name_of), ("none", "gzip", "deflate"))
    _check_one_of("OTEL_TRACES_EXPORTER", _value("OTEL_TRACES_EXPORTER"), ("otlp", "none"))
    _check_sampler()
    for number in (*TIMEOUTS, *BATCHES):
        if _value(number) and not _value(number).isdecimal():
            raise BadInput(f"{number}={_value(number)!r}: it is a whole number")
    if not (_is_there("opentelemetry.sdk.trace") and _is_there("opentelemetry.exporter.otlp.proto.http")):
        raise BadInput(f"{name} is set, and traces need the extra: pip install 'streamsync[otel]'")
    return True


def _check_url(name: str) -> None:
    try:
        parts = urlsplit(_value(name))
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:  # there may be a password in it
        raise BadInput(f"{name}: it has the form http://HOST:PORT, or https")


def _check_sampler() -> None:
    name, sampler = "OTEL_TRACES_SAMPLER", _value("OTEL_TRACES_SAMPLER")
    _check_one_of(name, sampler, (*SAMPLERS, *(f"parentbased_{one}" for one in SAMPLERS)))
    ratio = _value("OTEL_TRACES_SAMPLER_ARG")
    if ratio and sampler.endswith("traceidratio"):
        try:
            is_one = 0 <= float(ratio) <= 1
        except ValueError:
            is_one = False
        if not is_one:
            raise BadInput(f"OTEL_TRACES_SAMPLER_ARG={ratio!r}: it is a number from 0 to 1")


def _check_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value and value not in allowed:
        raise BadInput(f"{name}={value!r}: it is {' or '.join(allowed)}")


def _first(*names: str) -> tuple[str, str]:
    """The first of these variables that is set, and its value."""
    return next(((name, _value(name)) for name in names if _value(name)), ("", ""))


def _value(name: str) -> str:
    return os.environ.get(name, "").strip()


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
