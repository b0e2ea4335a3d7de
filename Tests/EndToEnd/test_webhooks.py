"""Webhooks: what a receiver gets, and what becomes of it when it does not answer as it should."""

import base64
import json
import os
import subprocess
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from harness.metrics import scrape
from harness.processes import BINARY, clean_environment, eventually
from harness.receiver import Receiver
from harness.trees import make

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
WAITS = [0.2, 0.3, 0.4]
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def receive(world):
    """Makes a receiver; with `start` a service that may send to it."""
    made = []

    def receiver(*answers, **named):
        made.append(Receiver(*answers, **named))
        return made[-1]

    yield receiver
    for one in made:
        one.close()


def start(world, *receivers, settings=None, **named):
    make(world.root, ["a.txt"])
    return world.start(config={
        "webhook_hosts": [receiver.host for receiver in receivers], "webhook_secret": SECRET,
        "webhook_networks": ["127.0.0.0/8"], "webhook_retry_seconds": WAITS, **(settings or {})}, **named)


def hooked(world, receiver, events=None, **fields):
    webhook = {"url": receiver.url} | ({"events": events} if events else {})
    return world.spec(webhook=webhook, **fields)


def deliveries(client, job):
    return client.pages(f"/v1/jobs/{job['id']}/deliveries", "deliveries")


def settled(client, job, count=1):
    """The job's deliveries once none is pending."""
    def look():
        found = deliveries(client, job)
        return len(found) == count and all(one["state"] != "pending" for one in found) and found
    return eventually(look)


def test_a_receiver_gets_a_message_that_the_standards_library_verifies(world, receive):
    receiver = receive()
    client = start(world, receiver)
    reply = client.post(hooked(world, receiver), headers={"traceparent": f"00-{TRACE}-{SPAN}-01"}).expect(202)
    assert reply.json["traceparent"] == f"00-{TRACE}-{SPAN}-01"
    job = client.wait(reply.json["id"])
    message = receiver.get()
    told = Webhook(SECRET).verify(message.body, message.headers)
    assert message.path == "/hook?a=b" and message.headers["content-type"] == "application/json"
    assert told["type"] == "job.finished" and told["data"]["id"] == job["id"]
    assert told["data"]["state"] == "succeeded" and told["data"]["progress"]["files"]["succeeded"] == 1
    assert told["timestamp"] == job["end_time"] == told["data"]["end_time"]
    client.contract.check("Job", {**told["data"], "open_uploads": {"count": 0, "uploads": []}})
    assert abs(time.time() - int(message.headers["webhook-timestamp"])) < 60
    version, trace, span, flags = message.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01") and span not in (SPAN, "0" * 16)
    [delivery] = settled(client, job)
    assert delivery["id"] == message.id and delivery["state"] == "delivered"
    assert (delivery["attempts"], delivery["last_status"], delivery["last_error"]) == (1, 200, None)
    assert delivery["next_attempt_time"] is None
    log = (world.folder / "longshore.log").read_text()
    for line in ("job runs", "job ended", "webhook delivered"):
        [found] = [text for text in log.splitlines() if line in text]
        assert f"trace_id={TRACE}" in found, found
    seen = scrape(client)
    assert seen.get("longshore_webhook_deliveries_total", result="delivered") == 1
    assert seen.get("longshore_webhook_outbox") == 0 and seen.get("longshore_webhook_duration_seconds_count") == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(message.body, message.headers)


def test_a_trace_that_is_not_valid_is_ignored(world, receive):
    receiver = receive()
    client = start(world, receiver)
    for text in (f"00-{TRACE.upper()}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", "nonsense"):
        job = client.post(hooked(world, receiver), headers={"traceparent": text}).expect(202).json
        assert "traceparent" not in job
        assert "traceparent" not in receiver.get().headers


