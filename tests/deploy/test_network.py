"""Who may talk to whom in a cluster: read from the network policies as Kubernetes says that they are meant."""

import re
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deploy.edge import DEPLOY
from tests.deploy.test_validators import documents

HERE = "default"
PODS = ("edge", "server", "worker")
Peer = str | tuple[str, dict[str, str]]  # an address, or the namespace of a pod and its labels


def policy(pod: str) -> dict[str, Any]:
    """The one policy that is about a pod."""
    found = [
        one["spec"]
        for one in documents().values()
        if one["kind"] == "NetworkPolicy" and one["spec"]["podSelector"]["matchLabels"].items() <= labels(pod).items()
    ]
    assert len(found) == 1
    return dict(found[0])


def labels(pod: str) -> dict[str, str]:
    return dict(documents()[f"Deployment/streamsync-{pod}"]["spec"]["template"]["metadata"]["labels"])


def ours(pod: str) -> Peer:
    return HERE, labels(pod)


def ports(pod: str) -> dict[str, int]:
    """The ports of a pod by their names."""
    container = documents()[f"Deployment/streamsync-{pod}"]["spec"]["template"]["spec"]["containers"][0]
    return {one["name"]: one["containerPort"] for one in container.get("ports", [])}


def is_met(selector: dict[str, Any], peer: Peer) -> bool:
    """Whether one of `from` or `to` is about a peer."""
    if "ipBlock" in selector:
        block = selector["ipBlock"]
        if not isinstance(peer, str):
            return False
        address = ip_address(peer)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(one) for one in block.get("except", [])
        )
    if isinstance(peer, str):
        return False
    namespace, worn = peer
    of_namespace = selector.get("namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": HERE}})
    named = {"kubernetes.io/metadata.name": namespace}
    return bool(
        of_namespace.get("matchLabels", {}).items() <= named.items()
        and selector.get("podSelector", {}).get("matchLabels", {}).items() <= worn.items()
    )


def may(
    pod: str, way: str, peer: Peer, port: int, protocol: str = "TCP", names: dict[str, int] | None = None
) -> bool:
    """Whether a policy lets a peer in ("ingress"), or out to it ("egress"), at a port."""
    spec = policy(pod)
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    for rule in spec.get(way, []):
        peers = rule.get("from", rule.get("to"))
        if peers is not None and not any(is_met(one, peer) for one in peers):
            continue
        for one in rule["ports"]:
            first = one["port"] if isinstance(one["port"], int) else (names or {})[one["port"]]
            if one.get("protocol", "TCP") == protocol and first <= port <= one.get("endPort", first):
                return True
    return False


def test_only_the_edge_asks_a_server_and_nobody_a_worker() -> None:
    port = ports("server")["http"]
    monitor = ("monitoring", {"app.kubernetes.io/name": "prometheus"})
    stranger = ("default", {"app.kubernetes.io/name": "shell"})
    foreign = ("elsewhere", labels("edge"))
    let_in = {
        "edge": ours("edge"), "monitor": monitor, "worker": ours("worker"), "server": ours("server"),
        "stranger": stranger, "foreign": foreign, "out there": "203.0.113.9",
    }  # fmt: skip
    found = {who for who, peer in let_in.items() if may("server", "ingress", peer, port, names=ports("server"))}
    assert found == {"edge", "monitor"}
    assert not any(may("server", "ingress", peer, port + 1, names=ports("server")) for peer in let_in.values())
    assert not any(may("worker", "ingress", peer, port) for peer in let_in.values())
    assert all(may("edge", "ingress", peer, ports("edge")["http"], names=ports("edge")) for peer in let_in.values())


def test_everybody_reaches_what_the_settings_name() -> None:
    settings = documents()["ConfigMap/streamsync"]["data"]
    redis = urlsplit(settings["STREAMSYNC_REDIS_URL"]).port
    match = re.search(r"endpoint=https?://[^:&]+:(\d+)", settings["STREAMSYNC_OBJECTS_URL"])
    assert match is not None
    assert redis is not None
    store = int(match[1])
    for pod in ("server", "worker"):
        assert [may(pod, "egress", "10.0.0.9", port) for port in (redis, 6379, store)] == [True, True, True]
    upstreams = (DEPLOY / "kubernetes" / "upstreams.conf").read_text()
    asked = {name: int(port) for name, port in re.findall(r"^    server ([\w-]+):(\d+)", upstreams, re.MULTILINE)}
    assert asked == {"streamsync-server": ports("server")["http"], "s3": store}
    assert may("edge", "egress", ours("server"), asked["streamsync-server"], names=ports("server"))
    assert may("edge", "egress", "10.0.0.9", store, names=ports("server"))
    for pod in PODS:
        assert may(pod, "egress", "10.96.0.10", 53, "UDP", names=ports("server"))


@pytest.mark.parametrize(
    "address", ["10.0.0.9", "172.16.3.4", "192.168.1.1", "169.254.169.254", "fd00::1", "100.64.0.1"]
)
def test_a_server_sends_webhooks_to_the_public_network_alone(address: str) -> None:
    for public in ("203.0.113.9", "2606:4700::1111"):
        assert may("server", "egress", public, 443)
        assert not may("worker", "egress", public, 443)
        assert not may("edge", "egress", public, 443, names=ports("server"))
    for port in (80, 443, 8000):
        assert not may("server", "egress", address, port)
