"""Credentials that end while a job runs: fetched anew in time, or when the store refuses them; never a failed file."""

import http.server
import json
import threading
import time

import pytest

from harness.processes import ACCESS_KEY, SECRET_KEY
from harness.stores import assert_same_tree
from harness.trees import big, make

MIB = 1 << 20
# Of the keys in the environment of the harness none is left.
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


class Agent:
    """A container's agent: hands out sessions that the dev-store takes for `lifetime` seconds, and says `claimed`."""

    def __init__(self, lifetime, claimed=None):
        self.ends = []
        self.tokens = []
        self.broken = False
        agent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                agent.tokens.append(self.headers["Authorization"])
                if agent.broken:
                    return self.send_error(500)
                now = int(time.time())
                end = now + lifetime
                agent.ends.append(end)
                body = json.dumps({
                    "AccessKeyId": f"{ACCESS_KEY}-until-{end}", "SecretAccessKey": SECRET_KEY,
                    "Token": f"session-until-{end}", "Expiration": time.strftime(
                        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + (claimed or lifetime)))}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/credentials"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def agent(request):
    made = Agent(**request.param)
    yield made
    made.close()


def start(world, **environment):
    world.start_store("--sessions", "--latency-ms", "150")
    return world.start(environment={**NO_KEYS, **environment})


def plant(world):
    """About 14 s of work for four requests at once that each take 150 ms."""
    tree = make(world.root, [f"f{i:03d}" for i in range(300)])
    return tree | {"large.bin": big(world.root / "large.bin", 80 * MIB)}


# The second agent promises an hour and the store ends it after four seconds.
@pytest.mark.parametrize("agent", [{"lifetime": 4}, {"lifetime": 4, "claimed": 3600}], indirect=True,
                         ids=["renewed-in-time", "refused-by-the-store"])
def test_a_job_outlives_its_credentials(world, agent):
    token = world.folder / "token"
    token.write_text("let me in\n")
    client = start(world, AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token)
    tree = plant(world)
    began = time.monotonic()
    job = client.succeed(world.spec(concurrency=4))
    lasted = time.monotonic() - began
    assert job["progress"]["files"]["failed"] == 0
    assert_same_tree(world.store.s3, "bucket", tree)
    # Several lives, and no more renewals than they need, however many requests met an end at the same time.
    assert lasted > 8 and 3 <= len(agent.ends) <= lasted / 2 + 2, (lasted, agent.ends)
    assert set(agent.tokens) == {"let me in"}
    assert SECRET_KEY not in world.service.log and "let me in" not in world.service.log


@pytest.mark.parametrize("agent", [{"lifetime": 4}], indirect=True)
def test_an_agent_that_is_away_is_waited_for(world, agent):
    client = start(world, AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url)
    tree = plant(world)
    job = client.submit(world.spec(concurrency=4))
    client.wait_until(job["id"], lambda job: job["progress"]["files"]["succeeded"] >= 20)
    agent.broken = True
    # Until the old ones are over and somebody has asked in vain, several times.
    asked = len(agent.tokens)
    client.wait_until(job["id"], lambda job: len(agent.tokens) >= asked + 6 and time.time() > agent.ends[-1] + 1)
    assert client.job(job["id"])["state"] == "running"
    agent.broken = False
    assert client.wait(job["id"])["state"] == "succeeded"
    assert_same_tree(world.store.s3, "bucket", tree)
    assert "credentials were not renewed" in world.service.log


def test_a_process_hands_them_out(world):
    script, runs = world.folder / "hand out", world.folder / "runs"
    script.write_text(f"""#!/bin/sh
        end=$(( $(date +%s) + 5 )); echo $end >>'{runs}'
        printf '{{"Version":1,"AccessKeyId":"{ACCESS_KEY}-until-%s","SecretAccessKey":"{SECRET_KEY}",' $end
        printf '"SessionToken":"session-until-%s","Expiration":"%s"}}' $end $(date -u -d @$end +%Y-%m-%dT%H:%M:%SZ)
        """)
    script.chmod(0o700)
    (world.folder / ".aws").mkdir()
    (world.folder / ".aws" / "config").write_text(
        f"[profile nightly]\ncredential_process = '{script}' --unused\n")
    client = start(world, AWS_PROFILE="nightly")
    tree = plant(world)
    client.succeed(world.spec(concurrency=4))
    assert_same_tree(world.store.s3, "bucket", tree)
    assert len(runs.read_text().split()) >= 3


def test_none_at_all_is_said_with_every_place(world):
    client = start(world)
    make(world.root, ["a", "b"])
    ended = client.wait(client.submit(world.spec())["id"])
    assert ended["state"] == "failed", ended
    told = json.dumps(ended)
    assert "CREDENTIALS_UNAVAILABLE" in told
    for place in ("AWS_ACCESS_KEY_ID is not set", "profile default", "web identity", "the container's endpoint",
                  "AWS_EC2_METADATA_DISABLED is true"):
        assert place in told, told
