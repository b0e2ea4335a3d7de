"""Trees that were uploaded, read back with boto3 from three stores: moto, rclone's S3 server, and our own dev-store."""

import os
import unicodedata

import pytest

from harness.stores import assert_same_file, assert_same_tree, listing, open_uploads, read, s3
from harness.trees import CONTROL_NAME, NEWLINE_NAME, ODD_NAMES, big, make, write

MIB = 1 << 20
SIZES = [0, 1, 5 * MIB - 1, 5 * MIB, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 24 * MIB]


@pytest.fixture
def in_moto(world, moto, bucket):
    s3(moto).create_bucket(Bucket=bucket)
    world.start(store=moto)
    return s3(moto)


@pytest.fixture
def in_rclone(world, rclone, bucket):
    s3(rclone).create_bucket(Bucket=bucket)
    world.start(store=rclone)
    return s3(rclone)


class TestThroughMoto:
    def test_an_identical_tree(self, world, in_moto, bucket):
        names = [name for name in ODD_NAMES]
        tree = make(world.root, names + ["plain.txt", "a/b/c/d/e/f.bin"])
        for size in SIZES:
            tree[f"sizes/{size}"] = big(world.root / "sizes" / str(size), size, seed=size)
        job = world.client.succeed(world.spec(bucket=bucket, prefix="p"))
        assert_same_tree(in_moto, bucket, {f"p/{name}": value for name, value in tree.items()})
        assert job["progress"]["files"]["total"] == len(tree)
        assert open_uploads(in_moto, bucket) == []
        for row in world.client.files(job["id"]):
            head = in_moto.head_object(Bucket=bucket, Key=row["key"])
            assert head["ETag"].strip('"') == row["etag"] and head["ContentLength"] == row["size"]

    def test_metadata_tags_and_headers(self, world, in_moto, bucket):
        write(world.root, "small.txt", b"x" * 10)
        big(world.root / "large.bin", 20 * MIB)
        os.utime(world.root / "small.txt", ns=(0, 1_600_000_000_123_456_789))
        world.client.succeed(world.spec(
            bucket=bucket, metadata={"shot-by": "Ada", "place": "London, UK"}, tags={"project": "long shore", "a+b:c": "d=e/f @g"},
            cache_control="max-age=60", storage_class="STANDARD_IA"))
        for key in ("small.txt", "large.bin"):
            head = in_moto.head_object(Bucket=bucket, Key=key)
            stored = dict(head["Metadata"])
            seconds = float(stored.pop("mtime"))
            assert abs(seconds - os.stat(world.root / key).st_mtime_ns / 1e9) < 1e-5
            assert stored == {"shot-by": "Ada", "place": "London, UK"}
            assert head["CacheControl"] == "max-age=60" and head["StorageClass"] == "STANDARD_IA"
            tags = in_moto.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
            assert {tag["Key"]: tag["Value"] for tag in tags} == {"project": "long shore", "a+b:c": "d=e/f @g"}

    def test_times_are_left_out_on_request(self, world, in_moto, bucket):
        make(world.root, ["a"])
        world.client.succeed(world.spec(bucket=bucket, preserve_times=False))
        assert in_moto.head_object(Bucket=bucket, Key="a")["Metadata"] == {}

    def test_content_types_are_guessed_unless_given(self, world, in_moto, bucket):
        guesses = {"a.txt": "text/plain", "a.html": "text/html", "a.json": "application/json", "a.png": "image/png",
                   "a.JPG": "image/jpeg", "a.css": "text/css", "a.pdf": "application/pdf", "a.mp4": "video/mp4",
                   "noextension": "binary/octet-stream", "a.unknownext": "binary/octet-stream"}
        make(world.root, guesses)
        world.client.succeed(world.spec(bucket=bucket))
        for key, wanted in guesses.items():
            told = in_moto.head_object(Bucket=bucket, Key=key)["ContentType"]
            assert told.split(";")[0] == wanted, key
        world.client.succeed(world.spec(bucket=bucket, prefix="given", content_type="x/y"))
        assert in_moto.head_object(Bucket=bucket, Key="given/a.txt")["ContentType"] == "x/y"

    @pytest.mark.parametrize("checksum", ["crc32c", "crc32", "sha256", "none"])
    def test_each_checksum(self, world, in_moto, bucket, checksum):
        tree = make(world.root, ["a"])
        tree["large"] = big(world.root / "large", 20 * MIB)
        job = world.client.succeed(world.spec(bucket=bucket, checksum=checksum))
        assert_same_tree(in_moto, bucket, tree)
        for row in world.client.files(job["id"]):
            if checksum == "none":
                assert row["checksum"] is None
            else:
                assert row["checksum"].startswith(checksum + ":")

    def test_a_missing_bucket(self, world, in_moto):
        make(world.root, ["a", "b"])
        job = world.client.run(world.spec(bucket="no-such-bucket-here"))
        assert job["state"] == "failed"
        codes = {error["code"] for error in job["errors"]} | {(job["error"] or {}).get("code")}
        assert "NO_SUCH_BUCKET" in codes

    def test_overwrite(self, world, in_moto, bucket):
        make(world.root, ["same", "newer", "longer"])
        world.client.succeed(world.spec(bucket=bucket))
        write(world.root, "newer", read(in_moto, bucket, "newer")[::-1])
        os.utime(world.root / "newer", ns=(0, 2_000_000_000_000_000_000))
        write(world.root, "longer", b"x" * 500)
        for name in ("same", "longer"):
            os.utime(world.root / name, ns=(0, 1_000_000_000_000_000_000))
        job = world.client.succeed(world.spec(bucket=bucket, overwrite="never"))
        assert job["progress"]["files"]["skipped"] == 3 and job["progress"]["fraction"] == 1
        job = world.client.succeed(world.spec(bucket=bucket, overwrite="if_changed"))
        rows = {row["path"]: row for row in world.client.files(job["id"])}
        assert {path: row["state"] for path, row in rows.items()} == {
            "same": "skipped", "newer": "succeeded", "longer": "succeeded"}
        assert rows["same"]["skip_reason"]


