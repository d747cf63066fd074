"""Uploads through the API: the same for a folder and for S3."""

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.upload_records import SIZE_LIMIT

from .uploading import MIB, PART, Desk, desk, film, md5

THREE = film(2 * PART + MIB)
PARTS = [THREE[:PART], THREE[PART : 2 * PART], THREE[2 * PART :]]
SMALL = film(1000)

pytestmark = pytest.mark.slow


@pytest.fixture(params=["folder", "s3"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = request.getfixturevalue("s3_url") if request.param == "s3" else None
    with desk(tmp_path, url) as made:
        yield made


def test_parts_in_any_order_become_the_file(at: Desk) -> None:
    begun = at.begin(THREE, title="A film", priority=7)
    assert (begun["parts"], begun["part_size_bytes"], begun["state"], begun["done"]) == (3, PART, "open", [])
    assert (begun["title"], begun["expires_at"]) == ("A film", "2026-01-03T00:00:00Z")
    for number in (3, 1, 2):
        assert at.send(begun["id"], number, PARTS[number - 1]).status_code in {200, 204}
    assert at.done(begun["id"]) == {number: md5(part) for number, part in enumerate(PARTS, 1)}
    sha256 = hashlib.sha256(THREE).hexdigest()
    assert at.complete(begun["id"], THREE).json() == {"job": sha256[:32], "state": "queued"}
    assert at.objects.read(f"uploads/{begun['id']}") == THREE
    [submitted] = at.queue.submitted
    assert (submitted.name, submitted.title, submitted.priority) == ("film.mp4", "A film", 7)
    assert submitted.sha256 == sha256
    assert at.ask("GET", f"/uploads/{begun['id']}").json()["state"] == "complete"


def test_whoever_has_the_file_goes_on_with_its_upload(at: Desk) -> None:
    begun = at.begin(THREE)
    at.send(begun["id"], 2, PARTS[1])
    again = at.begin(THREE, name="another name.mov")
    assert again["id"] == begun["id"]
    assert again["done"] == [{"number": 2, "md5": md5(PARTS[1])}]
    assert at.begin(film(len(THREE), 2))["id"] != begun["id"]


def test_what_was_changed_on_the_way_is_refused(at: Desk) -> None:
    begun = at.begin(SMALL)
    flipped = bytes([SMALL[0] ^ 1]) + SMALL[1:]
    target = at.target(begun["id"], 1, SMALL)
    assert at.put(target, flipped).status_code == 400
    assert at.done(begun["id"]) == {}
    assert at.complete(begun["id"], SMALL).status_code == 409
    assert at.put(target, SMALL).status_code in {200, 204}
    assert at.done(begun["id"]) == {1: md5(SMALL)}


def test_a_url_is_good_for_one_thing_only(at: Desk) -> None:
    begun, other = at.begin(THREE), at.begin(film(2 * PART + MIB, 2))
    target = at.target(begun["id"], 1, PARTS[0])
    sign = "signature=" if target["url"].startswith("/") else "X-Amz-Signature="
    where = target["url"].index(sign) + len(sign)
    forged = "0" if target["url"][where] != "0" else "1"
    number = ("/parts/1?", "/parts/2?") if target["url"].startswith("/") else ("partNumber=1", "partNumber=2")
    for url in (
        target["url"][:where] + forged + target["url"][where + 1 :],
        target["url"].replace(*number),
        target["url"].replace(begun["id"], other["id"]),
        target["url"].split("?")[0] + "?" + target["url"].split("?")[1].replace("xpires=", "xpires=1"),
    ):
        assert url != target["url"]
        assert at.put({**target, "url": url}, PARTS[0]).status_code == 403, url
    assert at.put(target, PARTS[1], **{"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}).status_code == 403
    assert at.put(target, PARTS[0][:-1]).status_code == 403
    assert at.put(target, PARTS[0] + b"x").status_code == 403
    assert at.done(begun["id"]) == at.done(other["id"]) == {}


def test_a_part_that_does_not_belong_gets_no_url(at: Desk) -> None:
    begun = at.begin(SMALL)
    for number, status in ((2, 400), (0, 400), (10_001, 400), (-1, 400)):
        body = {"parts": [{"number": number, "md5": md5(SMALL)}]}
        assert at.ask("POST", f"/uploads/{begun['id']}/parts", json=body).status_code == status
    body = {"parts": [{"number": 1, "md5": md5(SMALL)}] * 101}
    assert at.ask("POST", f"/uploads/{begun['id']}/parts", json=body).status_code == 400


def test_completing_too_early_names_what_is_missing(at: Desk) -> None:
    begun = at.begin(THREE)
    at.send(begun["id"], 2, PARTS[1])
    early = at.complete(begun["id"], THREE)
    assert (early.status_code, early.json()) == (
        409,
        {"error": f"upload {begun['id']}: 2 of 3 parts are missing: 1, 3"},
    )
    assert at.queue.submitted == []


def test_completing_twice_is_completing_once(at: Desk) -> None:
    begun = at.begin(SMALL)
    target = at.target(begun["id"], 1, SMALL)
    at.put(target, SMALL)
    first, second = at.complete(begun["id"], SMALL), at.complete(begun["id"], SMALL)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    other = at.complete(begun["id"], b"other")
    assert other.status_code == 409
    assert "its SHA-256 is" in other.json()["error"]
    assert at.put(target, SMALL).status_code in {404, 409}
    assert at.objects.read(f"uploads/{begun['id']}") == SMALL
    body = {"parts": [{"number": 1, "md5": md5(SMALL)}]}
    assert at.ask("POST", f"/uploads/{begun['id']}/parts", json=body).status_code == 409


def test_an_answer_that_was_lost_is_recognised(at: Desk) -> None:
    """Killed between the file's becoming an object and its being noted."""
    begun = at.begin(SMALL)
    at.send(begun["id"], 1, SMALL)
    upload = at.uploads.upload(begun["id"])
    at.uploads.store.join(upload, at.uploads.store.parts(upload))
    again = at.begin(SMALL)
    assert (again["id"], again["state"], "sha256" in again) == (begun["id"], "complete", False)
    assert at.complete(begun["id"], SMALL).json()["state"] == "queued"
    assert at.objects.read(f"uploads/{begun['id']}") == SMALL


def test_a_queue_that_was_away_is_asked_again(at: Desk) -> None:
    begun = at.begin(SMALL)
    at.send(begun["id"], 1, SMALL)
    at.queue.answers = False
    away = at.complete(begun["id"], SMALL)
    assert (away.status_code, away.headers["retry-after"]) == (503, "2")
    at.queue.answers = True
    assert at.complete(begun["id"], SMALL).json()["state"] == "queued"


def test_bytes_that_are_an_asset_already_are_not_kept(at: Desk) -> None:
    begun = at.begin(SMALL)
    at.send(begun["id"], 1, SMALL)
    at.queue.assets[hashlib.sha256(SMALL).hexdigest()] = "f" * 32
    assert at.complete(begun["id"], SMALL).json() == {"asset": "f" * 32}
    assert not at.objects.exists(f"uploads/{begun['id']}")
    known = at.begin(SMALL)
    assert (known["state"], known["sha256"]) == ("complete", hashlib.sha256(SMALL).hexdigest())
    assert at.complete(begun["id"], SMALL).json() == {"asset": "f" * 32}


def test_a_source_that_is_gone_is_asked_for_anew(at: Desk) -> None:
    begun = at.begin(SMALL)
    at.send(begun["id"], 1, SMALL)
    at.complete(begun["id"], SMALL)
    at.objects.delete(f"uploads/{begun['id']}")  # its job failed, say, and took the source along
    gone = at.complete(begun["id"], SMALL)
    assert gone.status_code == 404
    assert "upload it again" in gone.json()["error"]
    assert at.begin(SMALL)["state"] == "open"


def test_two_clients_with_one_file_do_no_harm(at: Desk) -> None:
    with ThreadPoolExecutor(8) as both:
        begun = set(both.map(lambda _: at.begin(THREE)["id"], range(4)))
        [upload] = begun
        sent = list(both.map(lambda number: at.send(upload, number, PARTS[number - 1]).status_code, [1, 2, 3] * 2))
        assert set(sent) <= {200, 204}
        ended = list(both.map(lambda _: at.complete(upload, THREE).status_code, range(2)))
    assert 200 in ended
    assert at.complete(upload, THREE).status_code == 200
    assert at.objects.read(f"uploads/{upload}") == THREE


def test_a_part_may_be_sent_anew_with_other_bytes(at: Desk) -> None:
    begun = at.begin(SMALL)
    at.send(begun["id"], 1, film(1000, 2))
    if not at.is_folder:
        time.sleep(1.1)  # SeaweedFS keeps both, and tells their age in seconds
    assert at.send(begun["id"], 1, SMALL).status_code in {200, 204}
    assert at.done(begun["id"]) == {1: md5(SMALL)}
    at.complete(begun["id"], SMALL)
    assert at.objects.read(f"uploads/{begun['id']}") == SMALL


def test_an_upload_can_be_removed_at_any_time(at: Desk) -> None:
    begun = at.begin(THREE)
    target = at.target(begun["id"], 1, PARTS[0])
    at.send(begun["id"], 3, PARTS[2])
    assert at.ask("DELETE", f"/uploads/{begun['id']}").status_code == 204
    assert at.put(target, PARTS[0]).status_code == 404
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/parts")):
        body = {"sha256": "0" * 64} if path == "/complete" else {"parts": [{"number": 1, "md5": "0" * 32}]}
        answer = at.ask(method, f"/uploads/{begun['id']}{path}", json=body if path else None)
        assert answer.status_code == 404, (method, path)
    assert list(at.objects.keys("")) == []
    assert list(at.uploads.store.strays()) == []
    assert at.begin(THREE)["done"] == []


def test_uploads_are_listed_in_pages(at: Desk) -> None:
    made = sorted(at.begin(film(10, seed))["id"] for seed in range(5))
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = at.ask("GET", "/uploads", params={"after": after, "limit": 2}).json()
        seen += [one["id"] for one in page["uploads"]]
        after = page["next"] or ""
    assert seen == made
    assert page["next"] is None
    assert page["uploads"][0]["created_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "../../etc/passwd"}, "name '../../etc/passwd': it is"),
        ({"name": "a\nb"}, r"name 'a\nb': it is"),
        ({"name": "a\x1b[31mb"}, "printable"),
        ({"name": "x" * 256}, "name 'xxx"),
        ({"name": ""}, "name ''"),
        ({"size_bytes": 0}, "size_bytes: "),
        ({"size_bytes": -1}, "size_bytes: "),
        ({"size_bytes": SIZE_LIMIT + 1}, "size_bytes: "),
        ({"size_bytes": "many"}, "size_bytes: "),
        ({"fingerprint": "abc"}, "fingerprint: "),
        ({"fingerprint": "0" * 63 + "\n"}, "fingerprint: "),
        ({"priority": 10}, "priority: "),
        ({"title": ""}, "title: "),
        ({"secret": "S3CR3T"}, "secret: "),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(at: Desk, wrong: dict[str, object], told: str) -> None:
    wish = {"name": "film.mp4", "size_bytes": 10, "fingerprint": "0" * 64, **wrong}
    answer = at.ask("POST", "/uploads", json=wish)
    assert answer.status_code == 400, answer.text
    assert told in answer.json()["error"]
    assert "S3CR3T" not in answer.text
    assert list(at.objects.keys("")) == []


def test_names_in_any_script_are_kept(at: Desk) -> None:
    begun = at.begin(SMALL, name="Ein Ausflug 🎬 ..mp4")
    assert (begun["name"], begun["title"]) == ("Ein Ausflug 🎬 ..mp4", "Ein Ausflug 🎬 .")


def test_an_upload_id_is_never_a_path(at: Desk) -> None:
    for upload in ("%2e%2e", "x", "A" * 32, "0" * 33, "%2e%2e%2f%2e%2e"):
        answer = at.ask("GET", f"/uploads/{upload}")
        assert answer.status_code in {400, 404}
        assert "error" in answer.json()


def test_the_largest_upload_has_no_more_parts_than_s3_takes(at: Desk) -> None:
    wish = {"name": "film.mxf", "size_bytes": SIZE_LIMIT, "fingerprint": "0" * 64}
    answer = at.ask("POST", "/uploads", json=wish)
    if answer.status_code == 507:
        assert answer.json() == {"error": f"no room for an upload of {SIZE_LIMIT} bytes"}
    else:
        assert (answer.json()["parts"], answer.json()["part_size_bytes"]) == (9987, 210 * MIB)
