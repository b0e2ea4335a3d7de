"""Cancel, pause, resume, retry, PATCH and DELETE: from every state, twice, and what the store sees of it."""

import threading

import pytest

from harness.processes import eventually
from harness.stores import listing, open_uploads
from harness.trees import big, make

MIB = 1 << 20


def start_slow(world, count=40, latency=150, **fields):
    """A job that is running and will be for a while."""
    client = world.start(store_arguments=["--latency-ms", str(latency)])
    make(world.root, [f"f{i:03d}" for i in range(count)])
    job = client.submit(world.spec(concurrency=fields.pop("concurrency", 2), **fields))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 2)
    return client, job["id"]


class TestCancel:
    def test_it_ends_and_the_rest_stays_pending(self, world):
        client, identity = start_slow(world)
        reply = client.act(identity, "cancel").expect(202)
        assert reply.json["state"] in ("cancelling", "cancelled")
        job = client.wait(identity)
        assert job["state"] == "cancelled" and job["progress"]["fraction"] != 1
        files = job["progress"]["files"]
        assert files["in_flight"] == 0 and files["pending"] > 0 and files["succeeded"] >= 2
        assert files["total"] == sum(files[name] for name in ("succeeded", "failed", "skipped", "pending"))
        kept = {row["key"] for row in client.files(identity, state="succeeded")}
        assert kept <= set(listing(world.store.s3, "bucket"))
        client.act(identity, "cancel").expect(202)
        assert client.job(identity)["revision"] == job["revision"], "again is no error and no change"

    def test_open_multipart_uploads_are_aborted(self, world, client):
        big(world.root / "large.bin", 64 * MIB)
        job = client.submit(world.spec(bandwidth_limit=8 * MIB))
        client.wait_until(job["id"], lambda job: job["progress"]["bytes"]["in_flight"] > 0)
        assert open_uploads(world.store.s3, "bucket") == ["large.bin"]
        client.act(job["id"], "cancel").expect(202)
        assert client.wait(job["id"])["state"] == "cancelled"
        assert open_uploads(world.store.s3, "bucket") == []
        assert listing(world.store.s3, "bucket") == {}

    def test_requests_in_flight_are_cut_at_once(self, world):
        client = world.start(store_arguments=["--latency-ms", "8000"])
        make(world.root, ["a", "b"])
        job = client.submit(world.spec())
        client.wait_until(job["id"], lambda job: job["progress"]["requests_in_flight"] > 0)
        client.act(job["id"], "cancel").expect(202)
        assert client.wait(job["id"], timeout=6)["state"] == "cancelled"

    def test_a_succeeded_job_can_not_be_cancelled(self, world, client):
        job = client.succeed(world.spec())
        assert "succeeded" in client.act(job["id"], "cancel").problem(409, "CONFLICT")["detail"]


class TestPause:
    def test_pause_holds_and_resume_goes_on(self, world):
        client, identity = start_slow(world)
        assert client.act(identity, "pause").expect(202).json["state"] in ("pausing", "paused")
        job = client.wait_until(identity, lambda job: job["state"] == "paused")
        client.act(identity, "pause").expect(202)
        puts = world.store.stats()["requests"]
        assert job["progress"]["requests_in_flight"] == 0 == job["progress"]["files"]["in_flight"]
        reply = client.get(f"/v1/jobs/{identity}", headers={
            "Prefer": "wait=2", "If-None-Match": f'W/"{client.job(identity)["revision"]}"'})
        assert reply.status == 304, "nothing moves while it is paused"
        assert world.store.stats()["requests"] == puts
        client.act(identity, "resume").expect(202)
        client.act(identity, "resume").expect(202)
        job = client.wait(identity)
        assert job["state"] == "succeeded" and job["attempt"] == 1 and job["progress"]["files"]["succeeded"] == 40

    def test_it_survives_a_restart(self, world):
        client, identity = start_slow(world)
        client.act(identity, "pause")
        client.wait_until(identity, lambda job: job["state"] == "paused")
        world.service.kill()
        client = world.restart()
        assert client.job(identity)["state"] == "paused"
        client.act(identity, "resume").expect(202)
        assert client.wait(identity)["state"] == "succeeded"

    def test_a_paused_job_can_be_cancelled(self, world):
        client, identity = start_slow(world)
        client.act(identity, "pause")
        client.wait_until(identity, lambda job: job["state"] == "paused")
        client.act(identity, "cancel").expect(202)
        assert client.wait(identity)["state"] == "cancelled"


