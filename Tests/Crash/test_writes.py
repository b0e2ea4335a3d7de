"""Death at each durable write of the state: by kill -9, where all that was written stays, and by a power loss, where
nothing stays but what was synced. `before` the sync: its bytes are with the kernel; `after` it: nobody was told yet.
"""

import random
from dataclasses import dataclass

import pytest
import requests

from harness.processes import eventually
from harness.world import World
from killer import Killer, assert_killed
from story import PARTS, Story, rows

HOLD_PART = {"operation": "UploadPart", "from": 3, "count": 1, "silence": True, "executes": True}
LOSSES = ("kill", "power")
MOMENTS = ("before", "after")


@dataclass(frozen=True)
class Write:
    """The n-th sync from the submission (or the command) on, and what the state holds from then on."""

    name: str
    number: int
    query: str


def start(world, killer):
    """Returns once what a start writes (sweeps of old jobs and uploads) is written."""
    client = world.start(environment=killer.environment)
    be_still(killer)
    return client


def be_still(killer):
    seen = []

    def still():
        seen.append((killer["syncs"], killer["writes"]))
        return seen[-1][0] > 0 and len(seen) > 5 and len(set(seen[-5:])) == 1
    eventually(still)


def lose(world, killer, loss):
    """Waits for the ordered death, and takes away what a power loss takes."""
    assert_killed(world.service)
    if loss == "power":
        killer.lose_power(world.service)


def assert_holds(world, write, loss, moment):
    """That the n-th sync is the one that the table says."""
    held = rows(world, write.query) == [(1,)]
    assert held == (loss == "kill" or moment == "after"), f"{write.name}: {write.query}"


# A job's life

WRITES = [
    Write("submission", 1, "SELECT count(*) FROM job"),
    Write("intention", 2, "SELECT count(*) FROM intention"),
    Write("upload id", 3, "SELECT count(*) FROM intention WHERE upload_id IS NOT NULL"),
    Write("parts", 4, f"SELECT count(*) = {PARTS} FROM part"),
    Write("end", 5, "SELECT count(*) FROM job WHERE state = 'succeeded'"),
]


def begin_to_die(world, killer, write, moment):
    """The story that ends at this sync. On a busy machine two writes may share a commit: one sync too few is made, the job
    comes to its end, and another has its turn."""
    for turn in range(5):
        story = Story(world, key=f"story {turn}")
        killer.at_sync(write.number, done=moment == "after")
        try:
            story.begin()
            world.client.wait(story.job["id"])
        except requests.RequestException:
            return story  # no answer to the submission, to the stream's request or to the last question
        assert killer["sync_ahead"] > 0, "it lives on after the sync at which it was to die"
        killer.at_sync(0, done=False)
        world.service.stop()
        killer.forget()
        world.restart(environment=killer.environment)
        be_still(killer)
    raise AssertionError("five jobs came to their end")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
def test_a_job_survives(world, killer, write, moment, loss):
    start(world, killer)
    story = begin_to_die(world, killer, write, moment)
    lose(world, killer, loss)
    assert_holds(world, write, loss, moment)
    known = story.job
    client = story.restart()
    if known:
        assert client.job(known["id"])["spec"] == known["spec"], "an accepted job is lost"
    assert story.submit()["id"] == (known or story.job)["id"]
    lost = write.name in ("intention", "upload id")
    ended = story.assert_well(same_rows=loss == "kill", lost=int(lost))
    sent = story.sent
    if write.name in ("parts", "end"):
        assert sent.get("UploadPart", 0) == 0 or loss == "power" and moment == "before", sent
    if write.name == "upload id" and loss == "kill":
        assert sent["UploadPart"] == PARTS and "CreateMultipartUpload" not in sent, sent
    if write.name == "end" and (loss, moment) != ("power", "before"):
        assert "CompleteMultipartUpload" not in sent and "ListParts" not in sent, sent
    assert ended["attempt"] == 1


def test_a_job_that_a_power_loss_puts_back_into_the_queue_begins_anew(world, killer):
    """That a job runs is no reason to wait for the disk."""
    start(world, killer)
    story = Story(world, small=True)
    story.begin({"operation": "PutObject", "from": 1, "count": 1, "silence": True})
    story.wait_held()
    assert world.client.job(story.job["id"])["state"] == "running"
    killer.lose_power(world.service)
    assert rows(world, "SELECT state FROM job") == [("queued",)]
    story.store.release()
    story.restart()
    story.assert_well(same_rows=False)


def test_an_end_that_a_client_has_seen_survives_a_power_loss(world, killer):
    client = start(world, killer)
    story = Story(world)
    story.begin()
    seen = client.wait(story.job["id"])
    assert seen["state"] == "succeeded"
    killer.lose_power(world.service)
    client = story.restart()
    assert client.job(story.job["id"])["state"] == "succeeded"
    story.assert_well(same_rows=False)
    assert not {"PutObject", "UploadPart", "CompleteMultipartUpload"} & set(story.sent)


