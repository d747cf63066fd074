"""A bucket that is prepared: what is set on it, that it can be done again, and that it is tried out for real."""

import itertools
import json
from typing import Any

import httpx
import pytest

from storage import s3_trial
from storage.errors import Unavailable
from storage.s3_bucket import Finding, prepare
from storage.s3_client import client
from storage.s3_objects import S3Objects
from storage.s3_place import S3Place, place
from storage.s3_trial import trial
from tests.seaweed import SECRET_KEY, WEAK_KEY, WEAK_SECRET, s3
from tests.storage.s3_proxy import error, none, s3_proxy

_numbers = itertools.count()


@pytest.fixture
def where(s3_of_the_session: str, s3_credentials: None) -> S3Place:
    """A bucket that is not there yet, and a prefix in it."""
    return place(f"s3://bucket-{next(_numbers)}/tv?endpoint={s3_of_the_session}")


@pytest.fixture
def owner(where: S3Place) -> Any:
    return s3(str(where.endpoint))


def prepared(where: S3Place, *, private: bool = False, media_base: str | None = None) -> list[Finding]:
    connection = client(where)
    return [
        *prepare(connection, where, private=private),
        *trial(connection, where, media_base or where.public_url, private=private),
    ]


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.what: finding.state for finding in findings}


def test_a_new_bucket_is_made_and_passes_every_trial(where: S3Place, owner: Any) -> None:
    findings = prepared(where)
    assert states(findings) == dict.fromkeys(
        [
            "bucket", "read policy", "CORS", "lifecycle", "conditional put", "checksums", "assets for everybody",
            "all else for nobody", "no listing for anybody", "pages may read", "pages may upload",
        ],
        "ok",
    )  # fmt: skip
    assert findings[0] == Finding("bucket", "ok", "made")
    assert owner.list_objects_v2(Bucket=where.bucket).get("Contents", []) == []


def test_anybody_reads_assets_and_nothing_else(where: S3Place) -> None:
    prepared(where)
    objects = S3Objects(where)
    for key in ("assets/x/0.m4s", "records/x.json", "uploads/x", "work/x"):
        objects.put(key, b"bytes")
    answer = httpx.get(f"{where.public_url}assets/x/0.m4s", headers={"Origin": "https://page.example"})
    assert (answer.status_code, answer.content) == (200, b"bytes")
    assert answer.headers["content-type"] == "video/iso.segment"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] in {"*", "https://page.example"}
    assert httpx.head(f"{where.public_url}assets/x/0.m4s").status_code == 200
    assert httpx.get(f"{where.public_url}assets/x/0.m4s", headers={"Range": "bytes=1-2"}).content == b"yt"
    for key in ("records/x.json", "uploads/x", "work/x", "none"):
        assert httpx.get(where.public_url + key).status_code == 403
    assert httpx.put(f"{where.public_url}assets/x/0.m4s", content=b"x").status_code == 403
    assert httpx.delete(f"{where.public_url}assets/x/0.m4s").status_code == 403


def everything(owner: Any, where: S3Place) -> tuple[Any, Any, Any]:
    return (
        json.loads(owner.get_bucket_policy(Bucket=where.bucket)["Policy"]),
        owner.get_bucket_cors(Bucket=where.bucket)["CORSRules"],
        owner.get_bucket_lifecycle_configuration(Bucket=where.bucket)["Rules"],
    )


def test_preparing_again_changes_nothing(where: S3Place, owner: Any) -> None:
    prepared(where)
    first = everything(owner, where)
    again = prepared(where)
    assert again[0] == Finding("bucket", "ok", "it is there")
    assert set(states(again).values()) == {"ok"}
    assert everything(owner, where) == first


