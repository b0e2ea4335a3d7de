"""Creating, reading and listing jobs."""

import threading
import time

import pytest

from harness.trees import big, make

DEFAULTS = {
    "kind": "upload", "store": "default", "concurrency": 16, "priority": 5, "overwrite": "always",
    "symlinks": "skip", "empty_directories": "skip", "preserve_times": True, "part_size": 8 << 20,
    "multipart_threshold": 16 << 20, "checksum": "auto", "on_error": "continue",
}


def slow(world, count=40, **fields):
    """A spec of a job that runs until it is let go: one file at a time against a slow store."""
    make(world.root, [f"f{i:03d}" for i in range(count)])
    return world.spec(concurrency=1, **fields)


class TestCreate:
    def test_a_job_is_accepted_and_succeeds(self, world, client):
        tree = make(world.root, ["a.txt", "b/c.txt"])
        job = client.submit(world.spec(prefix="p"))
        assert job["attempt"] == 1 and not job["done"]
        assert {name: job["spec"].get(name) for name in DEFAULTS} == DEFAULTS
        assert job["spec"]["prefix"] == "p/" and job["spec"]["source"] == str(world.root)
        job = client.wait(job["id"])
        assert job["state"] == "succeeded" and job["progress"]["fraction"] == 1
        assert job["progress"]["files"] == {
            "total": 2, "succeeded": 2, "failed": 0, "skipped": 0, "in_flight": 0, "pending": 0}
        assert job["progress"]["bytes"]["total"] == job["progress"]["bytes"]["succeeded"] == 200
        assert job["errors"] == [] and job["error"] is None
        assert job["create_time"] <= job["start_time"] <= job["end_time"]
        assert {row["key"] for row in client.files(job["id"])} == {f"p/{name}" for name in tree}

    def test_the_accepted_spec_can_be_posted_again(self, world, client):
        make(world.root, ["a.txt"])
        first = client.succeed(world.spec(labels={"x": "y"}, exclude=["*.tmp"], metadata={"a": "b"}))
        second = client.succeed(first["spec"])
        assert second["spec"] == first["spec"]

    @pytest.mark.parametrize("given,kept", [
        ("", ""), ("a", "a/"), ("a/", "a/"), ("a//", "a/"), ("/", "/"), ("/a", "/a/"), ("a//b", "a//b/")])
    def test_a_prefix_is_a_folder(self, world, client, given, kept):
        make(world.root, ["x"])
        job = client.succeed(world.spec(prefix=given))
        assert job["spec"].get("prefix", "") == kept
        assert [row["key"] for row in client.files(job["id"])] == [kept + "x"]

    def test_one_file_to_one_key_and_below_a_prefix(self, world, client):
        make(world.root, ["film.mov"])
        source = str(world.root / "film.mov")
        job = client.succeed(world.spec(source=source, key="films/exact"))
        assert [(row["path"], row["key"]) for row in client.files(job["id"])] == [("film.mov", "films/exact")]
        job = client.succeed(world.spec(source=source, prefix="films"))
        assert [row["key"] for row in client.files(job["id"])] == ["films/film.mov"]

    def test_an_empty_tree_succeeds(self, world, client):
        job = client.succeed(world.spec())
        assert job["progress"]["fraction"] == 1 and job["progress"]["files"]["total"] == 0

    def test_filters(self, world, client):
        make(world.root, ["a.txt", "a.tmp", "x/b.txt", "x/y/c.txt", "x/y/d.bin", "z/e.txt", ".git/config"])

        def moved(**fields):
            job = client.succeed(world.spec(validate_only=False, **fields))
            rows = client.files(job["id"])
            assert job["progress"]["files"]["total"] == len(rows)
            return {row["path"] for row in rows}

        assert moved(include=["*.txt"]) == {"a.txt", "x/b.txt", "x/y/c.txt", "z/e.txt"}
        assert moved(include=["x/*"]) == {"x/b.txt"}
        assert moved(include=["x/**"]) == {"x/b.txt", "x/y/c.txt", "x/y/d.bin"}
        assert moved(include=["**/y/*.txt"]) == {"x/y/c.txt"}
        assert moved(include=["**/b.txt", "a.t?p"], exclude=["x/**"]) == {"a.tmp"}
        assert moved(exclude=["*.txt", ".git/**"]) == {"a.tmp", "x/y/d.bin"}
        assert moved(include=["[ab].txt"]) == {"a.txt", "x/b.txt"}
        assert moved(include=["nothing"]) == set()

    def test_paths(self, world, client):
        make(world.root, ["a", "b", "c/d", "c/e"])
        job = client.run(world.spec(paths=["a", "c/d", "missing"]))
        assert job["state"] == "partially_succeeded"
        states = {row["path"]: (row["state"], (row["error"] or {}).get("code")) for row in client.files(job["id"])}
        assert states == {"a": ("succeeded", None), "c/d": ("succeeded", None),
                          "missing": ("failed", "SOURCE_VANISHED")}