def test_while_a_secret_is_exchanged_both_verify(world, receive):
    receiver = receive()
    client = start(world, receiver, settings={"webhook_secret": [SECRET, OLD_SECRET]})
    client.succeed(hooked(world, receiver))
    message = receiver.get()
    assert Webhook(SECRET).verify(message.body, message.headers) == Webhook(OLD_SECRET).verify(message.body, message.headers)


def test_each_event_that_was_asked_for_is_sent(world, receive):
    receiver = receive()
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver, events=["job.running", "job.succeeded", "job.failed", "job.finished"]))
    told = {json.loads(receiver.get().body)["type"] for _ in range(3)}
    assert told == {"job.running", "job.succeeded", "job.finished"}
    assert [one["event"] for one in settled(client, job, 3)] == ["job.running", "job.succeeded", "job.finished"]


def test_what_fails_is_sent_again_with_the_same_id(world, receive):
    receiver = receive(500, (503, {"Retry-After": "2"}))
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    messages = [receiver.get() for _ in range(3)]
    assert len({message.id for message in messages}) == 1 and len({message.body for message in messages}) == 1
    for message in messages:
        Webhook(SECRET).verify(message.body, message.headers)
    assert messages[1].time - messages[0].time >= 0.2 and messages[2].time - messages[1].time >= 2
    [delivery] = settled(client, job)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 3)
    assert scrape(client).get("longshore_webhook_deliveries_total", result="retry") == 2


def test_it_is_given_up_at_the_end_of_the_schedule_and_can_be_replayed(world, receive):
    receiver = receive(500, 404, 429, 500)
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    [delivery] = settled(client, job)
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("failed", 4, 500)
    assert delivery["last_error"] == "the receiver answered 500"
    target = f"/v1/jobs/{job['id']}/deliveries/{delivery['id']}/replay"
    replayed = client.request("POST", target).expect(202).json
    assert replayed["state"] == "pending" and replayed["id"] == delivery["id"]
    [delivery] = settled(client, job)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 5)
    assert len({message.id for message in receiver.all}) == 1 and len(receiver.all) == 5
    # Also one that was delivered.
    client.request("POST", target).expect(202)
    eventually(lambda: len(receiver.all) == 6)
    other = client.succeed(world.spec(prefix="other"))
    client.request("POST", target.replace(job["id"], other["id"])).problem(404, "NOT_FOUND")
    client.request("POST", target.replace(job["id"], "nobody")).problem(404, "JOB_NOT_FOUND")
    client.get("/v1/jobs/nobody/deliveries").problem(404, "JOB_NOT_FOUND")
    assert deliveries(client, other) == []


def test_a_receiver_that_is_gone_gets_nothing_more_of_the_job(world, receive):
    receiver = receive(410)
    client = start(world, receiver)
    job = client.submit(hooked(world, receiver, events=["job.running", "job.finished"]))
    job = client.wait(job["id"])
    found = settled(client, job, 2)
    assert {one["state"] for one in found} <= {"disabled", "delivered"} and found[0]["state"] == "disabled"
    assert found[0]["last_status"] == 410
    # Another job is another matter.
    other = client.succeed(hooked(world, receiver))
    assert settled(client, other)[0]["state"] == "delivered"


def test_a_redirect_is_not_followed(world, receive):
    elsewhere = receive()
    receiver = receive(*[(status, {"Location": elsewhere.url}) for status in (301, 302, 307, 308)])
    client = start(world, receiver, elsewhere)
    job = client.succeed(hooked(world, receiver))
    [delivery] = settled(client, job)
    assert (delivery["state"], delivery["last_status"]) == ("failed", 308) and "redirect" in delivery["last_error"]
    assert elsewhere.all == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"])