def test_many_submissions_survive_a_power_loss(world, killer):
    """Submissions that arrive together share a commit; each that was answered is there."""
    start(world, killer)
    story = Story(world, small=True)
    for round in range(3):
        jobs = [world.client.submit(story.spec, prefix=f"{round}-{index}")["id"] for index in range(8)]
        killer.lose_power(world.service)
        client = world.restart()
        for job in jobs:
            client.job(job)
    for job in [row["id"] for row in client.pages("/v1/jobs", "jobs")]:
        assert client.wait(job)["state"] == "succeeded"


# Commands

STATE = "SELECT count(*) FROM job WHERE state = '{}'"


@dataclass(frozen=True)
class Command:
    """What is asked of a job of which the third part is held, and the job's state at last."""

    verb: str
    write: Write
    state: str
    attempt: int = 1


COMMANDS = [
    Command("cancel", Write("cancelling", 1, STATE.format("cancelling")), "cancelled"),
    Command("cancel", Write("cancelled", 2, STATE.format("cancelled")), "cancelled"),
    Command("pause", Write("pausing", 1, STATE.format("pausing")), "paused"),
    Command("pause", Write("paused", 2, STATE.format("paused")), "paused"),
    Command("patch", Write("patched", 1, "SELECT count(*) FROM spec WHERE patched IS NOT NULL"), "succeeded"),
    Command("retry", Write("retried", 1, "SELECT count(*) FROM job WHERE attempt = 2"), "succeeded", attempt=2),
    Command("delete", Write("deleted", 1, STATE.format("deleted")), "deleted"),
]


def ask(story, verb):
    """The reply; None when the service died over it."""
    target = f"/v1/jobs/{story.job['id']}"
    try:
        if verb == "patch":
            return story.world.client.request("PATCH", target, json={"labels": {"a": "b"}})
        if verb == "delete":
            return story.world.client.request("DELETE", target)
        return story.world.client.act(story.job["id"], verb)
    except requests.RequestException:
        return None


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.write.name)
def test_a_command_survives(world, killer, command, moment, loss):
    client = start(world, killer)
    story = Story(world)
    story.begin(HOLD_PART)
    story.held()
    if command.verb in ("retry", "delete"):
        client.act(story.job["id"], "cancel").expect(202)
        client.wait(story.job["id"])
    killer.at_sync(command.write.number, done=moment == "after")
    reply = ask(story, command.verb)
    story.store.release()
    lose(world, killer, loss)
    assert_holds(world, command.write, loss, moment)
    client = story.restart()
    if reply is None:
        ask(story, command.verb)
    else:
        assert reply.status == 202
    if command.state == "deleted":
        client.get(f"/v1/jobs/{story.job['id']}").expect(404)
        return
    if command.state == "paused":
        client.wait_until(story.job["id"], lambda job: job["state"] == "paused")
        client.act(story.job["id"], "resume").expect(202)
    if command.verb == "patch":
        assert client.job(story.job["id"])["spec"]["labels"] == {"a": "b"}
    state = "succeeded" if command.state == "paused" else command.state
    story.assert_well(state, attempt=command.attempt, same_rows=loss == "kill")


# Anywhere in the log

def run_once(world, killer):
    """The writes to the log that the story takes."""
    start(world, killer)
    story = Story(world)
    before = killer["writes"]
    story.begin()
    story.world.client.wait(story.job["id"])
    return killer["writes"] - before


def killed_at_write(world, killer, number, half):
    start(world, killer)
    story = Story(world)
    killer.at_write(number, half=half)
    try:
        story.begin()
        story.world.client.wait(story.job["id"])
    except (requests.RequestException, AssertionError):
        pass
    if world.service.alive:
        return  # this run wrote less: commits share what comes together
    story.restart()
    story.submit()
    story.assert_well(lost=1)


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 100, 2))
@pytest.mark.parametrize("half", [False, True], ids=["before", "half"])
def test_each_write_to_the_log(world, killer, number, half):
    killed_at_write(world, killer, number, half)


def test_some_writes_to_the_log(tmp_path_factory, world, killer):
    count = run_once(world, killer)
    seed = random.randrange(1 << 32)
    print(f"seed {seed}, {count} writes to the log")
    draw = random.Random(seed)
    for number in sorted(draw.sample(range(1, count), 4)):
        folder = tmp_path_factory.mktemp("write")
        other, die = World(folder), Killer(folder)
        try:
            killed_at_write(other, die, number, draw.random() < 0.5)
        finally:
            other.close()
            die.close()
