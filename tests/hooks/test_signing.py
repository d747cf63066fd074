"""What is signed is what the specification's own library reads, and its published example is met."""

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from manifest_server.hooks.signing import headers, written

BODY = '{"type":"test","data":{"title":"Bäume"}}'.encode()
OLD, NEW = written(b"a" * 32), written(b"b" * 32)


def test_the_specification_s_example_is_met() -> None:
    # From its own test vectors: secret, id, time and body give this signature.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_each_secret_of_an_overlap_verifies(secret: str) -> None:
    signed = headers("evt_1", int(time.time()), BODY, [NEW, OLD])
    assert Webhook(secret).verify(BODY, signed) == {"type": "test", "data": {"title": "Bäume"}}


def test_nothing_else_verifies() -> None:
    signed = headers("evt_1", int(time.time()), BODY, [NEW])
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, signed)
    for name, value in (("webhook-id", "evt_2"), ("webhook-timestamp", str(int(time.time()) - 1))):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, {**signed, name: value})
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY + b" ", signed)
