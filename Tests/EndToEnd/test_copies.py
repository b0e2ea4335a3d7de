"""Copies of objects, inside one store and between two, judged with boto3: moto keeps what it is told, our own dev-store
is strict and can be made to fail."""

import os
import random
import subprocess

import pytest

from harness.processes import eventually
from harness.stores import listing, open_uploads, read, s3
from harness.trees import NEWLINE_NAME, ODD_NAMES, big, content, write

MIB = 1 << 20
# moto's own routing knows neither line feeds nor dots.
MOTO_KEYS = ODD_NAMES + ["a b+c%20?#\u00e9", "x//y", "tail/"]
ODD_KEYS = MOTO_KEYS + [NEWLINE_NAME, "..", "a/../b"]
KEPT = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Metadata",
        "ContentLength")
DECORATION = {
    "Metadata": {"shot-by": "Ada", "mtime": "1600000000.123456789"}, "CacheControl": "max-age=60",
    "ContentType": "text/x-test", "ContentDisposition": 'attachment; filename="a b.txt"', "ContentEncoding": "identity",
    "ContentLanguage": "de-CH", "Expires": "Thu, 01 Dec 2033 16:00:00 GMT", "Tagging": "project=long%20shore&a%2Bb=c%3Dd%40e%2Ff",
}
TAGS = {"project": "long shore", "a+b": "c=d@e/f"}


def copy(bucket="bucket", source="source", **fields):
    return {"kind": "copy", "source_bucket": source, "source_prefix": "s/", "bucket": bucket, "prefix": "p", **fields}


def put(client, bucket, objects, **extra):
    for key, body in objects.items():
        client.put_object(Bucket=bucket, Key=f"s/{key}", Body=body, **extra)


def assert_copied(client, bucket, objects, prefix="p/"):
    found = listing(client, bucket, prefix)
    assert set(found) == {prefix + key for key in objects}
    for key, body in objects.items():
        assert read(client, bucket, prefix + key) == body, f"the bytes of {key!r} differ"


def tags(client, bucket, key):
    return {tag["Key"]: tag["Value"] for tag in client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}


def decorated(client, bucket, large=20 * MIB):
    objects = {"small": content("small", 1000), "middle": content("middle", 200_000), "large": content("large", large)}
    put(client, bucket, objects, **DECORATION)
    return objects


def assert_decorated(source, destination, source_bucket, bucket):
    for key in ("small", "middle", "large"):
        was = source.head_object(Bucket=source_bucket, Key=f"s/{key}")
        now = destination.head_object(Bucket=bucket, Key=f"p/{key}")
        assert {name: was.get(name) for name in KEPT} == {name: now.get(name) for name in KEPT}, key
        assert was["Metadata"]["mtime"] == now["Metadata"]["mtime"] == DECORATION["Metadata"]["mtime"]
        assert was.get("ExpiresString", was.get("Expires")) == now.get("ExpiresString", now.get("Expires")), key
        assert tags(destination, bucket, f"p/{key}") == TAGS, key


@pytest.fixture
def in_moto(world, moto, bucket):
    client = s3(moto)
    for name in (bucket, bucket + "-src"):
        client.create_bucket(Bucket=name)
    world.start(store=moto)
    return client


