"""The service as a program: settings, exit codes, health, tokens, limits, stores, draining."""

import hashlib
import os
import signal
import subprocess
import time

import pytest

from harness.client import Client
from harness.processes import BINARY, REGION, clean_environment, eventually
from harness.stores import listing
from harness.trees import make


def run(*arguments, environment=None, folder=None):
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, cwd=folder, env=clean_environment(**(environment or {})))


@pytest.fixture
def no_world(world, tmp_path):
    """A folder to start programs in; `world` makes a missing binary an error."""
    return tmp_path


class TestCommandLine:
    @pytest.mark.parametrize("arguments", [
        ["serve", "--nonsense"], ["serve", "--listen"], ["nonsense"], ["serve", "extra"],
        ["serve", "--listen", "nowhere"], ["serve", "--listen", "127.0.0.1:99999"], ["serve", "--listen", "127.0.0.1:x"],
        ["serve", "--concurrency", "0"], ["serve", "--concurrency", "many"], ["serve", "--concurrency", "65537"],
        ["serve", "--config", "/does/not/exist.yaml"], ["serve", "--root", "/does/not/exist"],
        ["serve", "--root", "relative"], ["serve", "--state-dir", "/proc/nowhere"], ["dev-store", "--nonsense"],
    ])
    def test_wrong_ones_exit_with_2_and_one_line(self, no_world, arguments):
        extra = [] if "--state-dir" in arguments or arguments[0] != "serve" else ["--state-dir", str(no_world / "s")]
        listen = [] if "--listen" in arguments or arguments[0] != "serve" else ["--listen", "127.0.0.1:0"]
        ended = run(*arguments, *extra, *listen, folder=no_world)
        assert ended.returncode == 2, ended
        assert ended.stderr.strip() and ended.stdout == ""

    @pytest.mark.parametrize("config,word", [
        ("surprise: 1\n", "surprise"), ("concurrency: 0\n", "concurrency"), ("concurrency: [1]\n", "concurrency"),
        ("roots: /data\n", "roots"), ("stores:\n  x:\n    bucket: y\n", "bucket"), ("a: [\n", "longshore.yaml"),
        ("tokens:\n  - name: x\n    token: plain\n", "token"), ("retention_seconds: -1\n", "retention_seconds"),
    ])
    def test_unusable_settings_are_named(self, no_world, config, word):
        path = no_world / "longshore.yaml"
        path.write_text(config)
        ended = run("serve", "--config", path, "--listen", "127.0.0.1:0", "--state-dir", no_world / "state")
        assert ended.returncode == 2 and word in ended.stderr, ended
        assert len(ended.stderr.strip().splitlines()) == 1

    @pytest.mark.parametrize("variable,value", [
        ("LONGSHORE_LISTEN", "x"), ("LONGSHORE_CONCURRENCY", "-1"), ("LONGSHORE_ROOTS", "relative/path")])
    def test_unusable_environment(self, no_world, variable, value):
        ended = run("serve", "--state-dir", no_world / "state", environment={variable: value}, folder=no_world)
        assert ended.returncode == 2 and ended.stderr.strip()

    def test_only_loopback_without_a_token(self, no_world):
        ended = run("serve", "--listen", "0.0.0.0:0", "--state-dir", no_world / "state")
        assert ended.returncode == 2 and "token" in ended.stderr.lower()

    def test_a_state_directory_has_one_owner(self, world, client):
        ended = run("serve", "--listen", "127.0.0.1:0", "--state-dir", world.service.state)
        assert ended.returncode == 2, ended
        client.get("/livez").expect(200)

    def test_a_port_that_is_taken(self, world, client):
        port = world.service.url.rsplit(":", 1)[1]
        ended = run("serve", "--listen", f"127.0.0.1:{port}", "--state-dir", world.folder / "other")
        assert ended.returncode == 2 and port in ended.stderr, ended

    def test_help_and_version(self, no_world):
        assert run("--help").returncode == 0 and "serve" in run("--help").stdout
        assert run("serve", "--help").returncode == 0