class TestValidateOnly:
    def test_a_plan_keeps_nothing(self, world, client):
        make(world.root, ["a", "b/c"], size=10)
        big(world.root / "large", 20 << 20)
        (world.root / "link").symlink_to("a")
        plan = client.post(world.spec(validate_only=True), headers={"Idempotency-Key": "k"}).expect(200).json
        assert (plan["files"], plan["bytes"], plan["skipped"]) == (3, 20 + (20 << 20), 1)
        assert plan["scan_complete"] and plan["requests"] == 2 + 3 + 2
        assert {entry["path"] for entry in plan["entries"]} >= {"a", "b/c", "large"}
        assert client.get("/v1/jobs").json["jobs"] == []
        assert client.submit(world.spec(), key="k")
        assert world.store.stats()["requests"].get("CreateMultipartUpload", 0) <= 1

    def test_it_names_the_first_hundred(self, world, client):
        make(world.root, [f"f{i:04d}" for i in range(250)], size=1)
        plan = client.post(world.spec(validate_only=True)).expect(200).json
        assert plan["files"] == 250 and len(plan["entries"]) == 100


class TestIdempotency:
    def test_the_same_key_replays(self, world, client):
        make(world.root, ["a"])
        spec = world.spec()
        first = client.submit(spec, key="one")
        client.wait(first["id"])
        for header in ("one", '"one"'):
            reply = client.post({**spec, "concurrency": 16}, headers={"Idempotency-Key": header}).expect(202)
            assert reply.headers["Idempotent-Replayed"] == "true"
            assert reply.json["id"] == first["id"] and reply.json["state"] == "succeeded"
        assert len(client.pages("/v1/jobs", "jobs")) == 1

    def test_another_spec_under_the_same_key(self, world, client):
        client.submit(world.spec(), key="one")
        reply = client.post(world.spec(concurrency=3), headers={"Idempotency-Key": "one"})
        reply.problem(422, "IDEMPOTENCY_KEY_REUSED")

    def test_a_first_call_is_no_replay(self, world, client):
        reply = client.post(world.spec(), headers={"Idempotency-Key": "k" * 255}).expect(202)
        assert "Idempotent-Replayed" not in reply.headers

    def test_a_key_dies_with_its_job(self, world, client):
        first = client.submit(world.spec(), key="one")
        client.wait(first["id"])
        client.request("DELETE", f"/v1/jobs/{first['id']}").expect(204)
        second = client.submit(world.spec(concurrency=3), key="one")
        assert second["id"] != first["id"]

    def test_twenty_at_once_make_one_job(self, world, client):
        replies = []

        def post():
            replies.append(world.new_client().post(world.spec(), headers={"Idempotency-Key": "race"}))

        threads = [threading.Thread(target=post) for _ in range(20)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len({reply.expect(202).json["id"] for reply in replies}) == 1
        assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1

    def test_it_holds_over_a_restart(self, world, client):
        first = client.submit(world.spec(), key="one")
        world.service.kill()
        client = world.restart()
        reply = client.post(world.spec(), headers={"Idempotency-Key": "one"}).expect(202)
        assert reply.json["id"] == first["id"] and reply.headers["Idempotent-Replayed"] == "true"


class TestPut:
    def test_creates_then_answers_then_conflicts(self, world, client):
        make(world.root, ["a"])
        created = client.request("PUT", "/v1/jobs/Night_ly-1", json=world.spec()).expect(202)
        assert created.headers["Location"] == "/v1/jobs/Night_ly-1" and created.json["id"] == "Night_ly-1"
        again = client.request("PUT", "/v1/jobs/Night_ly-1", json=world.spec(priority=5)).expect(200)
        assert again.json["create_time"] == created.json["create_time"]
        client.request("PUT", "/v1/jobs/Night_ly-1", json=world.spec(priority=6)).problem(409, "CONFLICT")
        assert client.wait("Night_ly-1")["state"] == "succeeded"

    def test_a_bad_spec_is_refused_as_with_post(self, world, client):
        reply = client.request("PUT", "/v1/jobs/x", json=world.spec(concurrency=0))
        assert reply.problem(400, "INVALID_SPEC")["errors"][0]["pointer"] == "/concurrency"
        client.get("/v1/jobs/x").problem(404, "JOB_NOT_FOUND")


class TestGet:
    def test_an_etag_answers_304_until_something_changes(self, world, client):
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        reply = client.get(f"/v1/jobs/{job['id']}").expect(200)
        tag = reply.headers["ETag"]
        assert tag == f'W/"{job["revision"]}"' and "Retry-After" not in reply.headers
        for header in (tag, tag.removeprefix("W/"), f'W/"0", {tag}', "*"):
            again = client.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": header})
            assert again.status == 304 and again.headers["ETag"] == tag and again.body == b""
        client.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": 'W/"0"'}).expect(200)
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"labels": {"new": "label"}}).expect(200)
        client.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": tag}).expect(200)

    def test_an_unfinished_job_says_when_to_ask_again(self, world):
        client = world.start(store_arguments=["--latency-ms", "200"])
        job = client.submit(slow(world))
        assert int(client.get(f"/v1/jobs/{job['id']}").expect(200).headers["Retry-After"]) >= 1

    def test_prefer_waits_for_the_end(self, world):
        client = world.start(store_arguments=["--latency-ms", "100"])
        job = client.submit(slow(world, 10))
        began = time.monotonic()
        reply = client.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "wait=30"}).expect(200)
        assert reply.json["done"] and reply.headers["Preference-Applied"] == "wait=30"
        assert 0.5 < time.monotonic() - began < 20

    def test_prefer_runs_out(self, world):
        client = world.start(store_arguments=["--latency-ms", "300"])
        job = client.submit(slow(world))
        began = time.monotonic()
        reply = client.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "respond-async, wait=1"}).expect(200)
        assert not reply.json["done"] and 0.9 < time.monotonic() - began < 5
        assert reply.headers["Preference-Applied"] == "wait=1"

    def test_prefer_with_an_etag_waits_for_the_next_change(self, world):
        client = world.start(store_arguments=["--latency-ms", "300"])
        job = client.submit(slow(world))
        reply = client.get(f"/v1/jobs/{job['id']}").expect(200)
        later = client.get(f"/v1/jobs/{job['id']}", headers={
            "Prefer": "wait=20", "If-None-Match": reply.headers["ETag"]}).expect(200)
        assert later.json["revision"] > reply.json["revision"] and not later.json["done"]

    def test_prefer_with_an_etag_that_runs_out_is_304(self, world, client):
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        reply = client.get(f"/v1/jobs/{job['id']}", headers={
            "Prefer": "wait=1", "If-None-Match": f'W/"{job["revision"]}"'})
        assert reply.status == 304

    def test_a_wait_over_sixty_is_cut(self, world, client):
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        reply = client.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "wait=100000"}).expect(200)
        assert reply.headers.get("Preference-Applied", "wait=60") == "wait=60"

    def test_text_for_people(self, world, client):
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        reply = client.get(f"/v1/jobs/{job['id']}", headers={"Accept": "text/plain"}).expect(200)
        assert reply.headers["Content-Type"].startswith("text/plain")
        assert "succeeded" in reply.text and job["id"] in reply.text

    def test_json_wins_where_it_is_wanted_most(self, world, client):
        job = client.succeed(world.spec())
        for accept in ("application/json", "*/*", "text/html", "text/plain;q=0.5, application/json"):
            reply = client.get(f"/v1/jobs/{job['id']}", headers={"Accept": accept}).expect(200)
            assert reply.headers["Content-Type"].startswith("application/json"), accept


