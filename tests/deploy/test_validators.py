"""What of deploy/ cannot be run here, by the validators of its own kind, and held to the code."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from typer.main import get_command

from storage.settings import Settings
from streamsync.cli import app

from .edge import DEPLOY

PROJECT = DEPLOY.parent
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = (DEPLOY / "compose.yaml").read_text()
UNITS = sorted((DEPLOY / "systemd").iterdir())
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
ANALYZE = shutil.which("systemd-analyze")

needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
needs_hadolint = pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")


def ran(*argv: str | Path, given: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(one) for one in argv], input=given, capture_output=True, text=True, check=False, timeout=60
    )


def validated(*manifests: Path) -> "subprocess.CompletedProcess[str]":
    return ran(Path(sys.executable).parent / "kubernetes-validate", "--strict", "-k", "1.31", *manifests)


def compose(text: str) -> PyCompose:
    """The validator, after YAML's own merge keys, which it does not know."""
    return PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(text)))


def documents() -> dict[str, dict[str, Any]]:
    """Every object of the manifests, as `kind/name`."""
    found = [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


# Kubernetes ------------------------------------------------------------------


def test_the_manifests_are_kubernetes_own_schema_s() -> None:
    done = validated(*MANIFESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_manifest_with_a_word_too_many_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "server.yaml"
    text = (DEPLOY / "kubernetes" / "server.yaml").read_text()
    assert "minReadySeconds: 3" in text
    wrong.write_text(text.replace("minReadySeconds: 3", "minReadyMinutes: 3"))
    assert validated(wrong).returncode != 0


def test_what_manifests_name_is_there() -> None:
    there = documents()
    kustomization = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
    (generated,) = kustomization["configMapGenerator"]
    for name in [*kustomization["resources"], *generated["files"]]:
        assert (DEPLOY / name).is_file(), name
    left_out = {str(path.relative_to(DEPLOY)) for path in MANIFESTS} - set(kustomization["resources"])
    assert left_out == {"kubernetes/secret.example.yaml"}
    known = {"ConfigMap/streamsync", "Secret/streamsync", f"ConfigMap/{generated['name']}"}
    for one in there.values():
        if one["kind"] == "Deployment":
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert one["spec"]["selector"]["matchLabels"].items() <= labels.items()
            container = one["spec"]["template"]["spec"]["containers"][0]
            for source in container.get("envFrom", []):
                ((kind, name),) = source.items()
                assert f"{kind.removesuffix('Ref').title().replace('map', 'Map')}/{name['name']}" in known
            volumes = {volume["name"] for volume in one["spec"]["template"]["spec"]["volumes"]}
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        if one["kind"] == "HorizontalPodAutoscaler":
            assert f"Deployment/{one['spec']['scaleTargetRef']['name']}" in there


def test_redis_that_is_gone_takes_no_server_out() -> None:
    """/readyz says 503 on all servers at once then, while playlists go on: only a new server waits for it."""
    server = documents()["Deployment/streamsync-server"]["spec"]["template"]["spec"]["containers"][0]
    probes = {kind: server[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert probes == {"startup": "/readyz", "readiness": "/healthz", "liveness": "/healthz"}
    worker = documents()["Deployment/streamsync-worker"]["spec"]["template"]["spec"]["containers"][0]
    assert not [key for key in worker if key.endswith("Probe")]


# Compose ---------------------------------------------------------------------


def test_the_compose_file_is_one() -> None:
    project = compose(COMPOSE)
    project.validate()
    plain = yaml.safe_load(COMPOSE)
    assert {"edge", "server-1", "server-2", "worker", "redis", "s3", "bucket"} == set(plain["services"])
    for name, service in plain["services"].items():
        assert service["mem_limit" if name != "bucket" else "restart"], name
        for needed in service.get("depends_on", {}):
            assert needed in plain["services"]
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert not source.startswith("./") or (DEPLOY / source).exists(), source
            assert source[0] in "./" or source in plain["volumes"], source


def test_a_redis_without_a_replica_syncs_every_write() -> None:
    command = yaml.safe_load(COMPOSE)["services"]["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--appendfsync") + 1] == "always"  # docs/redis.md, "What a crash can lose"


@pytest.mark.parametrize(("right", "wrong"), [("restart: unless", "restarted: unless"), ("[CMD, curl", "{CMD: curl")])
def test_a_compose_file_with_a_mistake_is_found(right: str, wrong: str) -> None:
    assert right in COMPOSE
    with pytest.raises(Exception, match=r"."):  # the validator has no family of errors
        compose(COMPOSE.replace(right, wrong)).validate()


# Docker ----------------------------------------------------------------------


@needs_hadolint
def test_the_dockerfile_has_no_complaint() -> None:
    done = ran(str(HADOLINT), DEPLOY / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


@needs_hadolint
def test_a_dockerfile_with_a_mistake_is_found() -> None:
    assert ran(str(HADOLINT), "-", given="FROM python:latest\nRUN cd x && sudo y\n").returncode != 0


def test_the_image_has_every_package_and_no_rights() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    seen = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert seen == {name.split(".")[0] for name in packages}
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text()
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert {f"!{name}" for name in copied} == set(re.findall(r"^!.+$", allowed, re.MULTILINE))
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in text


# systemd ---------------------------------------------------------------------


def installed(folder: Path) -> list[Path]:
    """The units with a program that is here; an instance of the template."""
    program = Path(sys.executable).parent / "streamsync"
    made = []
    for unit in UNITS:
        made.append(folder / unit.name.replace("@.", "@1."))
        text = unit.read_text()
        assert "/opt/streamsync/bin/streamsync" in text
        made[-1].write_text(text.replace("/opt/streamsync/bin/streamsync", str(program)))
    return made


@needs_systemd
def test_the_units_are_systemd_s_own(tmp_path: Path) -> None:
    done = ran(str(ANALYZE), "verify", *installed(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_a_unit_with_a_mistake_is_found(tmp_path: Path) -> None:
    unit = installed(tmp_path)[0]
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=mixt"))
    assert "kill mode" in ran(str(ANALYZE), "verify", unit).stderr


@needs_systemd
def test_the_units_are_confined(tmp_path: Path) -> None:
    for unit in installed(tmp_path):
        plain = unit.rename(tmp_path / unit.name.replace("@1", ""))  # it takes no instance
        done = ran(str(ANALYZE), "security", "--offline=true", "--threshold=20", plain)
        assert done.returncode == 0, done.stdout[-2000:]


# All of it -------------------------------------------------------------------

FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
TEXTS = {str(path.relative_to(DEPLOY)): path.read_text() for path in FILES}


def test_every_setting_is_one() -> None:
    real = {f"STREAMSYNC_{name.upper()}" for name in Settings.model_fields}
    named = {name: set(re.findall(r"STREAMSYNC_[A-Z_]+", text)) for name, text in TEXTS.items()}
    assert {name: wrong - real for name, wrong in named.items() if wrong - real} == {}
    assert {"STREAMSYNC_REDIS_URL", "STREAMSYNC_OBJECTS_URL", "STREAMSYNC_TOKEN"} <= set[str]().union(*named.values())


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("Dockerfile", r'^CMD \["(\w+)"\]'),
        ("compose.yaml", r"^ +command: \[((?:serve|worker|bucket)\b.*)\]"),
        ("kubernetes/server.yaml", r"args: \[(.+)\]"),
        ("kubernetes/worker.yaml", r"args: \[(.+)\]"),
        ("systemd/streamsync-server.service", r"^ExecStart=\S+/streamsync (.+)"),
        ("systemd/streamsync-worker@.service", r"^ExecStart=\S+/streamsync (.+)"),
    ],
)
def test_every_command_is_one(file: str, pattern: str) -> None:
    found = re.findall(pattern, TEXTS[file], re.MULTILINE)
    assert found
    for line in found:
        command: Any = get_command(app)
        for word in re.split(r'[\s,"]+', line.strip('"')):
            if word.startswith("--"):
                assert word in {name for option in command.params for name in option.opts}, line
            elif not word.isdecimal():
                command = command.get_command(None, word)
                assert command is not None, line


@pytest.mark.parametrize("file", TEXTS)
def test_no_secret_no_registry_and_no_machine_is_named(file: str) -> None:
    text = TEXTS[file]
    secrets = r"(?m)(?:TOKEN|SECRET_ACCESS_KEY|ACCESS_KEY_ID)\"?\s*[=:][ \t]*([^\s\"]+)"
    given = [value for value in re.findall(secrets, text) if not value.startswith(("?}", '"$('))]
    assert [value for value in given if value not in {'""', '"'}] == []
    assert re.findall(r"(?:pypi|pythonhosted|docker\.io|ghcr|quay|gcr|registry[.-])[.\w]*", text) == []
    assert re.findall(r"/(?:home|root|work|Users)/", text) == []


def test_every_upstreams_file_has_what_the_edge_asks_for() -> None:
    names = set(re.findall(r"http://(streamsync_\w+)", TEXTS["nginx/streamsync.conf"])) - {"streamsync_inner"}
    for file in ("nginx/upstreams.conf", "compose/upstreams.conf", "kubernetes/upstreams.conf"):
        assert set(re.findall(r"^upstream (\w+)", TEXTS[file], re.MULTILINE)) == names
        assert set(re.findall(r'^map "" \$(\w+)', TEXTS[file], re.MULTILINE)) == {
            "streamsync_chunks_root",
            "streamsync_chunks_host",
        }
