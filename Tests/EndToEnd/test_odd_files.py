"""Files that can't be moved: each is its own failure or counted skip, and the rest of the job goes on."""

import os
import socket
import threading

import pytest

from harness.stores import listing, open_uploads, read
from harness.trees import big, make, write

MIB = 1 << 20


def by_path(client, job):
    return {row["path"]: row for row in client.files(job["id"])}


def test_a_name_that_is_not_utf_8(world, client):
    make(world.root, ["good"])
    for name in (b"bad\xff", b"dir\xe9/inner", b"\xc3\x28"):
        path = os.fsencode(world.root) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"x")
    job = client.run(world.spec())
    assert job["state"] == "partially_succeeded"
    assert job["progress"]["files"] == {
        "total": 4, "succeeded": 1, "failed": 3, "skipped": 0, "in_flight": 0, "pending": 0}
    failed = {error["path_base64"]: error for error in job["errors"]}
    assert set(failed) == {"YmFk/w==", "ZGly6S9pbm5lcg==", "wyg="}
    assert {error["code"] for error in failed.values()} == {"INVALID_KEY"}
    assert failed["YmFk/w=="]["path"] == "bad\ufffd"
    assert set(listing(world.store.s3, "bucket")) == {"good"}


def test_only_such_names_is_a_failed_job(world, client):
    with open(os.fsencode(world.root) + b"/\xff", "wb"):
        pass
    job = client.run(world.spec())
    assert job["state"] == "failed" and job["errors"][0]["code"] == "INVALID_KEY"


def test_keys_of_1024_bytes_and_one_more(world, client):
    make(world.root, ["x"])
    fits, over = "p" * 1022, "p" * 1023
    client.succeed(world.spec(prefix=fits))
    job = client.run(world.spec(prefix=over))
    assert job["state"] == "failed" and job["errors"][0]["code"] == "INVALID_KEY"


