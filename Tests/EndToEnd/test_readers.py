"""Five hundred readers of one job's stream at once."""

from harness.crowd import Crowd
from harness.processes import eventually
from harness.trees import many

FILES = 3000


def test_five_hundred_readers(world):
    """`types=job.*`, five of them unfiltered: all get their stories in order, at under 64 MiB more memory."""
    client = world.start(store_arguments=["--latency-ms", "20"])
    many(world.root, FILES, size=10)
    client.succeed(world.spec(prefix="warm", include=["d0000/*"], concurrency=32))
    job = client.submit(world.spec(concurrency=1))  # a minute, which is enough for all of them to come
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 50)
    before = world.service.status("VmRSS")
    world.service.reset_peak()
    target = f"/v1/jobs/{job['id']}/events"
    crowd = Crowd(world.service.url, [target + "?types=job.*"] * 495 + [target] * 5)
    crowd.read(until=lambda: all(reader.head and reader.names for reader in crowd.readers), timeout=50)
    client.request("PATCH", f"/v1/jobs/{job['id']}", json={"concurrency": 32}).expect(200)
    crowd.read(until=lambda: False, timeout=120)
    peak = world.service.status("VmHWM")
    print(f"memory: {before} KiB before, {peak} KiB at most with 500 readers")
    assert (peak - before) / 1024 < 64
    assert all(reader.ended for reader in crowd.readers), "every stream ended by itself"
    for reader in crowd.readers:
        assert reader.in_order and reader.names["job.snapshot"] == 1 and reader.names["job.succeeded"] == 1
    for reader in crowd.readers[:495]:
        assert all(name.startswith("job.") for name in reader.names)
    for reader in crowd.readers[495:]:
        assert len(reader.paths) == reader.names["file.succeeded"] == FILES
    crowd.close()
    eventually(lambda: world.service.descriptors() < 120)


def test_readers_that_never_read_hold_nobody_up(world, client):
    """A hundred readers with full sockets: the job ends in its own time, and the service forgets them."""
    many(world.root, 5000, size=10)
    job = client.submit(world.spec(concurrency=32))
    crowd = Crowd(world.service.url, [f"/v1/jobs/{job['id']}/events"] * 100)
    assert client.wait(job["id"], timeout=60)["state"] == "succeeded"
    assert world.service.status("VmHWM") < 256 * 1024
    crowd.close()
    eventually(lambda: world.service.descriptors() < 120)


def test_readers_that_come_and_go_leave_no_descriptor(world):
    client = world.start(store_arguments=["--latency-ms", "50"])
    many(world.root, 200, size=10)
    job = client.submit(world.spec(concurrency=2))
    counted = world.service.descriptors()
    for _ in range(10):
        crowd = Crowd(world.service.url, [f"/v1/jobs/{job['id']}/events"] * 20)
        crowd.read(until=lambda: all(reader.names for reader in crowd.readers), timeout=20)
        crowd.close()
    # The store's connections for readers, which are opened as they are needed, are a dozen.
    eventually(lambda: world.service.descriptors() <= counted + 20, told=world.service.open_files)
    client.act(job["id"], "cancel")