class TestRetry:
    def test_it_moves_what_failed_and_nothing_else(self, world, client):
        make(world.root, ["a", "b"])
        job = client.run(world.spec(paths=["a", "b", "later"]))
        assert job["state"] == "partially_succeeded" and job["attempt"] == 1
        make(world.root, ["later"])
        before = world.store.stats()["requests"]["PutObject"]
        again = client.act(job["id"], "retry").expect(202).json
        assert again["attempt"] == 2 and not again["done"]
        job = client.wait(job["id"])
        assert job["state"] == "succeeded" and job["attempt"] == 2 and job["errors"] == []
        assert world.store.stats()["requests"]["PutObject"] == before + 1

    def test_a_cancelled_job_goes_on(self, world):
        client, identity = start_slow(world)
        client.act(identity, "cancel")
        kept = client.wait(identity)["progress"]["files"]["succeeded"]
        client.act(identity, "retry").expect(202)
        job = client.wait(identity)
        assert job["state"] == "succeeded" and job["progress"]["files"]["succeeded"] == 40
        # What was acknowledged but cut before it was recorded may be sent again: at most what was in flight.
        assert world.store.stats()["requests"]["PutObject"] <= 40 + 2
        assert kept >= 2

    def test_a_job_that_failed_as_a_whole(self, world, client):
        make(world.root, ["a"])
        job = client.run(world.spec(bucket="missing"))
        assert job["state"] == "failed"
        told = job["error"] or job["errors"][0]
        assert told["code"] == "NO_SUCH_BUCKET" and told["s3"]["http_status"] == 404
        world.store.s3.create_bucket(Bucket="missing")
        client.act(job["id"], "retry").expect(202)
        assert client.wait(job["id"])["state"] == "succeeded"


TRANSITIONS = [
    # state, verb, status
    ("succeeded", "pause", 409), ("succeeded", "resume", 409), ("succeeded", "retry", 409), ("succeeded", "cancel", 409),
    ("partially_succeeded", "pause", 409), ("partially_succeeded", "resume", 409), ("partially_succeeded", "cancel", 409),
    ("failed", "pause", 409), ("failed", "resume", 409), ("failed", "cancel", 409),
    ("cancelled", "pause", 409), ("cancelled", "resume", 409), ("cancelled", "cancel", 202),
    ("running", "resume", 202), ("running", "retry", 409),
    ("paused", "pause", 202), ("paused", "retry", 409),
]


@pytest.mark.parametrize("state,verb,status", TRANSITIONS, ids=[f"{s}-{v}" for s, v, _ in TRANSITIONS])
def test_each_verb_in_each_state(world, state, verb, status):
    if state in ("running", "paused", "cancelled"):
        client, identity = start_slow(world)
        if state == "cancelled":
            client.act(identity, "cancel")
            client.wait(identity)
        elif state == "paused":
            client.act(identity, "pause")
            client.wait_until(identity, lambda job: job["state"] == "paused")
    else:
        client = world.start()
        make(world.root, ["a"])
        paths = {"succeeded": ["a"], "partially_succeeded": ["a", "missing"], "failed": ["missing"]}[state]
        identity = client.run(world.spec(paths=paths))["id"]
    assert client.job(identity)["state"] == state
    reply = client.act(identity, verb)
    if status == 409:
        assert state in reply.problem(409, "CONFLICT")["detail"]
    else:
        reply.expect(202)