class TestSettings:
    def test_flags_win_over_the_environment_and_that_over_the_file(self, world):
        config = {"concurrency": 3, "roots": [str(world.folder)]}
        client = world.start(config=config, roots=[], environment={"LONGSHORE_ROOTS": str(world.root)})
        assert client.get("/v1/limits").json["concurrency"] == 3
        client.post(world.spec(source=str(world.folder))).problem(403, "PATH_NOT_ALLOWED")
        client.submit(world.spec())
        world.service.stop()
        client = world.restart(environment={"LONGSHORE_CONCURRENCY": "5"})
        assert client.get("/v1/limits").json["concurrency"] == 5
        world.service.stop()
        client = world.restart(environment={"LONGSHORE_CONCURRENCY": "5"}, concurrency=7)
        assert client.get("/v1/limits").json["concurrency"] == 7

    def test_the_first_line_is_all_that_standard_output_says(self, world, client):
        assert set(world.service.first) == {"event", "url", "pid"}
        assert world.service.stop() == 0
        eventually(lambda: not world.service._lines.empty())
        assert world.service._lines.get() is None

    def test_a_job_waits_for_a_slot(self, world):
        client = world.start(store_arguments=["--latency-ms", "300"], config={"max_running_jobs": 1})
        make(world.root, ["a", "b", "c"])
        first, second = (client.submit(world.spec(concurrency=1)) for _ in range(2))
        waiting = client.job(second["id"])
        assert waiting["state"] == "queued" and waiting["queue"]["waiting_for"] == "slot"
        assert client.wait(first["id"])["end_time"] <= client.wait(second["id"])["start_time"]

    def test_too_many_queued_jobs(self, world):
        client = world.start(store_arguments=["--latency-ms", "1000"], config={"max_running_jobs": 1, "max_queued_jobs": 2})
        make(world.root, ["a", "b", "c"])
        first = client.submit(world.spec(concurrency=1))
        client.wait_until(first["id"], lambda job: job["state"] == "running")
        for _ in range(2):
            client.submit(world.spec(concurrency=1))
        problem = client.post(world.spec()).problem(429, "TOO_MANY_JOBS")
        assert problem["retryable"]

    def test_ended_jobs_are_kept_for_a_while(self, world):
        client = world.start(config={"retention_seconds": 1})
        job = client.succeed(world.spec())
        reader = client.follow("/v1/events?types=job.deleted")
        reader.wait_for(lambda event: event.event == "job.deleted" and event.data["job_id"] == job["id"], timeout=60)
        client.get(f"/v1/jobs/{job['id']}").problem(404, "JOB_NOT_FOUND")
        reader.close()


class TestHealth:
    def test_alive_and_ready(self, client):
        client.get("/livez").expect(200)
        client.get("/readyz").expect(200)

    def test_limits(self, world):
        client = world.start(concurrency=9)
        assert client.get("/v1/limits").expect(200).json == {"concurrency": 9, "in_flight": 0, "bandwidth_limit": None}
        changed = client.request("PATCH", "/v1/limits", json={"concurrency": 3, "bandwidth_limit": 5_000_000}).expect(200)
        assert changed.json == {"concurrency": 3, "in_flight": 0, "bandwidth_limit": 5_000_000}
        assert client.get("/v1/limits").json == changed.json
        client.request("PATCH", "/v1/limits", json={"bandwidth_limit": None}).expect(200)
        world.service.stop()
        client = world.restart()
        assert client.get("/v1/limits").json["concurrency"] == 9, "a change lasts until the next start"

    @pytest.mark.parametrize("change,pointer", [
        ({"concurrency": 0}, "/concurrency"), ({"concurrency": 65537}, "/concurrency"),
        ({"bandwidth_limit": 0}, "/bandwidth_limit"), ({"in_flight": 1}, "/in_flight"), ({"x": 1}, "/x")])
    def test_limits_out_of_range(self, client, change, pointer):
        problem = client.request("PATCH", "/v1/limits", json=change).problem(400, "INVALID_SPEC")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]

    def test_the_global_cap_changes_while_jobs_run(self, world):
        client = world.start(store_arguments=["--latency-ms", "50"], concurrency=12)
        make(world.root, [f"f{i:03d}" for i in range(600)])
        job = client.submit(world.spec(concurrency=64))
        eventually(lambda: world.store.stats()["max_in_flight"] == 12)
        client.request("PATCH", "/v1/limits", json={"concurrency": 4}).expect(200)
        eventually(lambda: world.store.stats()["in_flight"] <= 4)
        world.store.stats(reset=True)
        client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] > 250)
        assert world.store.stats()["max_in_flight"] <= 4
        client.request("PATCH", "/v1/limits", json={"concurrency": 32}).expect(200)
        client.wait(job["id"])
        assert 4 < world.store.stats()["max_in_flight"] <= 32

    def test_stores_without_secrets(self, world):
        other = world.start_store(name="other", bucket="archive")
        first = world.start_store()
        client = world.start(store=first, config={"stores": {"archive": {
            "endpoint": other.url, "region": REGION, "path_style": True, "credentials": {
                "access_key_id": other.access_key, "secret_access_key": other.secret_key}}}})
        reply = client.get("/v1/stores").expect(200)
        stores = {store["name"]: store for store in reply.json["stores"]}
        assert set(stores) == {"default", "archive"}
        assert stores["archive"]["endpoint"] == other.url and stores["archive"]["region"] == REGION
        assert other.secret_key not in reply.text and other.access_key not in reply.text
        make(world.root, ["a"])
        client.succeed(world.spec(store="archive", bucket="archive"))
        assert set(listing(other.s3, "archive")) == {"a"} and listing(first.s3, "bucket") == {}


