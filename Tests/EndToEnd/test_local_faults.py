"""What is wrong on this machine: no room for the state, no descriptors, a damaged database, a second service."""

import os
import random
import shutil
import socket
import subprocess
import threading
import time

import pytest
import requests

from harness.client import Client
from harness.processes import BINARY, clean_environment, eventually
from harness.stores import assert_same_tree, open_uploads
from harness.trees import big, make

MIB = 1 << 20
# What a service may take to end after SIGTERM beyond drain_seconds.
BOUND = 10


@pytest.fixture
def small_disk(world):
    """The state directory on a file system of its own, with 2 MiB."""
    folder = world.folder / "state"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    world.close()
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """A file that takes all the room there is; returns it."""
    ballast = folder / "ballast"
    with open(ballast, "ab", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return ballast


def refused(world, client, spec):
    """Fills the service's state until a submission is refused."""
    problem = None

    def is_refused():
        nonlocal problem
        fill(world.service.state)
        reply = client.post({**spec, "paths": ["not-there-" + "x" * 200 for _ in range(20)], "labels": {"filler": "1"}})
        problem = reply if reply.status == 503 else None
        return problem

    eventually(is_refused, timeout=60)
    return problem.problem(503, "STATE_UNAVAILABLE")


def test_jobs_wait_for_room_and_go_on(world, small_disk):
    client = world.start(store_arguments=["--latency-ms", "10"])
    tree = make(world.root, [f"f{i:04d}" for i in range(1500)])
    tree["large.bin"] = big(world.root / "large.bin", 24 * MIB)
    empty = world.root / "empty"
    empty.mkdir()
    job = client.submit(world.spec(concurrency=4))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 50)
    problem = refused(world, client, world.spec(source=str(empty)))
    assert problem["retryable"] is True
    shown = client.wait_until(job["id"], lambda job: job["queue"]["waiting_for"] == "state_disk", timeout=60)
    assert shown["state"] == "running" and shown["state_reason"] == "state_disk_full"
    ready = client.get("/readyz").problem(503, "STATE_UNAVAILABLE")
    assert "state directory" in ready["detail"].lower()
    assert client.get("/livez").status == 200
    # Nothing is sent that can't be recorded.
    eventually(lambda: world.store.stats()["in_flight"] == 0)
    sent = world.store.stats()["requests"]
    time.sleep(1)
    still = world.store.stats()["requests"]
    assert sum(still.values()) - sum(sent.values()) <= 4, (sent, still)
    (small_disk / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded" and ended["state_reason"] is None
    assert ended["progress"]["files"]["succeeded"] == 1501
    eventually(lambda: client.get("/readyz").status == 200)
    assert_same_tree(world.store.s3, "bucket", tree)
    assert world.store.puts() <= 1500 + 8
    assert open_uploads(world.store.s3, "bucket") == []


def test_a_stop_on_a_full_disk_ends_and_loses_nothing(world, small_disk):
    client = world.start(store_arguments=["--latency-ms", "10"], config={"drain_seconds": 2})
    tree = make(world.root, [f"f{i:04d}" for i in range(1500)])
    empty = world.root / "empty"
    empty.mkdir()
    job = client.submit(world.spec(concurrency=4))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 50)
    refused(world, client, world.spec(source=str(empty)))
    client.wait_until(job["id"], lambda job: job["queue"]["waiting_for"] == "state_disk", timeout=60)
    began = time.monotonic()
    assert world.service.stop(timeout=2 + BOUND) == 0
    assert time.monotonic() - began < 2 + BOUND
    (small_disk / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    client = world.restart()
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded" and ended["attempt"] == 1
    assert_same_tree(world.store.s3, "bucket", tree)


def refuses(world, state, *, code=2, timeout=30):
    """A start on this state directory: it must end by itself with `code` and one line, which is returned."""
    ended = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--state-dir", state, "--root", world.root],
        capture_output=True, text=True, timeout=timeout, env=clean_environment(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b"))
    told = f"{ended.returncode}: {ended.stdout} {ended.stderr}"
    assert ended.returncode == code, told
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and not ended.stdout, told
    return lines[0]


def test_a_state_directory_that_is_read_only_is_named(world, small_disk):
    world.start()
    world.service.stop()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert str(small_disk) in refuses(world, small_disk)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    world.restart()


def test_a_state_directory_without_room_is_named(world, small_disk):
    fill(small_disk)
    assert str(small_disk) in refuses(world, small_disk)


def test_the_second_service_on_a_directory_refuses(world, client):
    make(world.root, ["a"])
    line = refuses(world, world.service.state)
    assert "another service" in line and str(world.service.state) in line
    assert client.succeed(world.spec())["state"] == "succeeded"


# A damaged database


def prepared(world):
    """A state directory with an ended and a paused job, and no service on it."""
    client = world.start(store_arguments=["--latency-ms", "5"])
    make(world.root, [f"f{i:04d}" for i in range(1000)])
    ended = client.succeed(world.spec(concurrency=32))
    paused = client.submit(world.spec(prefix="again", concurrency=2))
    client.wait_until(paused["id"], lambda job: job["progress"]["files"]["succeeded"] >= 20)
    client.act(paused["id"], "pause").expect(202)
    client.wait_until(paused["id"], lambda job: job["state"] == "paused")
    return ended, paused


def damage_and_start(world, damage):
    """Several damages, each on a fresh copy: refused with advice, or served rightly."""
    ended, paused = prepared(world)
    world.service.stop()
    state, kept = world.service.state, world.folder / "kept"
    shutil.copytree(state, kept)
    seen = {"refused": 0, "served": 0}
    for round_number in range(12):
        shutil.rmtree(state)
        shutil.copytree(kept, state)
        told = damage(state / "longshore.sqlite", random.Random(round_number))
        outcome = start_or_refuse(world, state, told)
        seen["refused" if outcome else "served"] += 1
        if not outcome:
            client = Client(world.service.url)
            check_unharmed(client, ended, paused, told)
            world.service.stop()
    return seen


def start_or_refuse(world, state, told):
    """The line of a start that refuses; None when the service runs."""
    world.service.process.wait(30)
    log = world.service.log_path
    before = log.stat().st_size
    try:
        world.restart()
        return None
    except AssertionError as error:
        line = log.read_text()[before:].strip()
        assert "ended with 2" in str(error), f"{told}: {error}"
        assert len(line.splitlines()) == 1 and "Fatal" not in line, f"{told}: {line}"
        assert str(state) in line and ("damaged" in line or "newer" in line), f"{told}: {line}"
        return line


def check_unharmed(client, ended, paused, told):
    """A service that runs on a damaged database answers rightly, or with a problem: never with something else."""
    for job, count in ((ended, 1000), (paused, 1000)):
        reply = client.get(f"/v1/jobs/{job['id']}")
        if reply.status == 503:
            reply.problem(503, "STATE_UNAVAILABLE")
            continue
        shown = reply.expect(200).json
        assert shown["id"] == job["id"] and shown["progress"]["files"]["total"] == count, told
        target, rows = f"/v1/jobs/{job['id']}/files?page_size=1000", 0
        reply = client.get(target)
        if reply.status == 503:
            reply.problem(503, "STATE_UNAVAILABLE")
            continue
        rows = reply.expect(200).json["files"]
        assert len(rows) == count and all(row["path"].startswith("f") for row in rows), told


def test_random_bytes_over_pages(world):
    def damage(path, dice):
        size = path.stat().st_size
        with open(path, "r+b") as file:
            places = [dice.randrange(size // 4096) * 4096 + dice.randrange(2048) for _ in range(3)]
            for place in places:
                file.seek(place)
                file.write(dice.randbytes(512))
        return f"random bytes at {places}"

    assert damage_and_start(world, damage)["refused"] >= 6


def test_a_truncated_file(world):
    def damage(path, dice):
        size = dice.randrange(1, path.stat().st_size)
        os.truncate(path, size)
        return f"cut to {size}"

    assert damage_and_start(world, damage) == {"refused": 12, "served": 0}


def test_a_garbage_header(world):
    def damage(path, dice):
        with open(path, "r+b") as file:
            file.write(dice.randbytes(dice.choice([16, 100, 4096])))
        return "garbage in the header"

    assert damage_and_start(world, damage) == {"refused": 12, "served": 0}


def test_an_empty_file_in_place_of_the_database(world):
    """Nothing but a name is left: all jobs are lost, and it must not look as if there had been none."""
    def damage(path, dice):
        os.truncate(path, 0)
        return "emptied"

    assert damage_and_start(world, damage)["served"] == 0


def test_a_database_without_its_log(world):
    """Killed, then without the -wal file that held what was committed last: an older state, whole."""
    ended, paused = prepared(world)
    world.service.kill()
    for name in ("longshore.sqlite-wal", "longshore.sqlite-shm"):
        (world.service.state / name).unlink(missing_ok=True)
    if start_or_refuse(world, world.service.state, "no -wal") is None:
        client = Client(world.service.url)
        jobs = client.pages("/v1/jobs", "jobs")
        assert all(job["progress"]["files"]["total"] in (0, 1000) for job in jobs)
        assert client.succeed(world.spec(prefix="third"))["state"] == "succeeded"


# Descriptors


def test_256_descriptors(world):
    """64 requests at a time, 200 streams and idle connections: jobs succeed, and whoever asks is answered or refused."""
    tree = make(world.root, [f"d{i % 5}/f{i:03d}" for i in range(200)], size=100_000)
    tree["large.bin"] = big(world.root / "large.bin", 96 * MIB)
    client = world.start(
        store_arguments=["--latency-ms", "20"], concurrency=64, wrapper=["prlimit", "--nofile=256:256"])
    job = client.submit(world.spec(concurrency=64))
    crowd, answers = [], []
    address = client.url.removeprefix("http://").split(":")
    for index in range(200):
        connection = socket.create_connection((address[0], int(address[1])), timeout=20)
        if index % 2:
            connection.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        crowd.append(connection)
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            try:
                answers.append(requests.get(client.url + "/readyz", timeout=10).status_code)
            except requests.RequestException as error:
                answers.append(type(error).__name__)
            time.sleep(0.1)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        # On the connection that was there before the crowd came.
        ended = client.wait(job["id"])
    finally:
        stop.set()
        asker.join()
        for connection in crowd:
            connection.close()
    assert ended["state"] == "succeeded", ended["errors"]
    assert world.service.descriptors() <= 256
    assert_same_tree(world.store.s3, "bucket", tree)
    assert set(answers) <= {200, 503}, answers
    eventually(lambda: requests.get(client.url + "/readyz", timeout=10).status_code == 200)