class TestPatch:
    def test_concurrency_counts_from_the_next_request(self, world):
        client = world.start(store_arguments=["--latency-ms", "50"])
        make(world.root, [f"f{i:03d}" for i in range(400)])
        job = client.submit(world.spec(concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 4)
        assert world.store.stats()["max_in_flight"] <= 2
        patched = client.request("PATCH", f"/v1/jobs/{job['id']}", json={"concurrency": 12}).expect(200).json
        assert patched["spec"]["concurrency"] == 12
        eventually(lambda: world.store.stats()["max_in_flight"] == 12, told=lambda: str(world.store.stats()))
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"concurrency": 3}).expect(200)
        eventually(lambda: world.store.stats()["in_flight"] <= 3)
        world.store.stats(reset=True)
        client.wait(job["id"])
        assert world.store.stats()["max_in_flight"] <= 3

    def test_the_other_fields(self, world):
        client, identity = start_slow(world, labels={"a": "b"})
        patched = client.request("PATCH", f"/v1/jobs/{identity}", json={
            "priority": 9, "bandwidth_limit": 1_000_000, "labels": {"c": "d"}}).expect(200).json
        spec = patched["spec"]
        assert (spec["priority"], spec["bandwidth_limit"], spec["labels"]) == (9, 1_000_000, {"c": "d"})
        cleared = client.request("PATCH", f"/v1/jobs/{identity}", json={"bandwidth_limit": None}).expect(200).json
        assert cleared["spec"].get("bandwidth_limit") is None and cleared["spec"]["priority"] == 9
        assert client.job(identity)["spec"] == cleared["spec"]

    def test_a_merge_patch_is_json_too(self, world, client):
        job = client.succeed(world.spec())
        client.request("PATCH", f"/v1/jobs/{job['id']}", body=b'{"labels":{"x":"y"}}',
                       headers={"Content-Type": "application/merge-patch+json"}).expect(200)
        assert client.job(job["id"])["spec"]["labels"] == {"x": "y"}

    def test_of_an_ended_job_only_labels(self, world, client):
        job = client.succeed(world.spec())
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"labels": {"x": "y"}}).expect(200)
        for change in ({"priority": 1}, {"concurrency": 1}, {"bandwidth_limit": 1}, {"labels": {}, "priority": 1}):
            client.request("PATCH", f"/v1/jobs/{job['id']}", json=change).problem(409, "CONFLICT")

    @pytest.mark.parametrize("change,pointer", [
        ({"concurrency": 0}, "/concurrency"), ({"concurrency": None}, "/concurrency"), ({"priority": 10}, "/priority"),
        ({"bandwidth_limit": 0}, "/bandwidth_limit"), ({"labels": {"a": 1}}, "/labels/a"), ({"source": "/x"}, "/source"),
        ({"state": "paused"}, "/state")])
    def test_faults(self, world, client, change, pointer):
        job = client.succeed(world.spec())
        problem = client.request("PATCH", f"/v1/jobs/{job['id']}", json=change).problem(400, "INVALID_SPEC")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


class TestDelete:
    def test_an_ended_job_is_forgotten_and_its_objects_stay(self, world, client):
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        client.request("DELETE", f"/v1/jobs/{job['id']}").expect(204)
        for path in ("", "/files", "/parts", "/events", "/report"):
            client.get(f"/v1/jobs/{job['id']}{path}").problem(404, "JOB_NOT_FOUND")
        client.request("DELETE", f"/v1/jobs/{job['id']}").problem(404, "JOB_NOT_FOUND")
        assert client.get("/v1/jobs").json["jobs"] == []
        assert set(listing(world.store.s3, "bucket")) == {"a"}

    def test_a_job_that_runs_is_a_conflict(self, world):
        client, identity = start_slow(world)
        assert "running" in client.request("DELETE", f"/v1/jobs/{identity}").problem(409, "CONFLICT")["detail"]


def test_on_error_stop(world, client):
    make(world.root, [f"f{i:03d}" for i in range(200)])
    missing = [f"gone{i}" for i in range(3)]
    job = client.run(world.spec(paths=missing[:1] + [f"f{i:03d}" for i in range(200)] + missing[1:],
                                on_error="stop", concurrency=1))
    assert job["state"] in ("failed", "partially_succeeded")
    assert job["progress"]["files"]["failed"] >= 1 and job["progress"]["fraction"] != 1


def test_a_storm_of_verbs_ends_in_one_state(world):
    client, identity = start_slow(world, count=60, latency=30)

    def act(verbs):
        mine = world.new_client()
        for verb in verbs:
            mine.act(identity, verb).expect(202, 409)

    threads = [threading.Thread(target=act, args=(verbs,)) for verbs in (
        ["pause", "resume"] * 10, ["resume", "pause"] * 10, ["resume"] * 20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    # 409 for as long as the last pause waits for its requests.
    eventually(lambda: client.act(identity, "resume").expect(202, 409).status == 202)
    job = client.wait(identity)
    assert job["state"] == "succeeded" and job["progress"]["files"]["succeeded"] == 60
