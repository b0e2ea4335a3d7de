"""/metrics, and what `deploy` has for those who watch it."""

import json
import re

import yaml

from harness import REPOSITORY
from harness.metrics import promtool, scrape
from harness.processes import eventually
from harness.trees import big, many

MIB = 1 << 20
DEPLOY = REPOSITORY / "deploy"


def test_the_figures_are_well_formed_before_and_after_jobs(world, client):
    assert promtool("check", "metrics", text=scrape(client).text) == (0, "")
    many(world.root / "a", 20)
    client.succeed(world.spec())
    client.succeed({"kind": "copy", "source_bucket": "bucket", "source_prefix": "", "bucket": "bucket", "prefix": "b"})
    client.succeed({"kind": "download", "bucket": "bucket", "prefix": "b", "destination": str(world.root / "back")})
    after = scrape(client)
    assert promtool("check", "metrics", text=after.text) == (0, "")
    assert after.text.count("\n") < 2000


def test_a_known_job_has_known_figures(world, client):
    many(world.root, 30, size=1000)
    big(world.root / "large", 12 * MIB)
    client.succeed(world.spec(part_size=5 * MIB, multipart_threshold=5 * MIB))
    seen = scrape(client)

    def requests(operation, code=200):
        return seen.get("longshore_s3_requests_total", store="default", operation=operation, code=code)

    assert (requests("PutObject"), requests("CreateMultipartUpload"), requests("UploadPart")) == (30, 1, 3)
    assert requests("CompleteMultipartUpload") == 1
    assert seen.sum("longshore_s3_requests_total") == 35
    assert seen.sum("longshore_s3_request_duration_seconds_count") == 35
    assert seen.get("longshore_s3_request_duration_seconds_count", store="default", operation="UploadPart") == 3
    sent = seen.get("longshore_s3_bytes_total", store="default", direction="sent")
    # Beside the files only the document that completes the upload.
    assert 30_000 + 12 * MIB <= sent <= 30_000 + 12 * MIB + 2000
    assert seen.get("longshore_moved_bytes_total", kind="upload") == 30_000 + 12 * MIB
    assert seen.get("longshore_resent_bytes_total") == 0
    assert seen.get("longshore_files_total", kind="upload", state="succeeded") == 31
    assert seen.get("longshore_jobs", kind="upload", state="succeeded") == 1 == seen.sum("longshore_jobs")
    assert seen.get("longshore_job_duration_seconds_count", kind="upload", state="succeeded") == 1
    assert seen.get("longshore_queue_wait_seconds_count") == 1
    assert seen.sum("longshore_commit_duration_seconds_count", durable="true") >= 2
    assert seen.get("longshore_s3_requests_in_flight") == 0 == seen.get("longshore_open_multipart_uploads")
    assert seen.get("longshore_s3_requests_in_flight_limit") == 64
    assert seen.get("longshore_state_writable") == 1
    assert seen.get("process_open_fds") >= 10 and seen.get("process_max_fds") >= 256
    assert 5 * MIB < seen.get("process_resident_memory_bytes") < 500 * MIB


def test_what_is_sent_again_and_what_a_store_refuses_is_counted(world, client):
    big(world.root / "large", 12 * MIB)
    world.store.faults({"operation": "UploadPart", "count": 1, "error": {"status": 500, "code": "InternalError"}},
                       {"operation": "UploadPart", "count": 1, "error": {"status": 503, "code": "SlowDown"}})
    job = client.succeed(world.spec(part_size=5 * MIB, multipart_threshold=5 * MIB))
    seen = scrape(client)
    counted = [seen.get("longshore_s3_requests_total", store="default", operation="UploadPart", code=code)
               for code in (200, 500, 503)]
    assert counted == [3, 1, 1]
    assert seen.get("longshore_resent_bytes_total") == job["progress"]["bytes"]["resent"]
    assert seen.get("longshore_moved_bytes_total", kind="upload") == 12 * MIB
    world.store.close()
    job = client.submit(world.spec(prefix="again"))
    eventually(lambda: scrape(client).sum("longshore_s3_requests_total", code="connect") >= 1)
    client.act(job["id"], "cancel").expect(202)


def test_what_runs_is_seen(world):
    client = world.start(concurrency=7)
    big(world.root / "large", 12 * MIB)
    world.store.faults({"operation": "UploadPart", "withheld": True})
    job = client.submit(world.spec(part_size=5 * MIB, multipart_threshold=5 * MIB))
    eventually(lambda: world.store.held() == 3)
    stream = client.events(job["id"])
    lines = client.stream("/v1/events", accept="application/x-ndjson")
    seen = eventually(lambda: (now := scrape(client)).sum("longshore_stream_readers") == 2 and now)
    assert seen.get("longshore_stream_readers", format="sse") == seen.get("longshore_stream_readers", format="ndjson") == 1
    assert seen.get("longshore_jobs", kind="upload", state="running") == 1
    assert seen.get("longshore_s3_requests_in_flight") == 3 and seen.get("longshore_s3_requests_in_flight_limit") == 7
    assert seen.get("longshore_open_multipart_uploads") == 1 and seen.get("longshore_possible_orphan_uploads") == 0
    stream.close()
    lines.close()
    world.store.faults()
    world.store.release()
    assert client.wait(job["id"])["state"] == "succeeded"
    # A reader that left is noticed at the next byte for it.
    eventually(lambda: scrape(client).sum("longshore_stream_readers") == 0)
    assert scrape(client).get("longshore_open_multipart_uploads") == 0


def test_jobs_are_counted_over_restarts_and_deletions(world, client):
    many(world.root, 3)
    ids = [client.succeed(world.spec(prefix=str(number)))["id"] for number in range(3)]
    world.store.faults({"error": {"status": 403, "code": "AccessDenied"}})
    assert client.run(world.spec())["state"] == "failed"
    world.service.kill()
    client = world.restart()
    seen = scrape(client)
    assert seen.get("longshore_jobs", kind="upload", state="succeeded") == 3
    assert seen.get("longshore_jobs", kind="upload", state="failed") == 1 and seen.sum("longshore_jobs") == 4
    client.request("DELETE", f"/v1/jobs/{ids[0]}").expect(204)
    assert scrape(client).sum("longshore_jobs") == 3


def test_they_need_a_token_where_tokens_are_on(world):
    client = world.start(token="secret")
    scrape(client)
    world.new_client(token=None).get("/metrics").problem(401, "UNAUTHORIZED")


def test_the_alert_rules_are_taken():
    code, told = promtool("check", "rules", DEPLOY / "alerts.yaml")
    assert code == 0, told


def expressions():
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def test_the_dashboard_and_the_alerts_name_figures_that_there_are(world, client, tmp_path):
    known = scrape(client)
    histograms = {name for name, kind in known.kinds.items() if kind == "histogram"}
    named = {name for text in expressions() for name in re.findall(r"\b(?:longshore|process)_[a-z0-9_]+", text)}
    assert len(named) > 20
    for name in named:
        stem = re.sub(r"_(bucket|count|sum)$", "", name)
        assert name in known.kinds or stem in histograms, name
    # Each is an expression: promtool reads them as rules.
    rules = [{"record": f"r:{number}", "expr": re.sub(r"\$__rate_interval", "1m", text).replace("$instance", ".*")}
             for number, text in enumerate(expressions())]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    code, told = promtool("check", "rules", path)
    assert code == 0, told


def test_the_readme_names_every_figure(client):
    text = (REPOSITORY / "README.md").read_text()
    for name in scrape(client).kinds:
        assert name in text, name
