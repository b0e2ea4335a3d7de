"""Every fault that a store can show: the job ends right, or with the code that the contract names, in a bounded time."""

import email.utils
import socket
import time

import pytest

from harness.processes import eventually
from harness.stores import listing
from harness.tap import Tap
from harness.trees import big, make, many

MIB = 1 << 20


def config(max_attempts=10, retry_for_seconds=3600, **store):
    return {"max_attempts": max_attempts, "retry_for_seconds": retry_for_seconds, "stores": {"default": store}}


@pytest.fixture
def tapped(world):
    """Starts the service behind a tap: `tapped(config)` gives (client, tap)."""
    def start(settings=None, **plan):
        store = world.start_store()
        tap = world._keep(Tap(store))
        tap.s3 = store.s3
        tap.disturb(**plan)
        return world.start(store=tap, config=settings), tap
    return start


def only_error(job):
    assert job["state"] == "failed", job
    assert len(job["errors"]) == job["progress"]["files"]["failed"]
    return job["errors"][0]


class Crowd:
    """Four jobs of equal size over one store, measured by the store."""

    def __init__(self, world, files, *, concurrency=16, jobs=4):
        self.world, self.files, self.jobs_count, self.concurrency = world, files, jobs, concurrency
        for index in range(jobs):
            many(world.root / f"job{index}", files, size=20)

    def submit(self, client):
        self.client = client
        self.jobs = [client.submit(self.world.spec(source=str(self.world.root / f"job{index}"), prefix=f"job{index}",
                                                   concurrency=self.concurrency)) for index in range(self.jobs_count)]

    def moved(self):
        return sum(self.client.job(job["id"])["progress"]["files"]["succeeded"] for job in self.jobs)

    def wait(self, timeout):
        deadline = time.monotonic() + timeout
        for job in self.jobs:
            ended = self.client.wait(job["id"], max(1, deadline - time.monotonic()))
            assert ended["state"] == "succeeded", ended

    @property
    def needed(self):
        return self.files * self.jobs_count


class TestThrottling:
    def test_four_jobs_on_a_store_with_200_requests_a_second(self, world):
        """At most 1.3 requests for each needed one, and at least 80 % of the 200 used."""
        crowd = Crowd(world, 1000)
        client = world.start(store_arguments=["--latency-ms", "3"])
        world.store.faults({"throttle_per_second": 200})
        began = time.monotonic()
        crowd.submit(client)
        crowd.wait(120)
        took = time.monotonic() - began
        requests = world.store.stats()["requests"]["PutObject"]
        print(f"{crowd.needed} files in {took:.1f} s: {crowd.needed / took:.0f} a second, "
              f"{requests / crowd.needed:.3f} requests for each")
        assert requests <= 1.3 * crowd.needed
        assert crowd.needed / took >= 0.8 * 200

    @pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
    def test_three_of_ten_refused_at_random(self, world, seconds):
        """At most 1.6 requests for each needed one while it lasts; within 30 s of its end the rate is what it was."""
        crowd = Crowd(world, 60 * (seconds + 25))
        client = world.start(store_arguments=["--latency-ms", "20"], concurrency=6)
        crowd.submit(client)
        eventually(lambda: crowd.moved() >= 500)

        def rate(window=2.0):
            before, began = crowd.moved(), time.monotonic()
            time.sleep(window)  # a measuring window
            return (crowd.moved() - before) / (time.monotonic() - began)

        usual = rate()
        world.store.stats(reset=True)
        world.store.faults({"probability": 0.3, "error": {"status": 503, "code": "SlowDown"}})
        before = crowd.moved()
        storm_ends = time.monotonic() + seconds
        while time.monotonic() < storm_ends:
            time.sleep(1)  # the storm
            crowd.moved()  # an idle connection would be closed
        world.store.faults()
        ended = time.monotonic()
        during, storm = (crowd.moved() - before) / seconds, world.store.stats()
        sent, refused = storm["requests"]["PutObject"], storm["errors"]["SlowDown"]
        recovered = None
        while time.monotonic() - ended < 30 and recovered is None:
            if rate() >= 0.8 * usual:
                recovered = time.monotonic() - ended
        print(f"{usual:.0f} a second before, {during:.0f} during, "
              f"{sent / (sent - refused):.2f} requests for each; recovered within {recovered} s")
        crowd.wait(240)
        assert sent / (sent - refused) <= 1.6
        assert during >= 0.1 * usual, "a store that refuses by chance is starved"
        assert recovered is not None and recovered <= 30

    @pytest.mark.parametrize("form", ["seconds", "date", "milliseconds"])
    def test_the_wait_that_a_store_asks_for_holds_all_jobs(self, world, client, form):
        make(world.root / "a", [f"f{i}" for i in range(10)])
        make(world.root / "b", [f"f{i}" for i in range(10)])
        headers = {"seconds": {"Retry-After": "4"}, "milliseconds": {"x-amz-retry-after": "4000"},
                   "date": {"Retry-After": email.utils.formatdate(time.time() + 5, usegmt=True)}}[form]
        world.store.faults({"count": 1, "error": {"status": 503, "code": "SlowDown", "headers": headers}})
        first = client.submit(world.spec(source=str(world.root / "a"), prefix="a", concurrency=1))
        shown = client.wait_until(first["id"], lambda job: job["queue"]["waiting_for"] == "store_backoff")
        began = time.monotonic()
        second = client.submit(world.spec(source=str(world.root / "b"), prefix="b"))
        client.wait_until(second["id"], lambda job: job["queue"]["waiting_for"] == "store_backoff")
        # Few more may have begun before the refusal was understood.
        assert shown["progress"]["files"]["succeeded"] <= 3 and world.store.puts() <= 4
        for job in (first, second):
            assert client.wait(job["id"], 30)["state"] == "succeeded"
        assert 2 <= time.monotonic() - began <= 15
        assert world.store.puts() == 21

    def test_throttling_without_end_is_named(self, world):
        client = world.start(config=config(retry_for_seconds=3))
        make(world.root, ["a", "b"])
        world.store.faults({"error": {"status": 503, "code": "SlowDown"}})
        began = time.monotonic()
        error = only_error(client.run(world.spec()))
        assert (error["code"], error["s3"]["code"], error["retryable"]) == ("THROTTLED", "SlowDown", True)
        assert 3 <= time.monotonic() - began <= 20


