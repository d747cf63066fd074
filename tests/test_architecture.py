"""The house's floors: imports point down, the core is pure, files and functions stay small."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("storage", "packager", "manifest_server", "streamsync")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))

# A module may import from its own floor and those below it; longest prefix wins.
FLOORS = {
    "storage.errors": 0,
    "storage.keys": 0,
    "storage.record": 0,
    "storage.records": 0,
    "storage.metadata": 0,
    "storage.clips": 0,
    "storage.programme": 0,
    "storage.audit_records": 0,
    "storage.profile_records": 0,
    "storage.plans": 0,
    "storage.lineup_ids": 0,
    "storage.cohort_records": 0,
    "storage.plan_records": 0,
    "storage.models": 0,
    "storage.job_records": 0,
    "storage.beat_records": 0,
    "storage.job_lua": 0,
    "storage.job_scripts": 0,
    "storage.settings": 0,
    "storage.asset_ids": 0,
    "storage.token_record": 0,
    "storage.webhook_records": 0,
    "storage.webhook_lua": 0,
    "storage.account_records": 0,
    "manifest_server.playout": 1,
    "manifest_server.programming": 1,
    "storage": 2,
    "packager": 3,
    "manifest_server.onair": 3,
    "manifest_server.hooks": 3,
    "manifest_server.analytics": 3,
    "manifest_server.viewer": 4,
    "manifest_server.admin": 4,
    "manifest_server": 4,
    "streamsync": 5,
}
PURE = (
    "manifest_server.playout", "manifest_server.programming", "storage.record", "storage.records", "storage.metadata",
    "storage.clips", "storage.programme", "storage.profile_records", "storage.plans", "storage.lineup_ids",
    "storage.cohort_records", "storage.plan_records", "storage.models", "storage.audit_records",
    "storage.token_record", "storage.webhook_lua", "manifest_server.hooks.happenings",
    "manifest_server.hooks.signing",
    "storage.account_records",
    "storage.beat_records",
    "manifest_server.admin.oidc_roles",
    "streamsync.simulation.players", "streamsync.simulation.audience", "streamsync.simulation.keeping",
    "streamsync.simulation.aggregate", "streamsync.simulation.sampled", "streamsync.simulation.luck",
    "streamsync.simulation.costs", "streamsync.simulation.report", "streamsync.simulation.drawing",
    "streamsync.simulation.chart",
    "storage.job_records", "storage.job_lua", "storage.job_scripts", "storage.keys", "storage.errors",
)  # fmt: skip
IMPURE_MODULES = {
    "asyncio", "ffmpeg", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "redis", "requests",
    "secrets", "shutil", "signal", "socket", "starlette", "subprocess", "tempfile", "threading", "time", "urllib",
    "uuid", "uvicorn", "zoneinfo",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "hash", "id", "now", "utcnow", "today", "environ", "getenv"}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_of(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def floor(name: str) -> int | None:
    fits = [prefix for prefix in FLOORS if name == prefix or name.startswith(prefix + ".")]
    return FLOORS[max(fits, key=len)] if fits else None


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_imports_point_down(path: Path) -> None:
    own = floor(module(path))
    assert own is not None
    for name in imports(path):
        below = floor(name)
        # `from storage import errors` also names the package itself, which holds nothing.
        if below is not None and name not in PACKAGES:
            assert below <= own, f"{module(path)} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_packager_and_manifest_server_meet_only_in_storage(path: Path) -> None:
    own, others = module(path).split(".")[0], {name.split(".")[0] for name in imports(path)}
    forbidden = {"packager": {"manifest_server"}, "manifest_server": {"packager"}}.get(own, set())
    assert not others & forbidden


@pytest.mark.parametrize("path", [path for path in SOURCES if is_of(module(path), PURE)], ids=module)
def test_the_core_is_pure(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE_MODULES
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in IMPURE_CALLS, f"{module(path)}:{node.lineno} calls {called}"
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global), f"{module(path)}:{node.lineno}"


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module)
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300, f"{path} is long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{path}:{node.lineno} {node.name} is long"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_every_package_is_listed_in_pyproject() -> None:
    found = {module(path) for path in SOURCES if path.name == "__init__.py"}
    listed = re.search(r"packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL)
    assert listed
    assert set(re.findall(r'"([\w.]+)"', listed[1])) == found


def test_the_floors_are_strict() -> None:
    """The test of the test: what must not pass does not."""
    assert floor("manifest_server.playout.window") == 1
    assert floor("storage.catalogue") == 2
    assert floor("storage.records") == 0
    assert all(a <= b for a, b in pairwise(FLOORS.values()))
    assert floor("uvicorn") is None


WEB = sorted(path for kind in ("ts", "tsx") for path in (ROOT / "web" / "src").rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", [path for path in WEB if path.name != "schema.d.ts"], ids=lambda path: path.name)
def test_files_of_the_pages_are_small(path: Path) -> None:
    assert path.read_text().count("\n") <= 300, f"{path} is long"


def test_locks_name_no_registry() -> None:
    for lock in ("requirements.lock", "requirements-otel.lock", "requirements-dev.lock"):
        assert "//" not in (ROOT / lock).read_text(), lock
    for lock in ("web/package-lock.json", "tests/journeys/players/package-lock.json"):
        assert '"resolved"' not in (ROOT / lock).read_text(), lock