class TestToken:
    OPEN = ["/livez", "/readyz", "/openapi.yaml"]

    def test_nothing_but_the_open_routes_without_it(self, world):
        client = world.start(token="s3cret-token")
        stranger = Client(world.service.url)
        make(world.root, ["a"])
        job = client.succeed(world.spec())
        for target in ("/v1/jobs", f"/v1/jobs/{job['id']}", f"/v1/jobs/{job['id']}/events", "/v1/events", "/v1/limits",
                       "/v1/stores", "/v1/jobs/unknown"):
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret-token"},
                            {"Authorization": "Bearer s3cret-toke"}, {"Authorization": "Bearer "}):
                stranger.get(target, headers=headers).problem(401, "UNAUTHORIZED")
        stranger.post(world.spec()).problem(401, "UNAUTHORIZED")
        for target in self.OPEN:
            stranger.get(target).expect(200)
        stranger.get("/v1/jobs", headers={"Authorization": "bearer s3cret-token"}).expect(200)

    def test_the_token_is_in_no_log(self, world):
        client = world.start(token="s3cret-token")
        client.get("/v1/jobs").expect(200)
        Client(world.service.url).get("/v1/jobs").expect(401)
        world.service.stop()
        assert "s3cret-token" not in world.service.log and world.store.secret_key not in world.service.log

    def test_tokens_of_the_settings(self, world):
        config = {"tokens": [{"name": "ci", "sha256": hashlib.sha256(b"hunter2").hexdigest()}]}
        world.start(config=config)
        Client(world.service.url, "hunter2").get("/v1/jobs").expect(200)
        Client(world.service.url, "hunter3").get("/v1/jobs").expect(401)


class TestDrain:
    def test_it_finishes_what_is_in_flight_and_exits_0(self, world):
        client = world.start(store_arguments=["--latency-ms", "1000"])
        make(world.root, [f"f{i}" for i in range(30)])
        job = client.submit(world.spec(concurrency=4))
        client.wait_until(job["id"], lambda job: job["progress"]["requests_in_flight"] == 4)
        world.service.terminate()
        seen = self.refusals(world)
        assert world.service.process.wait(30) == 0
        assert seen["post"] in (None, 503), "while draining no job is taken"
        done = world.store.puts()
        assert done >= 4, "requests in flight were finished"
        client = world.restart()
        ended = client.wait(job["id"])
        assert ended["state"] == "succeeded" and ended["progress"]["files"]["succeeded"] == 30
        assert world.store.puts() == 30, "what was recorded is not sent again"

    def refusals(self, world):
        """What a caller hears between SIGTERM and the end: 503 with Retry-After, then nothing."""
        seen = {"post": None}
        other = world.new_client(timeout=5)
        while world.service.alive:
            try:
                reply = other.post(world.spec())
                if reply.status == 503:
                    reply.problem(503, "DRAINING")
                    seen["post"] = 503
                    ready = other.get("/readyz")
                    ready.problem(503, "DRAINING")
                    break
                reply.expect(202)
            except (OSError, IOError) as error:
                assert "ContractViolation" not in repr(error)
                break
            time.sleep(0.01)
        return seen

    def test_an_idle_service_stops_at_once(self, world, client):
        began = time.monotonic()
        assert world.service.stop() == 0
        assert time.monotonic() - began < 5

    def test_open_streams_do_not_hold_it_up(self, world):
        client = world.start(store_arguments=["--latency-ms", "100"])
        make(world.root, ["a"])
        client.succeed(world.spec())
        readers = [client.follow("/v1/events") for _ in range(20)]
        began = time.monotonic()
        assert world.service.stop() == 0
        assert time.monotonic() - began < 15
        for reader in readers:
            assert reader.ended.wait(5)

    def test_a_second_signal_does_not_break_it(self, world):
        client = world.start(store_arguments=["--latency-ms", "500"])
        make(world.root, [f"f{i}" for i in range(10)])
        job = client.submit(world.spec(concurrency=2))
        client.wait_until(job["id"], lambda job: job["progress"]["requests_in_flight"] > 0)
        world.service.terminate()
        world.service.process.send_signal(signal.SIGINT)
        world.service.process.wait(40)
        client = world.restart()
        assert client.wait(job["id"])["state"] == "succeeded"

    def test_drain_seconds_bound_it(self, world):
        client = world.start(store_arguments=["--latency-ms", "20000"], config={"drain_seconds": 1})
        make(world.root, ["a"])
        job = client.submit(world.spec())
        client.wait_until(job["id"], lambda job: job["progress"]["requests_in_flight"] > 0)
        began = time.monotonic()
        assert world.service.stop() == 0
        assert time.monotonic() - began < 10


def test_the_dev_store_tells_where_it_listens(world):
    store = world.start_store()
    assert store.first["event"] == "listening" and store.pid == store.process.pid
    assert store.stop() == 0


def test_many_connections_and_keep_alive(world, client):
    """Hundreds of idle connections cost no descriptor for long and block nobody."""
    clients = [Client(world.service.url) for _ in range(300)]
    for one in clients:
        one.get("/livez").expect(200)
    assert client.get("/readyz").status == 200
    for one in clients:
        one.session.close()
    eventually(lambda: world.service.descriptors() < 150, timeout=90)


def test_no_sockets_beyond_loopback(world, client):
    """What listens is the given address and nothing else."""
    port = int(world.service.url.rsplit(":", 1)[1])
    inodes = {os.readlink(f"/proc/{world.service.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{world.service.pid}/fd")
              if os.path.lexists(f"/proc/{world.service.pid}/fd/{fd}")}
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    assert listening == [f"0100007F:{port:04X}"]