class TestThroughRclone:
    """rclone verifies signatures, which moto does not. It can't keep a key beside a folder of that name."""

    def test_an_identical_tree(self, world, in_rclone, bucket):
        tree = make(world.root, ODD_NAMES + ["plain.txt", "a/b/c/d/e/f.bin"])
        for size in SIZES:
            tree[f"sizes/{size}"] = big(world.root / "sizes" / str(size), size, seed=size)
        job = world.client.succeed(world.spec(bucket=bucket, prefix="p"))
        assert job["progress"]["files"]["succeeded"] == len(tree)
        # It may list NFD names as NFC, but keeps both objects.
        listed = {unicodedata.normalize("NFC", key) for key in listing(in_rclone, bucket)}
        assert listed == {unicodedata.normalize("NFC", f"p/{name}") for name in tree}
        for name, content in tree.items():
            if isinstance(content, bytes):
                assert read(in_rclone, bucket, f"p/{name}") == content, name
            else:
                assert_same_file(in_rclone, bucket, f"p/{name}", content)

    def test_wrong_keys_are_denied(self, world, rclone, bucket):
        s3(rclone).create_bucket(Bucket=bucket)
        client = world.start(store=rclone, environment={"AWS_SECRET_ACCESS_KEY": "another-Secret"})
        make(world.root, ["a"])
        job = client.run(world.spec(bucket=bucket))
        assert job["state"] == "failed"
        told = job["error"] or job["errors"][0]
        assert told["code"] == "ACCESS_DENIED" and told["s3"]["http_status"] == 403
        assert "another-Secret" not in str(job) + world.service.log and rclone.secret_key not in world.service.log

    def test_a_key_beside_its_own_folder_is_a_named_failure(self, world, rclone, bucket):
        s3(rclone).create_bucket(Bucket=bucket)
        world.start(store=rclone, config={"max_attempts": 3})
        world.client.succeed(world.spec(bucket=bucket, source=str(write(world.root, "x", b"1"))))
        (world.root / "x").unlink()
        make(world.root, ["x/y"])
        job = world.client.run(world.spec(bucket=bucket), timeout=240)
        assert job["state"] == "failed" and job["errors"][0]["code"] in ("STORE_ERROR", "TIMEOUT", "THROTTLED")
        assert job["errors"][0]["s3"]["http_status"] >= 400 and job["errors"][0]["attempts"] >= 1


