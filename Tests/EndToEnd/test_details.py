"""Files, parts and the report of a job."""

import csv
import io
import os

import pytest

from harness.processes import eventually
from harness.trees import big, make

MIB = 1 << 20


@pytest.fixture
def mixed(world, client):
    """A job that ended with files of every final state: (job, client)."""
    make(world.root, ["a.txt", "b/c.txt"], size=10)
    big(world.root / "large.bin", 20 * MIB)
    (world.root / "link").symlink_to("a.txt")
    with open(os.fsencode(world.root) + b"/bad\xff.txt", "wb") as file:
        file.write(b"12345")
    job = client.run(world.spec(prefix="p", checksum="crc32c"))
    assert job["state"] == "partially_succeeded", job
    return job, client


class TestFiles:
    def test_every_file_is_told(self, mixed):
        job, client = mixed
        rows = {row["path"]: row for row in client.files(job["id"])}
        assert set(rows) == {"a.txt", "b/c.txt", "large.bin", "link", "bad\ufffd.txt"}
        moved = rows["a.txt"]
        assert (moved["key"], moved["size"], moved["state"], moved["attempts"]) == ("p/a.txt", 10, "succeeded", 1)
        assert moved["etag"] and moved["checksum"] and moved["error"] is None and moved["skip_reason"] is None
        assert job["create_time"] <= moved["start_time"] <= moved["end_time"] <= job["end_time"]
        assert rows["link"]["state"] == "skipped" and rows["link"]["skip_reason"]
        assert rows["bad\ufffd.txt"]["error"]["code"] == "INVALID_KEY"
        assert rows["bad\ufffd.txt"]["path_base64"] == "YmFk/y50eHQ="
        assert "path_base64" not in moved

    def test_the_counters_agree_with_the_rows(self, mixed):
        job, client = mixed
        files, sizes = job["progress"]["files"], job["progress"]["bytes"]
        rows = client.files(job["id"])
        assert files["total"] == len(rows)
        for state in ("succeeded", "failed", "skipped", "pending", "in_flight"):
            assert files[state] == len(client.files(job["id"], state=state)), state
        assert sizes["total"] == sizes["succeeded"] + sizes["failed"] + sizes["skipped"]
        assert sizes["succeeded"] == 20 + 20 * MIB and sizes["failed"] == 5
        assert job["progress"]["fraction"] < 1

    def test_pages_cover_all_exactly_once(self, mixed):
        job, client = mixed
        whole = client.files(job["id"])
        assert client.files(job["id"], size=1) == whole and client.files(job["id"], size=2) == whole
        assert [row["path"] for row in client.files(job["id"], state="succeeded", size=1)] == [
            row["path"] for row in whole if row["state"] == "succeeded"]

    def test_errors_of_the_job_are_its_failed_files(self, mixed):
        job, _ = mixed
        assert [error["path"] for error in job["errors"]] == ["bad\ufffd.txt"]
        error = job["errors"][0]
        assert error["code"] == "INVALID_KEY" and error["s3"] is None and not error["retryable"]

    @pytest.mark.parametrize("query", ["state=done", "page_size=0", "page_size=1e3", "page_token=x", "path=a", "state="])
    def test_bad_queries(self, mixed, query):
        job, client = mixed
        client.get(f"/v1/jobs/{job['id']}/files?{query}").problem(400, "INVALID_QUERY")

    def test_a_token_of_another_list_is_refused(self, mixed):
        job, client = mixed
        token = client.get(f"/v1/jobs/{job['id']}/files?page_size=1").json["next_page_token"]
        assert token
        client.get(f"/v1/jobs?page_token={token}").problem(400, "INVALID_QUERY")


