"""Download jobs: trees from other people's stores, odd keys, and stores and disks that do not keep still."""

import os
import subprocess

import pytest

from harness.stores import s3
from harness.trees import NEWLINE_NAME, ODD_NAMES, content

MIB = 1 << 20
SIZES = [0, 1, 5 * MIB - 1, 5 * MIB, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 24 * MIB]


def files_below(folder):
    """Relative name -> path of every regular file, hidden ones too."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def temporaries(folder):
    return [name for name in files_below(folder) if ".longshore-" in name]


def assert_downloaded(folder, expected):
    found = files_below(folder)
    assert set(found) == set(expected)
    for name, data in expected.items():
        assert found[name].read_bytes() == data, f"the bytes of {name!r} differ"


def put_all(client, bucket, tree, prefix=""):
    for name, data in tree.items():
        client.put_object(Bucket=bucket, Key=prefix + name, Body=data)


def put_parts(client, bucket, key, data, *sizes, **checksum):
    """Parts of these sizes; all that is left has the last one."""
    upload = client.create_multipart_upload(Bucket=bucket, Key=key, **checksum)["UploadId"]
    parts, start = [], 0
    while start < len(data):
        size = sizes[min(len(parts), len(sizes) - 1)]
        answer = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=(number := len(parts) + 1),
                                    Body=data[start:start + size], **checksum)
        start += size
        parts.append({"PartNumber": number, "ETag": answer["ETag"],
                      **{name: value for name, value in answer.items() if name.startswith("Checksum")}})
    client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


@pytest.fixture
def target(world):
    return world.root / "out"


def spec(world, target, **fields):
    return {"kind": "download", "bucket": "bucket", "destination": str(target), **fields}


class TestOtherStores:
    def fill(self, store, bucket, odd=True):
        client = s3(store)
        client.create_bucket(Bucket=bucket)
        tree = {name: content(name, 200) for name in (ODD_NAMES if odd else ["a", "d/b"])}
        for size in SIZES:
            tree[f"sizes/{size}"] = content(str(size), size)
        put_all(client, bucket, tree, "p/")
        tree["parts"] = content("parts", 22 * MIB)
        put_parts(client, bucket, "p/parts", tree["parts"], 5 * MIB)
        return tree

    def test_moto(self, world, moto, bucket, target):
        tree = self.fill(moto, bucket)
        world.start(store=moto)
        job = world.client.succeed(spec(world, target, bucket=bucket, prefix="p"))
        assert_downloaded(target, tree)
        assert job["progress"]["files"]["total"] == len(tree)
        head = s3(moto).head_object(Bucket=bucket, Key="p/parts")
        assert (target / "parts").stat().st_mtime == head["LastModified"].timestamp()

    def test_rclone(self, world, rclone, bucket, target):
        tree = self.fill(rclone, bucket, odd=False)
        world.start(store=rclone)
        world.client.succeed(spec(world, target, bucket=bucket, prefix="p"))
        assert_downloaded(target, tree)


class TestKeys:
    ESCAPING = ["..", "../a", "a/../b", "a/./b", "/absolute", "x//y", "link/x"]
    INVALID = ["n" * 256, "n" * 256 + "/x", "fifo"]

    def test_table(self, world, client, target):
        tree = {name: content(name, 50) for name in ODD_NAMES + [NEWLINE_NAME, "Case", "case"]}
        put_all(world.store.s3, "bucket", {**tree, **{key: b"x" for key in self.ESCAPING + self.INVALID}}, "p/")
        put_all(world.store.s3, "bucket", {"p/": b"", "p/folder/": b"", "p/deep/folder/": b""})
        elsewhere = world.folder / "elsewhere"
        elsewhere.mkdir()
        target.mkdir()
        (target / "link").symlink_to(elsewhere)
        os.mkfifo(target / "fifo")
        job = client.run(spec(world, target, prefix="p"))
        assert job["state"] == "partially_succeeded"
        failed = {row["path"]: row["error"]["code"] for row in client.files(job["id"], state="failed")}
        assert failed == {**dict.fromkeys(self.ESCAPING, "DESTINATION_ESCAPES_ROOT"),
                          **dict.fromkeys(self.INVALID, "INVALID_KEY")}
        assert_downloaded(target, tree)
        assert (target / "folder").is_dir() and (target / "deep" / "folder").is_dir()
        assert list(elsewhere.iterdir()) == [] and not (world.root / "a").exists()

    def test_parts_of_several_sizes(self, world, client, target):
        """Their number and the first one's size look as if all were as large: that is a guess, and no damage."""
        data = content("uneven", 18 * MIB)
        put_parts(world.store.s3, "bucket", "etag", data, 6 * MIB, 9 * MIB, 3 * MIB)
        put_parts(world.store.s3, "bucket", "sha", data, 6 * MIB, 9 * MIB, 3 * MIB, ChecksumAlgorithm="SHA256")
        job = client.succeed(spec(world, target))
        assert_downloaded(target, {"etag": data, "sha": data})
        assert job["progress"]["bytes"]["resent"] == 0

    def test_a_file_beside_a_folder_of_its_name(self, world, client, target):
        put_all(world.store.s3, "bucket", {"a": b"1", "a/b": b"2"})
        job = client.run(spec(world, target))
        assert job["state"] == "partially_succeeded"
        (failed,) = client.files(job["id"], state="failed")
        assert failed["error"]["code"] == "INVALID_KEY"

    def test_one_key(self, world, client, target):
        put_all(world.store.s3, "bucket", {"p/a/b.txt": b"one", "p/a/b.txt2": b"two"})
        client.succeed(spec(world, target, key="p/a/b.txt"))
        assert_downloaded(target, {"b.txt": b"one"})
        job = client.run(spec(world, target, key="p/none"))
        assert job["state"] == "failed" and job["errors"][0]["code"] == "NO_SUCH_KEY"

    def test_a_plan_names_what_would_come(self, world, client, target):
        put_all(world.store.s3, "bucket", {"p/a": b"1234", "p/large": bytes(20 * MIB), "p/skip.log": b"", "p/../x": b""})
        answer = client.request("POST", "/v1/jobs", json=spec(
            world, target, prefix="p", exclude=["*.log"], validate_only=True)).expect(200).json
        assert answer["files"] == 2 and answer["bytes"] == 20 * MIB + 4 and answer["requests"] == 1 + 1 + 3
        assert not target.exists()


