"""Tenants: neither reads, changes or counts the other's jobs by any call, stream, metric or error; shares hold under load."""

import hashlib
import json
import signal
import time

import pytest

from harness.contract import contract
from harness.processes import eventually
from harness.trees import make, many

TOKENS = {"a": "token-of-a", "b": "token-of-b", "reader": "token-of-reader", "operator": "token-of-operator"}


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def settings(world, **more):
    """Two tenants with a root and buckets each, a token of a that only reads, and an operator."""
    return {
        "tokens": [
            {"name": "a", "sha256": digest(TOKENS["a"]), "tenant": "a"},
            {"name": "reader", "sha256": digest(TOKENS["reader"]), "tenant": "a", "scopes": ["read"]},
            {"name": "b", "sha256": digest(TOKENS["b"]), "roots": [str(world.root / "b")], "stores": ["default"],
             "buckets": ["b-*"], "prefixes": ["b/"], "weight": 1},
            {"name": "operator", "sha256": digest(TOKENS["operator"]), "scopes": ["read", "submit", "admin"]},
        ],
        "tenants": {"a": {"weight": 3, "roots": [str(world.root / "a")]}},
        "stores": {"secret": {"endpoint": "http://127.0.0.1:9"}},
        **more,
    }


class Tenants:
    def __init__(self, world, *, store_arguments=("--latency-ms", "20"), **named):
        for name in ("a", "b"):
            (world.root / name).mkdir()
        world.start(store_arguments=[*store_arguments, "--bucket", "b-1"], config=settings(world), roots=[], **named)
        self.world = world
        for name, token in TOKENS.items():
            setattr(self, name, world.new_client(token=token))

    def spec(self, name, **fields):
        place = {"a": {"bucket": "bucket"}, "b": {"bucket": "b-1", "prefix": "b"}}[name]
        return {"source": str(self.world.root / name), **place, **fields}


@pytest.fixture
def tenants(world):
    return Tenants(world)


def unknown(reply, identity):
    """A reply with the id that it was asked for taken out."""
    kept = {name: value for name, value in reply.headers.items() if name not in ("Date", "Content-Length")}
    return reply.status, kept, reply.body.replace(identity.encode(), b"ID")


def test_no_call_meets_anothers_job(tenants, world):
    """Every operation of the contract, with the id of a's running job and b's token. One that is new fails here until it is
    looked at."""
    many(world.root / "a", 400, size=10)
    a, b = tenants.a, tenants.b
    job = a.submit(tenants.spec("a", concurrency=2, labels={"team": "x"}), key="same")
    identity, absent = job["id"], "0" * len(job["id"])
    bodies = {"patchJob": {"labels": {"stolen": "yes"}, "concurrency": 1}}
    seen = {}
    for method, path, operation in contract().operations():
        if "{id}" in path and operation["operationId"] != "putJob":
            body = bodies.get(operation["operationId"])
            replies = [b.request(method, path.replace("{id}", one), json=body) for one in (identity, absent)]
            assert replies[0].status == 404, (method, path, replies[0])
            assert unknown(replies[0], identity) == unknown(replies[1], absent), (method, path)
        else:
            seen[operation["operationId"]] = (method, path)
    # An id is a tenant's own: b's job of that name says nothing of a's, which stays as it was.
    make(world.root / "b", ["mine.txt"])
    assert b.request("PUT", f"/v1/jobs/{identity}", json=tenants.spec("b")).expect(202).json["tenant"] == "b"
    b.wait(identity)
    b.request("DELETE", f"/v1/jobs/{identity}").expect(204)
    b.get(f"/v1/jobs/{identity}").problem(404, "JOB_NOT_FOUND")
    del seen["putJob"]
    # The same idempotency key with another spec is no conflict.
    mine = b.submit(tenants.spec("b"), key="same")
    b.wait(mine["id"])
    assert mine["id"] != identity and mine["queue"]["position"] == 0
    del seen["createJob"]
    for query in ("", "?state=running", "?kind=upload", "?label.team=x", "?state=running&kind=upload", "?state=queued"):
        listed = b.get(f"/v1/jobs{query}").expect(200).json["jobs"]
        assert all(one["tenant"] == "b" for one in listed), (query, listed)
        assert [one["id"] for one in a.get(f"/v1/jobs{query}").json["jobs"]] == ([] if "queued" in query else [identity])
    del seen["listJobs"]
    assert b.get("/v1/limits").json["in_flight"] == 0
    assert eventually(lambda: a.get("/v1/limits").json["in_flight"] == 2)
    del seen["getLimits"]
    refused = b.request("PATCH", "/v1/limits", json={"concurrency": 1})
    refused.problem(403, "FORBIDDEN")
    assert 'scope="admin"' in refused.headers["WWW-Authenticate"]
    del seen["patchLimits"]
    assert [store["name"] for store in b.get("/v1/stores").json["stores"]] == ["default"]
    assert [store["name"] for store in a.get("/v1/stores").json["stores"]] == ["default", "secret"]
    del seen["listStores"]
    ticket = b.request("POST", "/v1/tickets").expect(200).json["ticket"]
    world.new_client(token=None).get(f"/v1/jobs/{identity}/events?ticket={ticket}").problem(404, "JOB_NOT_FOUND")
    del seen["createTicket"]
    nothing_in_the_stream(tenants, identity)
    del seen["streamAll"]
    for operation in ("livez", "readyz", "getContract"):
        b.get(seen.pop(operation)[1]).expect(200)
    b.get(seen.pop("getMetrics")[1]).problem(403, "FORBIDDEN")
    tenants.operator.get("/metrics").expect(200)
    # Files of the page, the same for everybody.
    del seen["getDashboard"], seen["getDashboardAsset"]
    assert not seen, f"not looked at: {seen}"
    now = a.job(identity)
    assert now["state"] == "running" and now["spec"]["labels"] == {"team": "x"} and now["spec"]["concurrency"] == 2
    # An operator sees and steers all.
    assert {one["tenant"] for one in tenants.operator.get("/v1/jobs").json["jobs"]} == {"a", "b"}
    assert tenants.operator.get("/v1/limits").json["in_flight"] == 2
    tenants.operator.act(identity, "cancel").expect(202)