def test_no_private_address_is_connected_to(world, receive, host):
    """The host is allowed by its name; what counts is where it leads."""
    receiver = receive()
    client = start(world, receiver, settings={
        "webhook_hosts": [f"http://{host}:{receiver.port}"], "webhook_networks": ["10.0.0.0/8"]})
    job = client.succeed(world.spec(webhook={"url": f"http://{host}:{receiver.port}/"}))
    [delivery] = settled(client, job)
    assert delivery["state"] == "failed" and delivery["last_status"] is None
    assert delivery["last_error"] == "the host has no address that webhooks may be sent to"
    assert receiver.all == []


def test_a_slow_receiver_keeps_nobody_from_their_turn(world, receive):
    good, slow = receive(), receive()
    for _ in range(100):
        slow.answers.put(slow.silent)
    client = start(world, good, slow, settings={"webhook_timeout_seconds": 2, "webhook_retry_seconds": [60]})
    began = time.monotonic()
    stuck = [client.submit(hooked(world, slow, prefix=f"s{number}")) for number in range(30)]
    jobs = [client.submit(hooked(world, good, prefix=f"g{number}")) for number in range(10)]
    for job in jobs + stuck:
        assert client.wait(job["id"])["state"] == "succeeded"
    for job in jobs:
        settled(client, job)
    assert time.monotonic() - began < 15
    assert len(good.all) == 10
    [delivery] = eventually(lambda: [one for one in deliveries(client, stuck[0]) if one["attempts"] == 1])
    assert delivery["state"] == "pending" and delivery["last_status"] is None and delivery["last_error"]


def test_an_endless_answer_is_cut_and_its_status_counts(world, receive):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
                sent.append(65536)
        except OSError:
            sent.append(None)

    receiver = receive(endless)
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    [delivery] = settled(client, job)
    assert (delivery["state"], delivery["last_status"], delivery["attempts"]) == ("delivered", 200, 1)
    eventually(lambda: sent and sent[-1] is None)
    # What lies in the buffers of two sockets.
    assert len(sent) < 200


def test_a_kill_between_the_end_and_the_delivery_loses_nothing(world, receive):
    receiver = receive()
    receiver.answers.put(receiver.silent)
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    first = receiver.get()
    world.service.kill()
    client = world.restart()
    again = receiver.get()
    assert again.id == first.id and again.body == first.body
    Webhook(SECRET).verify(again.body, again.headers)
    [delivery] = settled(client, job)
    assert delivery["state"] == "delivered" and delivery["id"] == first.id


def test_a_receiver_that_is_away_is_told_after_the_next_start(world, receive):
    """Stopped while it waits for its next attempt: the schedule goes on where it was."""
    receiver = receive(500)
    client = start(world, receiver, settings={"webhook_retry_seconds": [2, 2]})
    job = client.succeed(hooked(world, receiver))
    first = receiver.get()
    eventually(lambda: deliveries(client, job)[0]["attempts"] == 1)
    assert world.service.stop() == 0
    client = world.restart()
    assert receiver.get().id == first.id
    assert settled(client, job)[0]["attempts"] == 2


def test_what_is_due_is_sent_before_the_service_ends(world, receive):
    """A job of one process and its message: `--local` ends as soon as its job has."""
    receiver = receive()
    make(world.root, ["a.txt"])
    store = world.start_store()
    config = world.folder / "settings.yaml"
    config.write_text(json.dumps({"webhook_hosts": [receiver.host], "webhook_secret": SECRET,
                                  "webhook_networks": ["127.0.0.0/8"]}))
    subprocess.run(
        [BINARY, "upload", world.root / "a.txt", "s3://bucket/", "--local", "--config", config, "--webhook", receiver.url],
        check=True, timeout=60, stdout=subprocess.DEVNULL, env=clean_environment(
            AWS_ENDPOINT_URL_S3=store.url, AWS_REGION=store.region, AWS_ACCESS_KEY_ID=store.access_key,
            AWS_SECRET_ACCESS_KEY=store.secret_key, HOME=world.folder))
    message = receiver.get(1)
    assert Webhook(SECRET).verify(message.body, message.headers)["data"]["state"] == "succeeded"