class TestConnections:
    def test_a_store_that_never_answers_times_out(self, world, tapped):
        client, _ = tapped(config(max_attempts=2, response_timeout_seconds=1), mute=True)
        make(world.root, ["a", "b", "c"])
        big(world.root / "large", 20 * MIB)
        began = time.monotonic()
        error = only_error(client.run(world.spec()))
        assert (error["code"], error["attempts"], error["retryable"]) == ("TIMEOUT", 2, True)
        # Two time-outs of a second, a back-off of at most 0.1 s, and the abort of nothing.
        assert 2 <= time.monotonic() - began <= 20

    def test_a_store_that_is_mute_for_a_while(self, world, tapped):
        client, tap = tapped(config(response_timeout_seconds=1), mute=True)
        tree = make(world.root, [f"f{i}" for i in range(20)])
        job = client.submit(world.spec())
        eventually(lambda: tap.accepted >= 16)
        tap.calm()
        assert client.wait(job["id"], 30)["progress"]["files"]["succeeded"] == len(tree)

    def test_a_reply_that_drips_times_out(self, world, tapped):
        """Line by line it comes too slowly; where bodies drip is the transport's test."""
        client, _ = tapped(config(max_attempts=2, response_timeout_seconds=1), drip=0.3)
        make(world.root, ["a"])
        began = time.monotonic()
        assert only_error(client.run(world.spec()))["code"] == "TIMEOUT"
        assert time.monotonic() - began <= 20

    @pytest.mark.parametrize("plan", [{"cut_request": 3_000_000}, {"cut_request": 200}, {"cut_reply": 20},
                                      {"cut_reply": 120}], ids=["in-a-body", "in-a-head", "in-a-status", "in-a-reply"])
    def test_connections_that_break_in_the_middle(self, world, tapped, plan):
        client, _ = tapped(connections=12, **plan)
        tree = make(world.root, [f"f{i}" for i in range(20)])
        big(world.root / "large", 40 * MIB)
        big(world.root / "middle", 6 * MIB)
        job = client.wait(client.submit(world.spec())["id"], 60)
        assert job["state"] == "succeeded", job
        found = listing(world.store.s3, "bucket")
        assert len(found) == len(tree) + 2 and found["large"] == 40 * MIB and found["middle"] == 6 * MIB

    def test_used_connections_that_are_closed_cost_nothing(self, world, tapped):
        client, _ = tapped(config(max_attempts=1, retry_for_seconds=0), close_used=True)
        make(world.root, [f"f{i:03d}" for i in range(100)])
        job = client.wait(client.submit(world.spec())["id"], 60)
        assert job["state"] == "succeeded", job

    @pytest.mark.parametrize("endpoint", ["http://no-such-host.invalid", "refused"])
    def test_no_way_to_the_store(self, world, endpoint):
        if endpoint == "refused":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        store = world.start_store()
        store.url = endpoint
        client = world.start(store=store, config=config(retry_for_seconds=3))
        make(world.root, ["a"])
        began = time.monotonic()
        job = client.submit(world.spec())
        client.wait_until(job["id"], lambda job: job["queue"]["waiting_for"] == "store_backoff")
        error = only_error(client.wait(job["id"], 30))
        assert (error["code"], error["retryable"]) == ("CONNECTION_FAILED", True) and error["attempts"] > 1
        assert 3 <= time.monotonic() - began <= 20


