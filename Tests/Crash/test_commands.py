"""Cancel, pause and SIGTERM while a request is at the store: before the store carries it out, and after it, unanswered.

What is asked of the service must not depend on when the store answers, and leaves nothing behind.
"""

import pytest

from harness.processes import eventually
from harness.stores import open_uploads
from story import PARTS, SMALL, Story

REQUESTS = [
    ("CreateMultipartUpload", 1), ("UploadPart", 1), ("UploadPart", 3), ("UploadPart", PARTS),
    ("CompleteMultipartUpload", 1), ("PutObject", 1), ("PutObject", SMALL),
]
# `silence` is done when it is let go; `withheld` is done and answered when it is let go.
MOMENTS = {"before": {"silence": True, "executes": True}, "unanswered": {"withheld": True}}

TABLE = [pytest.param(operation, number, moment, id=f"{operation} {number}-{moment}")
         for operation, number in REQUESTS for moment in MOMENTS]


def begin(world, operation, number, moment):
    world.start(config={"drain_seconds": 20})
    story = Story(world, small=operation == "PutObject")
    story.begin({"operation": operation, "from": number, "count": 1, **MOMENTS[moment]})
    story.held()
    return story


def sends(operation):
    """Requests of this kind that a job needs when nothing is cut."""
    return {"UploadPart": PARTS, "PutObject": SMALL}.get(operation, 1)


@pytest.mark.parametrize("operation, number, moment", TABLE)
def test_cancelled_at(world, operation, number, moment):
    story = begin(world, operation, number, moment)
    client = world.client
    client.act(story.job["id"], "cancel").expect(202)
    ended = client.wait(story.job["id"])
    assert ended["state"] == "cancelled" and ended["progress"]["requests_in_flight"] == 0
    # A request that was cut may still be carried out: of a part or of a completion nothing comes, the upload is gone.
    story.store.release()
    eventually(lambda: story.store.stats()["in_flight"] == 0)
    eventually(lambda: not open_uploads(story.store.s3, "bucket"), timeout=10, told="no multipart upload is left")
    client.act(story.job["id"], "retry").expect(202)
    story.assert_well(attempt=2, lost=int(operation == "CreateMultipartUpload"))


@pytest.mark.parametrize("operation, number, moment", TABLE)
def test_paused_at(world, operation, number, moment):
    story = begin(world, operation, number, moment)
    client = world.client
    assert client.act(story.job["id"], "pause").expect(202).json["state"] == "pausing"
    story.store.release()
    eventually(lambda: client.job(story.job["id"])["done"] or client.job(story.job["id"])["state"] == "paused")
    paused = client.job(story.job["id"])
    assert paused["progress"]["requests_in_flight"] == 0 and story.store.stats()["in_flight"] == 0
    if not paused["done"]:
        client.act(story.job["id"], "resume").expect(202)
    story.assert_well()
    # What was in flight has finished: nothing is sent twice.
    assert story.sent[operation] == sends(operation), story.sent


@pytest.mark.parametrize("operation, number, moment", TABLE)
def test_stopped_at(world, operation, number, moment):
    story = begin(world, operation, number, moment)
    world.service.terminate()
    eventually(lambda: "draining" in world.service.log)
    story.store.release()
    assert world.service.stop() == 0
    assert story.store.stats()["in_flight"] == 0
    world.restart()
    story.assert_well()
    assert story.sent[operation] == sends(operation), story.sent


@pytest.mark.parametrize("operation, number", [request for request in REQUESTS if request[0] != "CreateMultipartUpload"])
def test_stopped_without_an_answer(world, operation, number):
    """The store never answers: the request is cut when the drain's time is over, and sent again after the start."""
    world.start(config={"drain_seconds": 1})
    story = Story(world, small=operation == "PutObject")
    story.begin({"operation": operation, "from": number, "count": 1, "silence": True})
    story.held()
    assert world.service.stop(20) == 0
    story.store.release()
    story.restart()
    story.assert_well()
    assert story.sent[operation] <= sends(operation) - number + 1, story.sent