class TestInMoto:
    def test_odd_keys_and_sizes(self, world, in_moto, bucket):
        objects = {key: content(key, 50) for key in MOTO_KEYS}
        objects |= {f"large {key}": content(key, 6 * MIB) for key in ("a b+c%20?#\u00e9", "x//y")}
        for size in (0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 11 * MIB):
            objects[f"sizes/{size}"] = content("size", size)
        put(in_moto, bucket + "-src", objects)
        job = world.client.succeed(copy(bucket, bucket + "-src", multipart_threshold=5 * MIB, part_size=5 * MIB))
        assert job["progress"]["files"]["total"] == len(objects)
        assert job["progress"]["bytes"]["succeeded"] == sum(map(len, objects.values()))
        assert_copied(in_moto, bucket, objects)
        assert open_uploads(in_moto, bucket) == []

    def test_metadata_headers_tags_and_times_at_every_size(self, world, in_moto, bucket):
        decorated(in_moto, bucket + "-src")
        world.client.succeed(copy(bucket, bucket + "-src"))
        assert_decorated(in_moto, in_moto, bucket + "-src", bucket)

    def test_what_is_given_replaces(self, world, in_moto, bucket):
        decorated(in_moto, bucket + "-src")
        world.client.succeed(copy(
            bucket, bucket + "-src", content_type="a/b", metadata={"New": "1"}, tags={"x": "y z"},
            storage_class="STANDARD_IA", server_side_encryption="AES256"))
        for key in ("p/small", "p/large"):
            head = in_moto.head_object(Bucket=bucket, Key=key)
            assert head["ContentType"] == "a/b" and head["CacheControl"] == "max-age=60"
            assert head["Metadata"] == {"new": "1", "mtime": DECORATION["Metadata"]["mtime"]}
            assert head["StorageClass"] == "STANDARD_IA" and head["ServerSideEncryption"] == "AES256"
            assert tags(in_moto, bucket, key) == {"x": "y z"}

    def test_overwrite(self, world, in_moto, bucket):
        objects = {key: content(key, 100) for key in ("a", "b", "c")}
        put(in_moto, bucket + "-src", objects)
        in_moto.put_object(Bucket=bucket, Key="p/a", Body=b"mine")
        job = world.client.succeed(copy(bucket, bucket + "-src", overwrite="never"))
        assert job["progress"]["files"]["skipped"] == 1 and read(in_moto, bucket, "p/a") == b"mine"
        job = world.client.succeed(copy(bucket, bucket + "-src", overwrite="if_changed"))
        states = {row["path"]: row["state"] for row in world.client.files(job["id"])}
        assert states == {"a": "succeeded", "b": "skipped", "c": "skipped"}
        assert_copied(in_moto, bucket, objects)

    def test_one_object(self, world, in_moto, bucket):
        put(in_moto, bucket, {"one": b"1"})
        one = {"kind": "copy", "source_bucket": bucket, "source_key": "s/one", "bucket": bucket}
        world.client.succeed({**one, "key": "x/two"})
        world.client.succeed({**one, "prefix": "y"})
        assert set(listing(in_moto, bucket)) == {"s/one", "x/two", "y/one"}
        missing = world.client.run({**one, "source_key": "s/none", "key": "z"})
        assert missing["state"] == "failed" and missing["errors"][0]["code"] == "NO_SUCH_KEY"

    def test_a_missing_bucket_fails_the_job(self, world, in_moto, bucket):
        job = world.client.run(copy(bucket, "no-such-bucket-here"))
        assert job["state"] == "failed" and job["error"]["code"] == "NO_SUCH_BUCKET"

    def test_filters_and_a_plan(self, world, in_moto, bucket):
        put(in_moto, bucket + "-src", {"a.txt": b"1", "b.bin": b"22", "d/c.txt": b"333", "d/e.bin": content("e", 20 * MIB)})
        spec = copy(bucket, bucket + "-src", include=["*.txt"], exclude=["a*"])
        plan = world.client.post({**spec, "validate_only": True}).expect(200).json
        assert (plan["files"], plan["bytes"], plan["requests"]) == (1, 3, 1)
        plan = world.client.post({**copy(bucket, bucket + "-src"), "validate_only": True}).expect(200).json
        # A look, tags, create, three parts and complete.
        assert (plan["files"], plan["requests"]) == (4, 3 + 7)
        world.client.succeed(spec)
        assert set(listing(in_moto, bucket)) == {"p/d/c.txt"}


@pytest.fixture
def client(world):
    """A service with a dev-store and the buckets `bucket` and `source`."""
    world.start_store("--bucket", "source")
    return world.start()