def test_special_files_are_skipped(world, client):
    make(world.root, ["a"])
    os.mkfifo(world.root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        # A short path by way of the folder: AF_UNIX allows 107 bytes.
        here = os.getcwd()
        os.chdir(world.root)
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        job = client.succeed(world.spec())
    rows = by_path(client, job)
    assert {path: row["state"] for path, row in rows.items()} == {"a": "succeeded", "fifo": "skipped", "socket": "skipped"}
    assert rows["fifo"]["skip_reason"] and rows["socket"]["skip_reason"]
    assert job["progress"]["files"]["skipped"] == 2 and job["progress"]["fraction"] == 1


def test_a_fifo_as_source_never_hangs(world, client):
    os.mkfifo(world.root / "fifo")
    reply = client.post(world.spec(source=str(world.root / "fifo")))
    if reply.status == 202:
        job = client.wait(reply.json["id"], timeout=20)
        assert job["state"] in ("succeeded", "failed") and job["progress"]["files"]["succeeded"] == 0
    else:
        reply.expect(400, 422)


# Root reads everything unless it gives that up.
HUMBLE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


def test_unreadable_files_and_folders(world):
    client = world.start(wrapper=HUMBLE if os.geteuid() == 0 else ())
    make(world.root, ["a", "locked", "shut/inside"])
    (world.root / "locked").chmod(0)
    (world.root / "shut").chmod(0)
    try:
        job = client.run(world.spec())
    finally:
        (world.root / "shut").chmod(0o755)
    assert job["state"] == "partially_succeeded", "a folder that could not be listed is never a silent success of less"
    rows = by_path(client, job)
    assert rows["a"]["state"] == "succeeded"
    assert rows["locked"]["error"]["code"] == rows["shut"]["error"]["code"] == "SOURCE_UNREADABLE"
    assert job["progress"]["files"]["failed"] == 2


def slow_start(world, **fields):
    """A job of a hundred files that moves one at a time and has begun: the last ones can still be changed."""
    client = world.start(store_arguments=["--latency-ms", "40"])
    make(world.root, [f"f{i:03d}" for i in range(100)])
    job = client.submit(world.spec(concurrency=1, **fields))
    client.wait_until(job["id"], lambda job: job["progress"]["scan_complete"] and job["progress"]["files"]["succeeded"] >= 2)
    pending = [row["path"] for row in client.files(job["id"], state="pending")]
    assert len(pending) > 30, "there is time enough"
    return client, job["id"], pending[-20:]


def test_a_file_that_vanishes_after_the_scan(world):
    client, identity, later = slow_start(world)
    gone = later[:3]
    for name in gone:
        (world.root / name).unlink()
    job = client.wait(identity)
    assert job["state"] == "partially_succeeded"
    assert {error["path"]: error["code"] for error in job["errors"]} == dict.fromkeys(gone, "SOURCE_VANISHED")
    assert job["progress"]["files"]["succeeded"] == 97


def test_a_file_that_becomes_something_else_after_the_scan(world):
    client, identity, later = slow_start(world)
    folder, link, fifo = later[:3]
    for name in (folder, link, fifo):
        (world.root / name).unlink()
    (world.root / folder).mkdir()
    (world.root / link).symlink_to("/etc/passwd")
    os.mkfifo(world.root / fifo)
    job = client.wait(identity)
    rows = by_path(client, job)
    for name in (folder, link, fifo):
        assert rows[name]["state"] in ("failed", "skipped"), rows[name]
        assert name not in listing(world.store.s3, "bucket")
    assert job["progress"]["files"]["succeeded"] == 97


def test_a_file_that_grew_before_it_was_opened_is_moved_whole(world):
    client, identity, later = slow_start(world)
    name = later[0]
    write(world.root, name, b"y" * 5000)
    job = client.wait(identity)
    row = by_path(client, job)[name]
    if row["state"] == "succeeded":
        assert read(world.store.s3, "bucket", name) == b"y" * 5000 and row["size"] == 5000
    else:
        assert row["error"]["code"] == "SOURCE_CHANGED"
    sizes = job["progress"]["bytes"]
    assert sizes["total"] == sizes["succeeded"] + sizes["failed"] + sizes["skipped"]


@pytest.mark.parametrize("change", ["rewritten", "truncated", "grown", "replaced"])
def test_a_file_that_changes_while_it_moves(world, client, change):
    path = big(world.root / "large.bin", 40 * MIB)
    make(world.root, ["other"])
    job = client.submit(world.spec(bandwidth_limit=8 * MIB, concurrency=2))
    client.wait_until(job["id"], lambda job: job["progress"]["bytes"]["in_flight"] > 0)
    if change == "rewritten":
        with open(path, "r+b") as file:
            for offset in range(0, 40 * MIB, MIB):
                file.seek(offset)
                file.write(b"changed!")
    elif change == "truncated":
        os.truncate(path, 11 * MIB)
    elif change == "grown":
        with open(path, "ab") as file:
            file.write(b"more")
    else:
        path.unlink()
        big(path, 40 * MIB, seed=2)
    job = client.wait(job["id"])
    assert job["state"] == "partially_succeeded"
    error = by_path(client, job)["large.bin"]["error"]
    assert error["code"] == "SOURCE_CHANGED", error
    assert set(listing(world.store.s3, "bucket")) == {"other"}, "nothing is visible at the key"
    assert open_uploads(world.store.s3, "bucket") == []


def test_a_file_that_is_appended_to_all_the_time_ends_as_one_or_the_other(world, client):
    path = write(world.root, "log.txt", b"start\n")
    stop = threading.Event()

    def append():
        with open(path, "ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"line\n")
                stop.wait(0.0005)

    thread = threading.Thread(target=append)
    thread.start()
    try:
        job = client.run(world.spec())
    finally:
        stop.set()
        thread.join()
    row = by_path(client, job)["log.txt"]
    if row["state"] == "succeeded":
        stored = read(world.store.s3, "bucket", "log.txt")
        assert len(stored) == row["size"] and path.read_bytes().startswith(stored)
    else:
        assert row["error"]["code"] == "SOURCE_CHANGED" and row["error"]["retryable"]


def test_a_folder_that_can_not_be_listed_is_told(world, client):
    """Removed between the check and the scan, or unreadable: never a silent success of less."""
    make(world.root, ["a", "deep/b"])
    job = client.run(world.spec(paths=["a", "deep/b", "deep"]))
    rows = by_path(client, job)
    assert rows["a"]["state"] == rows["deep/b"]["state"] == "succeeded"
    assert rows["deep"]["state"] in ("failed", "skipped") and (rows["deep"]["error"] or rows["deep"]["skip_reason"])