def nothing_in_the_stream(tenants, identity):
    """b's stream over all jobs, from the first revision on, while a's job moves: b's own events only, then none."""
    before = tenants.a.job(identity)["progress"]["files"]["succeeded"]
    stream = tenants.b.stream("/v1/events?after=1&interval_ms=100")
    try:
        own = tenants.b.submit(tenants.spec("b", overwrite="always"))["id"]
        for event in stream:
            # b's own job of that id was deleted above.
            assert event.data["job_id"] != identity or event.event == "job.deleted", event
            assert event.data.get("tenant", "b") == "b", event
            if event.event == "job.succeeded" and event.data["job_id"] == own:
                break
    finally:
        stream.close()
    tenants.a.wait_until(identity, lambda job: job["progress"]["files"]["succeeded"] > before)


def test_errors_are_those_of_what_does_not_exist(tenants, world):
    make(world.root / "a", ["secret.txt"])
    make(world.root / "b", ["mine.txt"])
    b = tenants.b

    def told(**fields):
        reply = b.post(tenants.spec("b", **fields))
        problem = reply.json
        return reply.status, problem["code"], problem.get("errors")

    # A path outside of its roots, whether there is something or not; a store that is there, and one that is not.
    there, absent = (b.post(tenants.spec("b", source=str(world.root / name))) for name in ("a", "none"))
    for reply in (there, absent):
        reply.problem(403, "PATH_NOT_ALLOWED")
    assert unknown(there, str(world.root / "a")) == unknown(absent, str(world.root / "none"))
    there, absent = (b.post(tenants.spec("b", store=name)) for name in ("secret", "nowhere"))
    there.problem(422, "UNKNOWN_STORE")
    assert unknown(there, "secret") == unknown(absent, "nowhere")
    assert told(bucket="bucket") == (403, "FORBIDDEN", [{"pointer": "/bucket", "detail": "is no bucket that the token allows"}])
    for prefix in ("", "bb/", "a/", "b/../a", "/b"):
        assert told(prefix=prefix)[1:] == ("FORBIDDEN", [{"pointer": "/prefix", "detail": "must begin with b/"}]), prefix
    key = {"prefix": None, "key": "a/x", "source": str(world.root / "b" / "mine.txt")}
    spec = {name: value for name, value in tenants.spec("b", **key).items() if value is not None}
    assert b.post(spec).problem(403, "FORBIDDEN")["errors"][0]["pointer"] == "/key"
    # Both ends of a copy, and what a download reads.
    copy = {"kind": "copy", "source_bucket": "bucket", "source_prefix": "", "bucket": "b-1", "prefix": "b/"}
    assert [fault["pointer"] for fault in b.post(copy).problem(403, "FORBIDDEN")["errors"]] == [
        "/source_bucket", "/source_prefix"]
    copy = {"kind": "copy", "source_bucket": "b-1", "source_prefix": "b/x", "bucket": "bucket", "prefix": "b/"}
    assert [fault["pointer"] for fault in b.post(copy).problem(403, "FORBIDDEN")["errors"]] == ["/bucket"]
    download = {"kind": "download", "bucket": "bucket", "prefix": "b/", "destination": str(world.root / "b" / "out")}
    b.post(download).problem(403, "FORBIDDEN")
    assert not (world.root / "b" / "out").exists()
    b.wait(b.submit(tenants.spec("b", prefix="b/deep"))["id"])
    assert b.post({**tenants.spec("b"), "validate_only": True}).expect(200).json["files"] == 1