class TestParts:
    def test_the_parts_cover_the_file(self, mixed):
        job, client = mixed
        parts = client.parts(job["id"])
        assert {part["path"] for part in parts} == {"large.bin"}
        assert [part["part_number"] for part in parts] == [1, 2, 3]
        assert [(part["offset"], part["size"]) for part in parts] == [
            (0, 8 * MIB), (8 * MIB, 8 * MIB), (16 * MIB, 4 * MIB)]
        for part in parts:
            assert part["state"] == "succeeded" and part["bytes_sent"] == part["size"]
            assert part["attempt"] == 1 and part["etag"] and part["key"] == "p/large.bin"
            assert part["checksum"].startswith("crc32c:")
        assert job["progress"]["parts"] == {"total": 3, "succeeded": 3, "in_flight": 0}

    def test_filters_and_pages(self, mixed):
        job, client = mixed
        assert len(client.parts(job["id"], "file=large.bin", size=1)) == 3
        assert client.parts(job["id"], "file=a.txt") == [] == client.parts(job["id"], "state=failed")
        assert len(client.parts(job["id"], "state=succeeded&file=large.bin")) == 3

    @pytest.mark.parametrize("query", ["state=skipped", "page_size=-1", "page_token=%20", "part=1"])
    def test_bad_queries(self, mixed, query):
        job, client = mixed
        client.get(f"/v1/jobs/{job['id']}/parts?{query}").problem(400, "INVALID_QUERY")

    def test_what_is_in_flight_is_shown(self, world, client):
        big(world.root / "large.bin", 40 * MIB)
        make(world.root, ["small.txt"], size=1000)
        job = client.submit(world.spec(bandwidth_limit=4 * MIB))
        # The bytes in flight may be the small file's for a moment.
        moving = eventually(lambda: client.parts(job["id"], "state=in_flight&file=large.bin"))
        assert all(part["bytes_sent"] <= part["size"] for part in moving)
        shown = client.job(job["id"])
        assert shown["progress"]["requests_in_flight"] >= 1 and shown["progress"]["parts"]["in_flight"] >= 1
        assert client.files(job["id"], state="in_flight")
        text = client.get(f"/v1/jobs/{job['id']}", headers={"Accept": "text/plain"}).text
        assert "%" in text
        client.act(job["id"], "cancel").expect(202)

    def test_a_single_request_file_is_one_part_while_it_moves(self, world):
        client = world.start(store_arguments=["--latency-ms", "1500"])
        make(world.root, ["small.txt"], size=1000)
        job = client.submit(world.spec())
        client.wait_until(job["id"], lambda job: job["progress"]["requests_in_flight"] > 0)
        parts = client.parts(job["id"])
        assert [(part["path"], part["part_number"], part["offset"], part["size"], part["state"])
                for part in parts] == [("small.txt", 1, 0, 1000, "in_flight")]
        client.wait(job["id"])
        assert client.parts(job["id"]) == []


class TestReport:
    def test_one_line_each(self, mixed):
        job, client = mixed
        assert client.report(job["id"]) == client.files(job["id"])

    def test_csv(self, mixed):
        job, client = mixed
        reply = client.get(f"/v1/jobs/{job['id']}/report", headers={"Accept": "text/csv"}).expect(200)
        rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
        assert list(rows[0]) == ["path", "key", "size", "state", "skip_reason", "etag", "checksum", "attempts",
                                 "error_code", "error_message", "start_time", "end_time"]
        wanted = client.files(job["id"])
        assert [(row["path"], row["size"], row["state"]) for row in rows] == [
            (row["path"], str(row["size"]), row["state"]) for row in wanted]
        assert {row["error_code"] for row in rows} == {"", "INVALID_KEY"}

    def test_csv_quotes_what_needs_it(self, world, client):
        names = ['comma,"quote".txt', "line\nfeed.txt", "=1+1", "plain"]
        make(world.root, names)
        job = client.succeed(world.spec())
        reply = client.get(f"/v1/jobs/{job['id']}/report", headers={"Accept": "text/csv"}).expect(200)
        assert {row["path"] for row in csv.DictReader(io.StringIO(reply.text, newline=""))} == set(names)

    def test_before_the_end_it_is_a_conflict(self, world):
        client = world.start(store_arguments=["--latency-ms", "500"])
        make(world.root, [f"f{i}" for i in range(20)])
        job = client.submit(world.spec(concurrency=1))
        problem = client.get(f"/v1/jobs/{job['id']}/report").problem(409, "CONFLICT")
        assert any(state in problem["detail"] for state in ("queued", "running"))
