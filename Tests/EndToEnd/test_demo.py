"""deploy/demo as a person runs it, and that its comparison can fail."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from harness import REPOSITORY
from harness.processes import clean_environment, eventually
from harness.stores import s3
from harness.trees import NEWLINE_NAME, ODD_NAMES, make, write

DEMO = REPOSITORY / "deploy" / "demo"
COMPARE = REPOSITORY / "deploy" / "compare"


def everybody_reads(params, **_):
    params.setdefault("ACL", "public-read")


class TestCompare:
    @pytest.fixture
    def stored(self, moto, bucket, tmp_path):
        client = s3(moto)
        client.create_bucket(Bucket=bucket, ACL="public-read")
        client.meta.events.register("provide-client-params.s3.PutObject", everybody_reads)
        root = tmp_path / "tree"
        for name, data in make(root, ODD_NAMES).items():
            client.put_object(Bucket=bucket, Key=f"p/{name}", Body=data)

        def compare():
            return subprocess.run([sys.executable, str(COMPARE), moto.url, bucket, "p", str(root)],
                                  capture_output=True, text=True, timeout=60)

        return client, root, compare

    def test_identical(self, stored):
        _, _, compare = stored
        told = compare()
        assert told.returncode == 0, told
        assert told.stdout == f"ok: {len(ODD_NAMES)} files, {100 * len(ODD_NAMES)} bytes identical\n"

    @pytest.mark.parametrize("what", ["missing", "too much", "shorter", "longer", "other bytes"])
    def test_each_difference_is_found(self, stored, bucket, what):
        client, root, compare = stored
        if what == "missing":
            client.delete_object(Bucket=bucket, Key="p/...")
        elif what == "too much":
            client.put_object(Bucket=bucket, Key="p/nobody's", Body=b"")
        else:
            data = (root / "...").read_bytes()
            changed = {"shorter": data[:-1], "longer": data + b"x", "other bytes": data[:-1] + bytes([data[-1] ^ 1])}
            client.put_object(Bucket=bucket, Key="p/...", Body=changed[what])
        told = compare()
        assert told.returncode == 1 and "ok:" not in told.stdout and "1 of" in told.stderr, told


def children_of(process):
    """Programs of a demo's own, found by the folder that they were told to use."""
    found = subprocess.run(["pgrep", "-f", process], capture_output=True, text=True)
    return found.stdout.split()


def run_demo(tmp_path, *arguments):
    return subprocess.run([str(DEMO), *map(str, arguments)], capture_output=True, text=True, timeout=280,
                          stdin=subprocess.DEVNULL, env=clean_environment(TMPDIR=tmp_path))


def test_a_folder_of_the_callers(world, tmp_path):
    tree = make(world.root, ODD_NAMES + [NEWLINE_NAME])
    told = run_demo(tmp_path, world.root)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    assert f"ok: {len(tree)} files, {100 * len(tree)} bytes identical" in told.stdout
    assert not children_of(f"{tmp_path}/longshore-demo") and not list(tmp_path.glob("longshore-demo*"))


def test_its_own_tree(world, tmp_path):
    told = run_demo(tmp_path)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    assert re.search(r"ok: 212 files, \d+ bytes identical", told.stdout)
    lines = [line for line in told.stdout.splitlines() if len(re.findall(r"\d+ ?%", line)) >= 2]
    assert len(lines) >= 3, "the parts were seen moving"
    assert not children_of(f"{tmp_path}/longshore-demo")


def test_keep_leaves_it_running(world, tmp_path):
    write(world.root, "a", b"x")
    told = run_demo(tmp_path, "--keep", world.root)
    assert told.returncode == 0, told
    pids = [int(pid) for pid in re.search(r"kill (\d+) (\d+);", told.stdout).groups()]
    try:
        url = re.search(r"service +(http://\S+)", told.stdout).group(1)
        assert b'"succeeded"' in urllib.request.urlopen(url, timeout=10).read()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
    eventually(lambda: not children_of(f"{tmp_path}/longshore-demo"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_everything(world, tmp_path, number):
    # A shell that runs this in the background has its children ignore SIGINT, which a script can't undo by itself.
    process = subprocess.Popen(["env", "--default-signal=INT", str(DEMO)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                               text=True, env=clean_environment(TMPDIR=tmp_path), start_new_session=True)
    for line in process.stdout:
        if "events?" in line:
            break
    # As a terminal does: to the whole foreground group.
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert not children_of(f"{tmp_path}/longshore-demo") and not list(tmp_path.glob("longshore-demo*"))


@pytest.mark.parametrize("arguments", [["--nonsense"], ["/does/not/exist"], ["/tmp", "/tmp"]])
def test_wrong_arguments(arguments):
    told = subprocess.run([str(DEMO), *arguments], capture_output=True, text=True, timeout=10)
    assert told.returncode == 2 and told.stderr