def test_scopes_bind(tenants, world):
    make(world.root / "a", ["a.txt"])
    job = tenants.a.succeed(tenants.spec("a"))
    reader = tenants.reader
    assert reader.job(job["id"])["state"] == "succeeded"
    assert reader.get("/v1/jobs").json["jobs"][0]["id"] == job["id"]
    for method, path, body in (
            ("POST", "/v1/jobs", tenants.spec("a")), ("PUT", "/v1/jobs/x", tenants.spec("a")),
            ("PATCH", f"/v1/jobs/{job['id']}", {"labels": {}}), ("DELETE", f"/v1/jobs/{job['id']}", None),
            *(("POST", f"/v1/jobs/{job['id']}/{verb}", None) for verb in ("cancel", "pause", "resume", "retry"))):
        refused = reader.request(method, path, json=body)
        refused.problem(403, "FORBIDDEN")
        assert 'scope="submit"' in refused.headers["WWW-Authenticate"]
    world.new_client(token="wrong").get("/v1/jobs").problem(401, "UNAUTHORIZED")
    # Two tokens of one tenant: its jobs are the same.
    assert reader.job(job["id"])["tenant"] == "a"


def test_shares_between_tenants_hold_under_load(world):
    """3 to 1, however many jobs each has: one of a's against four of b's, whose priorities are higher."""
    tenants = Tenants(world, concurrency=16)
    many(world.root / "a", 12_000, size=10)
    for index in range(4):
        many(world.root / "b" / f"j{index}", 2_000, size=10)
    jobs = [(tenants.a, tenants.a.submit(tenants.spec("a", concurrency=64, priority=1))["id"])]
    for index in range(4):
        spec = tenants.spec("b", source=str(world.root / "b" / f"j{index}"), prefix=f"b/{index}", priority=9, concurrency=64)
        jobs.append((tenants.b, tenants.b.submit(spec)["id"]))

    def moved():
        counts = [client.job(identity)["progress"]["files"]["succeeded"] for client, identity in jobs]
        return counts[0], sum(counts[1:])

    for client, identity in jobs:
        client.wait_until(identity, lambda job: job["progress"]["files"]["succeeded"] >= 20)
    before = moved()
    time.sleep(4)  # a measuring window, not a wait for an outcome
    after = moved()
    assert all(not client.job(identity)["done"] for client, identity in jobs), "all must have work for the whole window"
    a, b = (late - early for early, late in zip(before, after))
    print(f"tenants of weights 3 and 1 moved {a} and {b}: {a / b:.2f} to 1")
    assert 2.7 <= a / b <= 3.3
    for client, identity in jobs:
        client.act(identity, "cancel")


def test_jobs_keep_their_tenant_over_a_restart(tenants, world):
    many(world.root / "a", 300, size=10)
    job = tenants.a.submit(tenants.spec("a", concurrency=2))
    tenants.a.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 10)
    world.service.kill()
    world.restart()
    again = world.new_client(token=TOKENS["a"])
    assert again.job(job["id"])["tenant"] == "a"
    world.new_client(token=TOKENS["b"]).get(f"/v1/jobs/{job['id']}").problem(404, "JOB_NOT_FOUND")
    assert again.wait(job["id"])["state"] == "succeeded"


def write_settings(world, value):
    (world.folder / "longshore.yaml").write_text(json.dumps(value))


def reload(world):
    """Sends SIGHUP and waits for the log to tell of it."""
    told = world.service.log.count("settings were read again") + world.service.log.count("settings stay")
    world.service.process.send_signal(signal.SIGHUP)
    eventually(lambda: world.service.log.count("settings were read again")
               + world.service.log.count("settings stay") > told)
    return world.service.log


def test_settings_are_read_again(tenants, world):
    make(world.root / "a", ["a.txt"])
    job = tenants.a.succeed(tenants.spec("a"))
    stream = tenants.b.stream("/v1/events")
    new = settings(world, concurrency=7)
    # b's token is replaced, under another tenant of its own name; a gets a second one.
    new["tokens"][2] = {"name": "a2", "sha256": digest("second"), "tenant": "a", "scopes": ["read"]}
    write_settings(world, new)
    log = reload(world)
    assert "needs_restart=concurrency" in log and "second" not in log and digest("second") not in log
    tenants.b.get("/v1/jobs").problem(401, "UNAUTHORIZED")
    assert world.new_client(token="second").job(job["id"])["tenant"] == "a"
    # What the token had opened ends with it, at the next line.
    with pytest.raises(Exception):
        for _ in stream:
            pass
        raise EOFError
    write_settings(world, {"tokens": "none"})
    log = reload(world)
    assert "settings stay as they were" in log and "tokens must be a list" in log
    assert world.new_client(token="second").get("/v1/jobs").expect(200)
    (world.folder / "longshore.yaml").unlink()
    reload(world)
    assert tenants.a.get("/v1/jobs").expect(200)