class TestFaults:
    def test_odd_keys(self, world, client):
        objects = {key: content(key, 50) for key in ODD_KEYS}
        objects |= {f"large {key}": content(key, 17 * MIB) for key in ("a b+c%20?#\u00e9", NEWLINE_NAME)}
        put(world.store.s3, "source", objects)
        client.succeed(copy())
        assert_copied(world.store.s3, "bucket", objects)

    def test_overwritten_between_two_parts(self, world, client):
        store, objects = world.store, {"large": content("old", 30 * MIB)}
        put(store.s3, "source", objects)
        store.faults({"operation": "UploadPartCopy", "from": 2, "count": 1, "delay_ms": 2000})
        job = client.submit(copy(concurrency=1))
        client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 1)
        new = {"large": content("new", 31 * MIB)}
        put(store.s3, "source", new)
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded", ended
        assert_copied(store.s3, "bucket", new)
        assert ended["progress"]["bytes"]["succeeded"] == ended["progress"]["bytes"]["total"] == 31 * MIB
        assert open_uploads(store.s3, "bucket") == []

    def test_overwritten_again_and_again(self, world, client):
        store = world.store
        put(store.s3, "source", {"large": content("old", 30 * MIB), "small": b"1"})
        store.faults({"operation": "UploadPartCopy", "from": 2, "error": {"status": 412, "code": "PreconditionFailed"}})
        ended = client.run(copy())
        assert ended["state"] == "partially_succeeded" and ended["errors"][0]["code"] == "SOURCE_CHANGED"
        assert set(listing(store.s3, "bucket")) == {"p/small"} and open_uploads(store.s3, "bucket") == []
        assert store.stats()["requests"]["CreateMultipartUpload"] == 3

    def test_errors_inside_a_200_and_lost_replies(self, world, client):
        store, objects = world.store, {f"f{i:02d}": content(str(i), 100) for i in range(30)}
        objects["large"] = content("large", 20 * MIB)
        put(store.s3, "source", objects)
        store.faults(
            {"operation": "CopyObject", "from": 3, "count": 5, "error": {"status": 200, "code": "SlowDown"}},
            {"operation": "CopyObject", "from": 12, "count": 3, "reset": True, "executes": True},
            {"operation": "UploadPartCopy", "count": 2, "error": {"status": 200, "code": "InternalError"}},
            {"operation": "UploadPartCopy", "from": 3, "count": 1, "whitespace": {"count": 20, "every_ms": 100}},
            {"operation": "CompleteMultipartUpload", "count": 1, "reset": True, "executes": True})
        client.succeed(copy())
        assert_copied(store.s3, "bucket", objects)
        assert open_uploads(store.s3, "bucket") == []

    def test_kill_9_again_and_again(self, world):
        world.start_store("--bucket", "source", "--latency-ms", "10")
        client = world.start()
        objects = {f"d{i % 5}/f{i:04d}": content(str(i), 30) for i in range(500)}
        objects["large"] = content("large", 40 * MIB)
        put(world.store.s3, "source", objects)
        job = client.submit(copy(concurrency=4, part_size=5 * MIB))
        for _ in range(6):
            now = client.job(job["id"])
            if now["done"]:
                break
            wanted = now["progress"]["files"]["succeeded"] + 60
            client.wait_until(job["id"], lambda job: job["done"] or job["progress"]["files"]["succeeded"] >= wanted)
            world.service.kill()
            client = world.restart()
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["files"]["succeeded"] == 501
        assert_copied(world.store.s3, "bucket", objects)
        # Sent twice at most what was acknowledged and not yet committed.
        assert world.store.stats()["requests"]["CopyObject"] <= 500 + 6 * 16

    def test_a_listing_that_is_refused(self, world, client):
        put(world.store.s3, "source", {"a": b"1"})
        world.store.faults({"operation": "ListObjectsV2", "error": {"status": 403, "code": "AccessDenied"}})
        ended = client.run(copy())
        assert ended["state"] == "failed" and ended["error"]["code"] == "ACCESS_DENIED"

    def test_objects_move_while_the_list_goes_on(self, world, client):
        objects = {f"f{i:04d}": b"x" for i in range(2500)}
        put(world.store.s3, "source", objects)
        world.store.faults({"operation": "ListObjectsV2", "from": 2, "count": 1, "delay_ms": 3000})
        job = client.submit(copy(concurrency=64))
        early = client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 1000)
        assert early["progress"]["files"]["total"] == 1000 and not early["progress"]["scan_complete"]
        assert early["progress"]["fraction"] is None
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["files"]["succeeded"] == 2500