class TestFaults:
    def test_overwritten_between_ranges(self, world, target):
        client = world.start()
        old, new = content("old", 40 * MIB), content("new", 40 * MIB)
        put_all(world.store.s3, "bucket", {"large": old})
        job = client.submit(spec(world, target, bandwidth_limit=10 * MIB, concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 1)
        put_all(world.store.s3, "bucket", {"large": new})
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
        assert client.wait(job["id"])["state"] == "succeeded"
        assert_downloaded(target, {"large": new})

    def test_destination_removed(self, world, client, target):
        put_all(world.store.s3, "bucket", {"large": bytes(40 * MIB), "b": b"1"})
        job = client.submit(spec(world, target, bandwidth_limit=10 * MIB, concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 1)
        subprocess.run(["rm", "-r", target], check=True)
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
        ended = client.wait(job["id"])
        assert ended["state"] in ("failed", "partially_succeeded")
        assert {error["code"] for error in ended["errors"]} == {"DESTINATION_UNWRITABLE"}
        client.request("POST", f"/v1/jobs/{job['id']}/retry").expect(202)
        assert client.wait(job["id"])["state"] == "succeeded"

    def test_disk_full(self, world, client):
        small = world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], capture_output=True)
        if mounted.returncode != 0:
            pytest.skip("tmpfs can't be mounted here")
        try:
            # What is far too large takes nothing from the others, not even for a moment.
            fits = {f"fits-{index}": bytes(50_000) for index in range(20)}
            large = {"large": bytes(40 * MIB), **{f"large-{index}": bytes(30 * MIB) for index in range(6)}}
            put_all(world.store.s3, "bucket", {**fits, **large, "medium": bytes(15 * MIB), "other": bytes(15 * MIB)})
            (small / "large").write_bytes(b"old")
            job = client.run(spec(world, small, concurrency=16))
            codes = {row["path"]: row["error"]["code"] for row in client.files(job["id"], state="failed")}
            assert set(codes.values()) == {"DISK_FULL"} and set(large) < set(codes) and not set(fits) & set(codes), codes
            assert (small / "large").read_bytes() == b"old" and temporaries(small) == []
        finally:
            client.wait(job["id"])
            world.service.stop()
            subprocess.run(["umount", small], check=True)

    @pytest.mark.parametrize("moment", [0, 1, 3, 6])
    def test_killed(self, world, target, moment):
        client = world.start()
        data = {"large": content("large", 64 * MIB), **{f"d/{i}": content(str(i), 1000) for i in range(50)}}
        put_all(world.store.s3, "bucket", data)
        target.mkdir()
        (target / "large").write_bytes(b"old")
        job = client.submit(spec(world, target, bandwidth_limit=20 * MIB, concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= moment)
        world.service.kill()
        assert (target / "large").read_bytes() in (b"old", data["large"])
        client = world.restart()
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["bytes"]["reused"] >= moment * 8 * MIB
        assert_downloaded(target, data)

    def test_killed_then_cancelled(self, world, target):
        client = world.start()
        put_all(world.store.s3, "bucket", {"large": bytes(64 * MIB), **{f"d/{i}": b"1" for i in range(50)}})
        job = client.submit(spec(world, target, bandwidth_limit=10 * MIB, concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 1)
        world.service.kill()
        assert len(temporaries(target)) >= 1
        client = world.restart()
        client.request("POST", f"/v1/jobs/{job['id']}/cancel").expect(202)
        assert client.wait(job["id"])["state"] == "cancelled"
        assert temporaries(target) == []


class TestControl:
    def test_the_stream_tells_every_part(self, world, client, target):
        put_all(world.store.s3, "bucket", {"large": content("large", 40 * MIB), "small": b"1"})
        job = client.succeed(spec(world, target))
        parts = client.parts(job["id"])
        assert [part["part_number"] for part in parts] == [1, 2, 3, 4, 5]
        assert all(part["state"] == "succeeded" and part["size"] == 8 * MIB for part in parts)
        assert len(client.report(job["id"])) == 2
        assert sorted(event.data["part_number"] for event in client.events(job["id"])
                      if event.event == "part.succeeded") == [1, 2, 3, 4, 5]

    def test_pause_and_resume(self, world, client, target):
        data = {"large": content("large", 40 * MIB)}
        put_all(world.store.s3, "bucket", data)
        job = client.submit(spec(world, target, bandwidth_limit=16 * MIB, concurrency=1))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 1)
        client.request("POST", f"/v1/jobs/{job['id']}/pause").expect(202)
        client.wait_until(job["id"], lambda job: job["state"] == "paused")
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
        client.request("POST", f"/v1/jobs/{job['id']}/resume").expect(202)
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["bytes"]["reused"] >= 8 * MIB
        assert_downloaded(target, data)