def test_over_tls_the_certificate_counts(world, receive, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    receiver = receive(certificate=(certificate, key))
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    [delivery] = settled(client, job)
    assert delivery["state"] == "failed" and delivery["last_status"] is None and receiver.all == []
    assert world.service.stop() == 0
    client = world.restart(config={"webhook_hosts": [receiver.host], "webhook_secret": SECRET,
                                   "webhook_networks": ["127.0.0.0/8"], "webhook_ca_file": str(certificate)})
    client.request("POST", f"/v1/jobs/{job['id']}/deliveries/{delivery['id']}/replay").expect(202)
    assert receiver.get().id == delivery["id"]


def test_messages_go_with_their_job(world, receive):
    receiver = receive()
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver))
    settled(client, job)
    client.request("DELETE", f"/v1/jobs/{job['id']}").expect(204)
    client.get(f"/v1/jobs/{job['id']}/deliveries").problem(404, "JOB_NOT_FOUND")


def test_deliveries_come_in_pages(world, receive):
    receiver = receive()
    client = start(world, receiver)
    job = client.succeed(hooked(world, receiver, events=["job.running", "job.succeeded", "job.finished"]))
    settled(client, job, 3)
    rows = client.pages(f"/v1/jobs/{job['id']}/deliveries", "deliveries", size=2)
    assert [row["event"] for row in rows] == ["job.running", "job.succeeded", "job.finished"]
    client.get(f"/v1/jobs/{job['id']}/deliveries?page_token=x").problem(400, "INVALID_QUERY")


@pytest.mark.parametrize("webhook,pointer", [
    ({"url": "https://other.example/"}, "/webhook/url"), ({"url": "http://hooks.example/"}, "/webhook/url"),
    ({"url": "https://hooks.example@evil.example/"}, "/webhook/url"), ({"url": "https://hooks.example:444/"}, "/webhook/url"),
    ({"url": "https://hooks.example/", "events": []}, "/webhook/events"),
    ({"url": "https://hooks.example/", "events": ["job.finished", "job.*"]}, "/webhook/events/1"),
])
def test_a_webhook_that_can_not_be_is_refused(world, webhook, pointer):
    make(world.root, ["a.txt"])
    client = world.start(config={"webhook_hosts": ["hooks.example"], "webhook_secret": SECRET})
    problem = client.post(world.spec(webhook=webhook)).problem(400, "INVALID_SPEC")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    client.post(world.spec(webhook={"url": "https://hooks.example/x"}, validate_only=True)).expect(200)


@pytest.mark.parametrize("settings,named", [
    ({"webhook_hosts": ["hooks.example"]}, "webhook_secret"),
    ({"webhook_hosts": ["hooks.example"], "webhook_secret": "whsec_short"}, "webhook_secret"),
    ({"webhook_hosts": ["https://hooks.example/path"], "webhook_secret": SECRET}, "webhook_hosts"),
    ({"webhook_networks": ["10.0.0.1/8"]}, "webhook_networks"),
])
def test_settings_that_can_not_be_end_the_start(tmp_path, settings, named):
    path = tmp_path / "settings.yaml"
    path.write_text(json.dumps(settings))
    done = subprocess.run([BINARY, "serve", "--config", path, "--listen", "127.0.0.1:0", "--state-dir", tmp_path / "state"],
                          env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 2 and named in done.stderr and done.stderr.count("\n") == 1
    assert "whsec_" not in done.stderr.replace("whsec_ and base64", "")


def test_no_secret_is_in_any_log(world, receive):
    receiver = receive(500)
    client = start(world, receiver, environment={"LONGSHORE_WEBHOOK_SECRET": SECRET})
    job = client.succeed(hooked(world, receiver))
    settled(client, job)
    for path in world.folder.glob("*.log"):
        assert SECRET.removeprefix("whsec_") not in path.read_text()
    assert os.path.exists(world.folder / "longshore.log")