class TestThroughTheDevStore:
    def test_all_odd_names_also_a_newline(self, world, client):
        names = ODD_NAMES + [NEWLINE_NAME, CONTROL_NAME, "n" * 255, "/".join(["d" * 100] * 9)]
        tree = make(world.root, names)
        job = client.succeed(world.spec(prefix="odd names/+%"))
        assert_same_tree(world.store.s3, "bucket", {f"odd names/+%/{name}": data for name, data in tree.items()})
        assert {row["path"] for row in client.files(job["id"])} == set(tree)

    def test_a_prefix_with_slashes_is_kept(self, world, client):
        make(world.root, ["a"])
        client.succeed(world.spec(prefix="/lead//in"))
        assert set(listing(world.store.s3, "bucket")) == {"/lead//in/a"}

    def test_part_sizes(self, world, client):
        tree = {"exact": big(world.root / "exact", 15 * MIB), "over": big(world.root / "over", 15 * MIB + 1)}
        job = client.succeed(world.spec(part_size=5 * MIB, multipart_threshold=6 * MIB))
        assert_same_tree(world.store.s3, "bucket", tree)
        assert len(client.parts(job["id"], "file=exact")) == 3 and len(client.parts(job["id"], "file=over")) == 4

    def test_sha256_and_crc32_are_verified_by_the_store(self, world, client):
        tree = {"small": make(world.root, ["small"])["small"], "large": big(world.root / "large", 20 * MIB)}
        for checksum in ("sha256", "crc32", "crc32c", "auto", "none"):
            client.succeed(world.spec(prefix=checksum, checksum=checksum))
            assert_same_tree(world.store.s3, "bucket", {f"{checksum}/{n}": d for n, d in tree.items()}, f"{checksum}/")

    def test_empty_directories(self, world, client):
        (world.root / "empty" / "inner").mkdir(parents=True)
        make(world.root, ["full/a"])
        client.succeed(world.spec(prefix="skip"))
        assert set(listing(world.store.s3, "bucket")) == {"skip/full/a"}
        client.succeed(world.spec(prefix="mark", empty_directories="marker"))
        assert set(listing(world.store.s3, "bucket", "mark/")) == {"mark/full/a", "mark/empty/inner/"}

    def test_symlinks(self, world, client):
        make(world.root, ["real/a"])
        (world.root / "file-link").symlink_to("real/a")
        (world.root / "folder-link").symlink_to("real")
        (world.root / "loop").symlink_to(".")
        (world.root / "dangling").symlink_to("nowhere")
        (world.root / "outside").symlink_to("/etc/hostname")
        job = client.succeed(world.spec(prefix="skip"))
        assert set(listing(world.store.s3, "bucket")) == {"skip/real/a"}
        rows = {row["path"]: row for row in client.files(job["id"])}
        assert {path for path, row in rows.items() if row["state"] == "skipped"} == {
            "file-link", "folder-link", "loop", "dangling", "outside"}
        assert all(row["skip_reason"] for row in rows.values() if row["state"] == "skipped")
        job = client.run(world.spec(prefix="follow", symlinks="follow"))
        keys = set(listing(world.store.s3, "bucket", "follow/"))
        assert {"follow/real/a", "follow/file-link", "follow/folder-link/a"} <= keys
        assert not any("outside" in key or "dangling" in key or key.count("loop") > 1 for key in keys)
        rows = {row["path"]: row for row in client.files(job["id"])}
        for name in ("dangling", "outside", "loop"):
            assert rows[name]["state"] in ("skipped", "failed"), "each is told, none is swallowed"
            assert rows[name]["skip_reason"] or rows[name]["error"]

    def test_the_same_tree_twice_changes_nothing(self, world, client):
        tree = make(world.root, ["a", "b/c"])
        client.succeed(world.spec())
        client.succeed(world.spec())
        assert_same_tree(world.store.s3, "bucket", tree)