def test_what_others_have_set_on_the_bucket_stays(where: S3Place, owner: Any) -> None:
    owner.create_bucket(Bucket=where.bucket)
    statement = {
        "Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{where.bucket}/theirs/*",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    owner.put_bucket_policy(Bucket=where.bucket, Policy=policy)
    cors = {"AllowedMethods": ["DELETE"], "AllowedOrigins": ["https://their.example"]}
    owner.put_bucket_cors(Bucket=where.bucket, CORSConfiguration={"CORSRules": [cors]})
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "theirs/"}, "Expiration": {"Days": 1}}
    owner.put_bucket_lifecycle_configuration(Bucket=where.bucket, LifecycleConfiguration={"Rules": [rule]})
    assert set(states(prepared(where)).values()) == {"ok"}
    policy, rules, lifecycle = everything(owner, where)
    assert [one["Sid"] for one in policy["Statement"]] == ["Theirs", "StreamSyncRead7e0dfab7"]
    assert [one["AllowedOrigins"] for one in rules] == [["*"], ["https://their.example"]]
    assert [one["ID"] for one in lifecycle] == [
        "theirs", "streamsync-parts-7e0dfab7", "streamsync-work-7e0dfab7"
    ]  # fmt: skip


def test_two_prefixes_of_a_bucket_are_prepared_side_by_side(where: S3Place, owner: Any) -> None:
    other = place(f"s3://{where.bucket}/radio?endpoint={where.endpoint}")
    prepared(where)
    prepared(other)
    policy, _, lifecycle = everything(owner, where)
    assert [one["Resource"] for one in policy["Statement"]] == [
        f"arn:aws:s3:::{where.bucket}/tv/assets/*", f"arn:aws:s3:::{where.bucket}/radio/assets/*"
    ]  # fmt: skip
    assert len(lifecycle) == 4


def test_a_private_bucket_is_read_by_nobody_even_if_it_was_public(where: S3Place, owner: Any) -> None:
    prepared(where)
    findings = prepared(where, private=True)
    assert states(findings)["assets for nobody"] == "ok"
    assert set(states(findings).values()) == {"ok"}
    with pytest.raises(owner.exceptions.ClientError, match="NoSuchBucketPolicy"):
        owner.get_bucket_policy(Bucket=where.bucket)


def test_a_bucket_that_shows_all_is_found_out(where: S3Place, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_trial, "_SETTLE_S", 0.0)
    owner.create_bucket(Bucket=where.bucket)
    arn = f"arn:aws:s3:::{where.bucket}"
    statement = {
        "Sid": "All", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn, f"{arn}/*"],
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    owner.put_bucket_policy(Bucket=where.bucket, Policy=policy)
    found = states(prepared(where))
    assert found["all else for nobody"] == "FAILED"
    assert found["no listing for anybody"] == "FAILED"
    assert found["assets for everybody"] == "ok"


def test_a_cdn_that_does_not_lead_to_the_bucket_is_found_out(where: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_trial, "_SETTLE_S", 0.0)
    failed = [one for one in prepared(where, media_base="http://127.0.0.1:9/") if one.state == "FAILED"]
    assert [one.what for one in failed] == ["assets by STREAMSYNC_MEDIA_URL"]
    assert "no answer without credentials, not 200: http://127.0.0.1:9/assets/" in failed[0].detail


def test_who_may_not_prepare_is_told_without_secrets(where: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", WEAK_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WEAK_SECRET)
    with pytest.raises(
        Unavailable, match=r"bucket 'bucket-\d+' at http://127.* refuses us: (403|AccessDenied)"
    ) as told:
        prepared(where)
    assert WEAK_SECRET not in str(told.value)
    assert SECRET_KEY not in str(told.value)


def test_what_a_server_has_not_is_said_and_the_rest_is_done(where: S3Place, owner: Any) -> None:
    owner.create_bucket(Bucket=where.bucket)
    with s3_proxy(str(where.endpoint)) as proxy:
        for trouble in (error(403, "AccessDenied"), none, error(501, "NotImplemented")):
            proxy.trouble("PUT", trouble)
        place_there = place(f"s3://{where.bucket}/tv?endpoint={proxy.endpoint}")
        findings = list(prepare(client(place_there), place_there, private=False))
    assert states(findings) == {
        "bucket": "ok", "read policy": "FAILED", "CORS": "ok", "lifecycle": "not supported"
    }  # fmt: skip
    assert "Block Public Access" in findings[1].detail
