"""kill -9 in the middle: after the next start every job goes on, and nothing that was recorded is sent again."""

import pytest

from harness.processes import eventually
from harness.stores import assert_same_tree, listing, open_uploads
from harness.trees import big, make, many

MIB = 1 << 20


def test_small_files_go_on(world):
    client = world.start(store_arguments=["--latency-ms", "20"])
    tree = make(world.root, [f"f{i:03d}" for i in range(300)])
    job = client.submit(world.spec(concurrency=4, labels={"a": "b"}))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 100)
    recorded = {row["path"] for row in client.files(job["id"], state="succeeded")}
    world.service.kill()
    client = world.restart()
    shown = client.job(job["id"])
    assert shown["spec"] == job["spec"] and shown["create_time"] == job["create_time"]
    again = {row["path"] for row in client.files(job["id"], state="succeeded")}
    # What a reader has seen as stored is stored, but for a power loss; a kill loses nothing that was committed.
    assert recorded <= again
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded" and ended["attempt"] == 1
    assert ended["progress"]["files"]["succeeded"] == ended["progress"]["files"]["total"] == 300
    assert_same_tree(world.store.s3, "bucket", tree)
    # Twice only what was acknowledged and not yet committed: 20 ms of four requests at 20 ms each.
    assert world.store.puts() <= 300 + 16


def test_a_large_file_goes_on_and_leaves_nothing_behind(world, client):
    tree = {"large.bin": big(world.root / "large.bin", 80 * MIB)}
    job = client.submit(world.spec(bandwidth_limit=20 * MIB, concurrency=2))
    client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 3)
    assert len(open_uploads(world.store.s3, "bucket")) == 1
    world.service.kill()
    client = world.restart()
    client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded"
    assert_same_tree(world.store.s3, "bucket", tree)
    eventually(lambda: open_uploads(world.store.s3, "bucket") == [], told="no multipart upload is left behind")


@pytest.mark.parametrize("moment", ["at once", "scanning", "first bytes", "last file", "after the end"])
def test_at_each_moment(world, moment):
    client = world.start(store_arguments=["--latency-ms", "15"])
    tree = make(world.root, [f"d{i % 7}/f{i:03d}" for i in range(120)])
    tree["large.bin"] = big(world.root / "large.bin", 20 * MIB)
    job = client.submit(world.spec(concurrency=4))
    if moment == "scanning":
        client.get(f"/v1/jobs/{job['id']}")
    elif moment == "first bytes":
        client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 1)
    elif moment == "last file":
        client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 115)
    elif moment == "after the end":
        client.wait(job["id"])
    world.service.kill()
    client = world.restart()
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded" and ended["progress"]["files"]["total"] == 121
    assert_same_tree(world.store.s3, "bucket", tree)
    # Not even the one of which only the intention is known, when the kill came before its upload id was recorded.
    eventually(lambda: open_uploads(world.store.s3, "bucket") == [])


def test_again_and_again(world):
    client = world.start(store_arguments=["--latency-ms", "10"])
    tree = make(world.root, [f"f{i:04d}" for i in range(600)])
    job = client.submit(world.spec(concurrency=4))
    kills = 0
    while kills < 8:
        now = client.job(job["id"])
        if now["done"]:
            break
        wanted = now["progress"]["files"]["succeeded"] + 50
        client.wait_until(job["id"], lambda job: job["done"] or job["progress"]["files"]["succeeded"] >= wanted)
        world.service.kill()
        kills += 1
        client = world.restart()
    ended = client.wait(job["id"])
    assert kills >= 5 and ended["state"] == "succeeded" and ended["progress"]["files"]["succeeded"] == 600
    assert_same_tree(world.store.s3, "bucket", tree)


def test_in_the_middle_of_a_large_scan(world):
    client = world.start()
    names = many(world.root, 10_000, size=16)
    job = client.submit(world.spec(concurrency=32))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["total"] >= 1000)
    world.service.kill()
    client = world.restart()
    ended = client.wait(job["id"], timeout=120)
    assert ended["state"] == "succeeded"
    assert ended["progress"]["files"]["total"] == ended["progress"]["files"]["succeeded"] == 10_000
    assert set(listing(world.store.s3, "bucket")) == set(names)


def test_a_job_that_is_cancelling_ends_cancelled(world, client):
    big(world.root / "large.bin", 64 * MIB)
    job = client.submit(world.spec(bandwidth_limit=8 * MIB))
    client.wait_until(job["id"], lambda job: job["progress"]["bytes"]["in_flight"] > 0)
    client.act(job["id"], "cancel").expect(202)
    world.service.kill()
    client = world.restart()
    assert client.wait(job["id"])["state"] == "cancelled"
    eventually(lambda: open_uploads(world.store.s3, "bucket") == [])


def test_an_accepted_job_is_on_disk_before_the_reply(world, client):
    make(world.root, ["a"])
    identities = []
    for _ in range(10):
        identities.append(client.submit(world.spec())["id"])
        world.service.kill()
        client = world.restart()
    for identity in identities:
        assert client.wait(identity)["state"] == "succeeded"


def test_changes_by_patch_and_pause_survive(world):
    client = world.start(store_arguments=["--latency-ms", "100"])
    make(world.root, [f"f{i:03d}" for i in range(60)])
    job = client.submit(world.spec(concurrency=2))
    client.request("PATCH", f"/v1/jobs/{job['id']}", json={"concurrency": 5, "labels": {"x": "y"}}).expect(200)
    client.act(job["id"], "pause").expect(202)
    client.wait_until(job["id"], lambda job: job["state"] == "paused")
    world.service.kill()
    client = world.restart()
    shown = client.job(job["id"])
    assert shown["state"] == "paused" and shown["spec"]["concurrency"] == 5 and shown["spec"]["labels"] == {"x": "y"}
