"""One request by TLS: to the address that was looked at, with the host's certificate; and which addresses may be."""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from manifest_server.hooks.addresses import NotSent, addresses, is_public
from manifest_server.hooks.sending import Sender
from tests.hooks.receivers import Receiver


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of "localhost", and only of that, that is its own authority; with its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", tmp_path / "key.pem",
         "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


async def by_tls(certificate: Path, host: str, trust: ssl.SSLContext) -> tuple[int, Receiver]:
    there = Receiver()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=own)
    port = server.sockets[0].getsockname()[1]
    sender = Sender(private=True, trust=trust)
    try:
        answer = await sender.post(f"https://{host}:{port}/", {"webhook-id": "evt_1"}, b"{}")
        return answer.status, there
    finally:
        await sender.aclose()
        server.close()


def test_the_certificate_is_that_of_the_host_though_its_address_is_asked(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    status, there = asyncio.run(by_tls(certificate, "localhost", trust))
    assert status == 204
    assert there.requests.get_nowait().headers["host"].startswith("localhost:")


def test_another_s_certificate_and_one_that_nobody_vouches_for_are_refused(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    with pytest.raises(NotSent, match=r"cannot connect: .*CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(by_tls(certificate, "127.0.0.1", trust))
    with pytest.raises(NotSent, match=r"cannot connect: .*CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(by_tls(certificate, "localhost", ssl.create_default_context()))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.0.0.1", False), ("::1", False),
        ("169.254.169.254", False), ("fe80::1%eth0", False), ("fd00::1", False), ("224.0.0.1", False), ("::", False),
        ("ff02::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True), ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False), ("192.0.2.1", False), ("100.64.0.1", False), ("255.255.255.255", False),
        ("::127.0.0.1", False), ("::ffff:0:127.0.0.1", False), ("64:ff9b:1::7f00:1", False), ("fec0::1", False),
        ("64:ff9b::808:808", True), ("192.0.0.192", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_of_a_name_that_is_not_public_it_is_not_told_where_it_is() -> None:
    says = "localhost is not a public address; STREAMSYNC_WEBHOOK_PRIVATE=true allows it"
    with pytest.raises(NotSent, match=f"^{says}$"):
        asyncio.run(addresses("localhost", 80, private=False))
    assert {"127.0.0.1", "::1"} & set(asyncio.run(addresses("localhost", 80, private=True)))
