"""Killed in the middle of a large file: what the next start does first, and how much it sends again."""

import time

import pytest

from harness.stores import assert_same_file, open_uploads
from harness.trees import big
from requestlog import RequestLog

MIB = 1 << 20
PART = 8 * MIB
CONCURRENCY = 16


def killed_in_the_middle(world, size):
    """Seconds from the next start to its first missing part, and the requests that came twice."""
    log = world.folder / "requests.log"
    world.start_store("--log", log)
    client = world.start()
    path = big(world.root / "large.bin", size)
    job = client.submit(world.spec(part_size=PART, concurrency=CONCURRENCY))
    client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] * PART >= size // 2)
    world.service.kill()
    requests = RequestLog(log)
    began = time.time()
    client = world.restart()
    ended = client.wait(job["id"], timeout=600)
    assert ended["state"] == "succeeded"
    assert_same_file(world.store.s3, "bucket", "large.bin", path)
    assert open_uploads(world.store.s3, "bucket") == []
    sent = requests.read()
    first = min(request.began for request in sent if request.began >= began) - began
    seen, again = {}, []
    for request in sent:
        if request.part in seen:
            again.append(seen[request.part])
        seen[request.part] = request
    told = (f"{size // MIB} MiB: first missing part {first:.3f} s after the start, {len(again)} parts sent again, of which "
            f"{sum(request.bytes for request in again) // MIB} MiB had come; reused {ended['progress']['bytes']['reused'] // MIB} MiB")
    print(told)
    # In flight, or answered within the commit interval before the kill.
    assert len(again) <= CONCURRENCY + CONCURRENCY, told
    assert all(request.ended >= began - 2 for request in again), told
    assert ended["progress"]["bytes"]["reused"] >= size // 2 - CONCURRENCY * PART, told
    return first


def test_killed_in_the_middle_of_256_mib(world, capsys):
    with capsys.disabled():
        print()
        killed_in_the_middle(world, 256 * MIB)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_in_the_middle_of_4_gib(world, capsys):
    with capsys.disabled():
        print()
        assert killed_in_the_middle(world, 4096 * MIB) <= 1