class TestReplies:
    def test_500_again_and_again_is_named(self, world):
        client = world.start(config=config(max_attempts=3))
        make(world.root, ["a"])
        world.store.faults({"error": {"status": 500, "code": "InternalError"}})
        error = only_error(client.run(world.spec(), 20))
        assert (error["code"], error["attempts"], error["s3"]["http_status"]) == ("STORE_ERROR", 3, 500)
        assert world.store.puts() == 3

    def test_a_digest_that_is_refused_again_and_again_is_named(self, world):
        client = world.start(config=config(max_attempts=3))
        make(world.root, ["a"])
        world.store.faults({"error": {"status": 400, "code": "BadDigest"}})
        error = only_error(client.run(world.spec(), 20))
        assert (error["code"], error["attempts"], error["s3"]["code"]) == ("CHECKSUM_MISMATCH", 3, "BadDigest")
        assert world.store.puts() == 3

    def test_a_truncated_reply_of_complete(self, world, client):
        big(world.root / "large", 20 * MIB)
        world.store.faults({"operation": "CompleteMultipartUpload", "count": 1, "cut_after_bytes": 60})
        job = client.succeed(world.spec())
        assert job["progress"]["bytes"]["resent"] == 0

    @pytest.mark.parametrize("offset", [1200, -1200])
    @pytest.mark.parametrize("overwrite", ["always", "if_changed"])
    def test_a_clock_that_is_off_is_learnt_once(self, world, offset, overwrite):
        client = world.start(store_arguments=[f"--clock-offset={offset}"])
        make(world.root, [f"f{i:03d}" for i in range(200)])
        client.succeed(world.spec(overwrite=overwrite, concurrency=8), timeout=30)
        stats = world.store.stats()
        # Those that were signed before the first answer was understood, and no more.
        assert 1 <= stats["errors"]["RequestTimeTooSkewed"] <= 16

    @pytest.mark.parametrize("reply", [(301, "PermanentRedirect"), (307, "TemporaryRedirect"),
                                       (400, "AuthorizationHeaderMalformed"), None],
                             ids=["301", "307", "400", "as-S3-says-it"])
    def test_another_region_is_learnt_and_nobody_else_is_asked(self, world, reply):
        elsewhere = world._keep(Tap(world.start_store(name="elsewhere")))
        store = world.start_store("--region", "eu-west-1", name="store")
        client = world.start(store=store)
        make(world.root, [f"f{i:03d}" for i in range(100)])
        big(world.root / "large", 20 * MIB)
        if reply:
            status, code = reply
            store.faults({"count": 1, "error": {"status": status, "code": code, "headers": {
                "x-amz-bucket-region": "eu-west-1", "Location": elsewhere.url + "/bucket/f000"}}})
        client.succeed(world.spec(concurrency=4), timeout=30)
        errors = store.stats()["errors"]
        assert 1 <= sum(errors.values()) <= 8, errors
        assert elsewhere.accepted == 0
