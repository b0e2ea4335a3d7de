"""The large figures of the issue: bytes identical and memory bounded. Long, but for the shorter forms of the same."""

import pytest

from harness.stores import assert_same_file, listing, read
from harness.trees import big, many

GIB = 1 << 30
MIB = 1 << 20


def peak_mib(world):
    return world.service.status("VmHWM") / 1024


def test_ten_thousand_small_files_and_a_large_one(world, client):
    names = many(world.root / "small", 10_000)
    path = big(world.root / "large.bin", 256 * MIB)
    job = client.succeed(world.spec(concurrency=32), timeout=240)
    assert job["progress"]["files"]["succeeded"] == 10_001
    found = listing(world.store.s3, "bucket")
    assert found == {**{f"small/{name}": size for name, size in names.items()}, "large.bin": 256 * MIB}
    assert_same_file(world.store.s3, "bucket", "large.bin", path)
    for name in list(names)[::37]:
        assert read(world.store.s3, "bucket", f"small/{name}") == (world.root / "small" / name).read_bytes()
    print(f"peak {peak_mib(world):.1f} MiB")
    assert peak_mib(world) < 96


@pytest.mark.timeout(1200)  # a busy disk takes minutes to remove them
def test_two_hundred_thousand_planned_files(world, client):
    many(world.root, 200_000, size=1)
    plan = client.post(world.spec(validate_only=True), timeout=90).expect(200).json
    assert plan["scan_complete"] and plan["files"] == 200_000
    print(f"peak {peak_mib(world):.1f} MiB")
    assert peak_mib(world) < 128


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_ten_thousand_small_files_and_one_of_four_gib(world, client):
    names = many(world.root / "small", 10_000)
    path = big(world.root / "large.bin", 4 * GIB)
    job = client.succeed(world.spec(concurrency=32), timeout=600)
    assert job["progress"]["files"]["succeeded"] == 10_001
    print(f"peak {peak_mib(world):.1f} MiB")
    assert peak_mib(world) < 96
    assert len(listing(world.store.s3, "bucket")) == 10_001
    assert_same_file(world.store.s3, "bucket", "large.bin", path)
    for name in names:
        assert read(world.store.s3, "bucket", f"small/{name}") == (world.root / "small" / name).read_bytes()


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_million_planned_files(world, client):
    many(world.root, 1_000_000, size=0, per_folder=1000)
    plan = client.post(world.spec(validate_only=True), timeout=120).expect(200).json
    assert plan["files"] > 100_000 and (plan["files"] == 1_000_000 or not plan["scan_complete"])
    assert peak_mib(world) < 128
    job = client.succeed(world.spec(concurrency=64), timeout=1500)
    assert job["progress"]["files"]["succeeded"] == 1_000_000
    print(f"peak {peak_mib(world):.1f} MiB")
    assert peak_mib(world) < 128
