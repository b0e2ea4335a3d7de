"""The contract against the service, by a tool that knows nothing but the contract: schemathesis, with all its checks."""

import os
import random
import re
import subprocess
import sys

import pytest

from harness import REPOSITORY
from harness.contract import DOCUMENT_PATH
from harness.processes import clean_environment
from harness.trees import make

TOKEN = "fuzzed"


def attack(world, seed, *arguments, timeout):
    """Runs every phase; nothing may fail, and the service is alive and well behind it."""
    make(world.root / "up", [f"f{number}" for number in range(3)])
    client = world.start(token=TOKEN)
    world.store.s3.create_bucket(Bucket="another")
    command = ["st", "run", str(DOCUMENT_PATH), "--url", world.service.url, "--checks", "all", "--seed", str(seed),
               # It has no end; the stream of a job has.
               "--exclude-path", "/v1/events",
               "-H", f"Authorization: Bearer {TOKEN}", "--request-timeout", "30", "--no-color", "--continue-on-failure",
               "--output-sanitize", "false", *arguments]
    here = REPOSITORY / "Tests/EndToEnd"
    environment = clean_environment(HOME=world.folder, SCHEMATHESIS_HOOKS="harness.contract_hooks", PYTHONPATH=here,
                                    LONGSHORE_FUZZ_ROOT=world.root)
    environment["PATH"] = f"{os.path.dirname(sys.executable)}:{environment['PATH']}"
    ended = subprocess.run(
        ["st", "--config-file", str(here / "schemathesis.toml"), *command[1:]], cwd=world.folder, env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    assert ended.returncode == 0, f"seed {seed}\n{ended.stdout[-12000:]}{ended.stderr[-2000:]}"
    assert client.get("/readyz").status == 200
    return ended.stdout


@pytest.mark.timeout(330)
def test_nothing_that_is_sent_breaks_the_contract(world):
    told = attack(world, 20261121, "--max-examples", "4", timeout=300)
    assert re.search(r"(\d{3,}) generated, \1 passed", told), told[-4000:]


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_nothing_that_is_sent_for_long_breaks_the_contract(world):
    attack(world, random.randrange(1 << 32), "--max-examples", "1000", "--max-time", "900", timeout=1400)