class TestList:
    def test_newest_first_in_pages(self, world, client):
        made = [client.submit(world.spec())["id"] for _ in range(7)]
        assert [job["id"] for job in client.pages("/v1/jobs", "jobs", size=3)] == made[::-1]
        first = client.get("/v1/jobs?page_size=3").json
        assert [job["id"] for job in first["jobs"]] == made[:3:-1]
        client.submit(world.spec())
        second = client.get(f"/v1/jobs?page_size=3&page_token={first['next_page_token']}").json
        assert [job["id"] for job in second["jobs"]] == made[3:0:-1], "a new job must not shift later pages"

    def test_filters(self, world, client):
        plain = client.succeed(world.spec())
        labelled = client.succeed(world.spec(labels={"team": "video", "odd name&=": "va lue"}))

        def found(query):
            return [job["id"] for job in client.get(f"/v1/jobs?{query}").expect(200).json["jobs"]]

        assert found("state=succeeded") == [labelled["id"], plain["id"]]
        assert found("state=failed") == [] == found("kind=copy")
        assert found("label.team=video") == [labelled["id"]]
        assert found("label.team=video&label.odd%20name%26%3D=va%20lue&state=succeeded&kind=upload") == [labelled["id"]]
        assert found("label.team=vide") == []

    def test_a_large_page_is_cut_not_refused(self, client):
        assert client.get("/v1/jobs?page_size=100000").expect(200).json["jobs"] == []