class TestBetweenStores:
    """The dev-store is `default`, moto is `moto`."""

    @pytest.fixture
    def both(self, world, moto, bucket):
        s3(moto).create_bucket(Bucket=bucket)
        store = world.start_store("--bucket", "source")
        world.start(store=store, config={"stores": {"moto": {
            "endpoint": moto.url, "region": moto.region,
            "credentials": {"access_key_id": moto.access_key, "secret_access_key": moto.secret_key}}}})
        return store.s3, s3(moto)

    def test_there_and_back(self, world, both, bucket):
        dev, moto = both
        objects = {key: content(key, 60) for key in MOTO_KEYS}
        for size in (0, 1, 64 << 10, (64 << 10) + 1, 5 * MIB - 1, 5 * MIB, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 40 * MIB):
            objects[f"sizes/{size}"] = content("size", size)
        put(dev, "source", objects)
        there = world.client.succeed(copy(bucket, store="moto", source_store="default"))
        assert_copied(moto, bucket, objects)
        assert there["progress"]["bytes"]["succeeded"] == sum(map(len, objects.values()))
        back = world.client.succeed(
            kind="copy", source_bucket=bucket, source_prefix="p/", source_store="moto", bucket="bucket", prefix="back")
        assert_copied(dev, "bucket", objects, "back/")
        assert back["progress"]["parts"]["total"] == 2 + 3 + 5
        assert open_uploads(dev, "bucket") == [] == open_uploads(moto, bucket)
        assert os.listdir(world.service.state) and not any("spool" in name for name in os.listdir(world.service.state))

    def test_everything_comes_along(self, world, both, bucket):
        dev, moto = both
        decorated(dev, "source")
        world.client.succeed(copy(bucket, store="moto", source_store="default"))
        assert_decorated(dev, moto, "source", bucket)
        world.client.succeed(
            kind="copy", source_bucket=bucket, source_prefix="p/", source_store="moto", bucket="source", prefix="p")
        assert_decorated(dev, dev, "source", "source")

    def test_the_spool_is_bounded_and_goes(self, world, both, bucket):
        dev, _ = both
        put(dev, "source", {f"l{i}": content(str(i), 24 * MIB) for i in range(3)})
        job = world.client.submit(copy(bucket, store="moto", source_store="default", concurrency=2, bandwidth_limit=20 * MIB))
        most = 0

        def spooled():
            nonlocal most
            files = world.service.open_files()
            most = max(most, sum(count for path, count in files.items() if "state/#" in path))
            return world.client.job(job["id"])["done"]

        eventually(spooled, timeout=60)
        assert world.client.job(job["id"])["state"] == "succeeded"
        # Two in flight and four ahead.
        assert 0 < most <= 6
        assert not [path for path in world.service.open_files() if "state/#" in path]

    def test_kill_9_in_the_middle_of_a_large_object(self, world, both, bucket):
        dev, moto = both
        objects = {"large": content("large", 60 * MIB)}
        put(dev, "source", objects)
        job = world.client.submit(copy(bucket, store="moto", source_store="default", concurrency=2, bandwidth_limit=20 * MIB))
        world.client.wait_until(job["id"], lambda job: job["progress"]["parts"]["succeeded"] >= 3)
        world.service.kill()
        client = world.restart()
        client.request("PATCH", f"/v1/jobs/{job['id']}", json={"bandwidth_limit": None}).expect(200)
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["bytes"]["reused"] >= 3 * 8 * MIB, (ended["error"], ended["errors"])
        assert_copied(moto, bucket, objects)
        assert open_uploads(moto, bucket) == []

    def test_overwritten_and_cut_on_the_way(self, world, both, bucket):
        dev, moto = both
        objects = {"large": content("large", 40 * MIB), "small": b"1" * 100, "middle": content("m", MIB)}
        put(dev, "source", objects)
        world.store.faults(
            {"operation": "GetObject", "from": 2, "count": 2, "cut_after_bytes": 50},
            {"operation": "GetObject", "from": 6, "count": 1, "error": {"status": 503, "code": "SlowDown"}},
            {"operation": "GetObject", "key": "s/large", "from": 4, "count": 1, "error": {"status": 412, "code": "PreconditionFailed"}})
        world.client.succeed(copy(bucket, store="moto", source_store="default"))
        assert_copied(moto, bucket, objects)
        assert open_uploads(moto, bucket) == []


class TestRoundTrip:
    """Up, to another prefix, and down again: nothing differs, times neither."""

    SIZES = [0, 1, 5 * MIB - 1, 5 * MIB, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1]

    def tree(self, root, count, largest):
        dice = random.Random(count)
        names = [name for name in ODD_NAMES if name != NEWLINE_NAME]
        for index in range(count):
            name = f"d{index % 37}/{names[index % len(names)]}" + ("" if index < len(names) else f".{index}")
            path = write(root, name, dice.randbytes(dice.choice([0, 1, 100, 5_000, 70_000])))
            os.utime(path, ns=(0, dice.randrange(10**18, 17 * 10**17)))
        for size in [*self.SIZES, largest]:
            os.utime(big(root / "sizes" / str(size), size, seed=size), ns=(0, 1_500_000_000_123_456_789 + size))

    def times(self, root):
        return {str(path.relative_to(root)): path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}

    def go(self, world, client, bucket, count, largest):
        source, back = world.root / "tree", world.root / "back"
        self.tree(source, count, largest)
        client.succeed(source=str(source), bucket=bucket, prefix="up", concurrency=32, timeout=900)
        copied = client.succeed(
            kind="copy", source_bucket=bucket, source_prefix="up/", bucket=bucket, prefix="copied", concurrency=32, timeout=900)
        client.succeed(kind="download", bucket=bucket, prefix="copied", destination=str(back), concurrency=32, timeout=900)
        assert copied["progress"]["files"]["total"] == count + len(self.SIZES) + 1
        told = subprocess.run(["diff", "-r", source, back], capture_output=True, text=True)
        assert told.returncode == 0, told.stdout[:2000]
        assert self.times(source) == self.times(back)

    def test_a_small_tree(self, world, client):
        self.go(world, client, "bucket", 150, 40 * MIB)

    def test_a_small_tree_in_moto(self, world, in_moto, bucket):
        self.go(world, world.client, bucket, 60, 20 * MIB)

    @pytest.mark.long
    def test_five_thousand_files(self, world, client):
        self.go(world, client, "bucket", 5_000, 300 * MIB)
