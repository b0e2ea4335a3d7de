"""kill -9 at each request to the store, and once more at the requests that only a resumed job sends.

Three moments: `before` the store carries it out; `unanswered`, carried out but not answered; `unrecorded`, answered, and
killed just before the answer is written to the state.
"""

from dataclasses import dataclass

import pytest

from killer import assert_killed
from story import LARGE, PART, PARTS, SMALL, Story

MOMENTS = ("before", "unanswered", "unrecorded")


def rule(operation, number, moment):
    """Holds the request with this number until it is let go; then it is cut, or done, or answered."""
    effect = {"before": {"silence": True}, "unanswered": {"withheld": True},
              "unrecorded": {"silence": True, "executes": True}}[moment]
    return {"operation": operation, "from": number, "count": 1, **effect}


@dataclass(frozen=True)
class Step:
    """`parts`: how many were recorded before the request. `again`: how many parts, or small files, the next life sends
    at most."""

    name: str
    operation: str
    number: int
    parts: int
    again: int

    @property
    def small(self):
        return self.operation == "PutObject"


STEPS = [
    Step("create", "CreateMultipartUpload", 1, parts=0, again=PARTS),
    Step("first part", "UploadPart", 1, parts=0, again=PARTS),
    Step("third part", "UploadPart", 3, parts=2, again=2),
    Step("last part", "UploadPart", PARTS, parts=3, again=1),
    Step("complete", "CompleteMultipartUpload", 1, parts=PARTS, again=0),
    Step("first put", "PutObject", 1, parts=0, again=SMALL),
    Step("last put", "PutObject", SMALL, parts=0, again=1),
]


def die(story, killer, moment):
    """The held request's service dies; the store's answer, if any, is for nobody."""
    story.held()
    if moment == "unrecorded":
        killer.at_write(1)
        story.store.release()
        assert_killed(story.world.service)
    else:
        story.world.service.kill()
        story.store.release()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_killed_at(world, killer, step, moment):
    world.start(environment=killer.environment)
    story = Story(world, small=step.small)
    story.begin(rule(step.operation, step.number, moment))
    die(story, killer, moment)
    story.restart()
    ended = story.assert_well(lost=int(step.name == "create"))
    sent = story.sent
    assert sent.get("UploadPart", 0) + sent.get("PutObject", 0) <= step.again, sent
    assert sent.get("CreateMultipartUpload", 0) <= (1 if step.name == "create" else 0), sent
    assert sent.get("CompleteMultipartUpload", 0) <= 1, sent
    reused = ended["progress"]["bytes"]["reused"]
    if step.operation == "UploadPart":
        # What is not sent again is kept: recorded or, like what the store took while its answer was being written, only
        # found there. The last part is 5 bytes shorter.
        kept = PARTS - sent.get("UploadPart", 0)
        assert kept >= step.parts and kept * PART - 5 <= reused <= kept * PART
    if step.operation == "CompleteMultipartUpload":
        assert reused == LARGE


@dataclass(frozen=True)
class SecondStep:
    """Killed at `first`, and again at a request that only the next life sends."""

    name: str
    first: dict
    operation: str
    again: int


SECOND_STEPS = [
    SecondStep("list parts", rule("UploadPart", 3, "before"), "ListParts", again=2),
    SecondStep("head after complete", rule("CompleteMultipartUpload", 1, "unanswered"), "HeadObject", again=0),
]


@pytest.mark.parametrize("moment", ["before", "unanswered"])
@pytest.mark.parametrize("step", SECOND_STEPS, ids=lambda step: step.name)
def test_killed_again_at(world, step, moment):
    world.start()
    story = Story(world)
    story.begin(step.first)
    story.held()
    world.service.kill()
    story.store.release()
    story.restart(rule(step.operation, 1, moment))
    story.wait_held()
    world.service.kill()
    story.store.release()
    story.restart()
    story.assert_well()
    assert story.sent.get("UploadPart", 0) <= step.again, story.sent


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_the_abort_of_a_cancelled_job(world, killer, moment):
    client = world.start(environment=killer.environment)
    story = Story(world)
    story.begin(rule("UploadPart", 3, "before"), rule("AbortMultipartUpload", 1, moment))
    story.held()
    client.act(story.job["id"], "cancel").expect(202)
    story.wait_held(2)
    if moment == "unrecorded":
        # The job's end follows the abort's record at once: the write ahead is one of the two.
        killer.at_write(1)
        story.store.release()
        assert_killed(world.service)
    else:
        world.service.kill()
        story.store.release()
    story.restart()
    story.assert_well("cancelled")
