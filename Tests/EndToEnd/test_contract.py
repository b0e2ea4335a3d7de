"""The OpenAPI document itself, and that the service keeps it on every route."""

import subprocess
import sys

import pytest

from harness.contract import DOCUMENT_PATH, contract
from harness.trees import make

OPERATIONS = [(method, path) for method, path, _ in contract().operations()]


def test_the_document_is_valid():
    subprocess.run([sys.executable, "-m", "openapi_spec_validator", str(DOCUMENT_PATH)], check=True)


def examples():
    """(where, schema, value) of every example of the document, wherever it stands."""
    found = []

    def media(where, node):
        node = contract().resolve(node)
        for kind, content in (node.get("content") or {}).items():
            schema = content.get("schema")
            for name, one in (content.get("examples") or {}).items():
                if kind.endswith("json"):
                    found.append((f"{where} {kind} {name}", schema, contract().resolve(one)["value"]))

    for method, path, operation in contract().operations():
        if "requestBody" in operation:
            media(f"{method} {path}", operation["requestBody"])
        for status, response in operation["responses"].items():
            media(f"{method} {path} {status}", response)
    for name, response in contract().document["components"]["responses"].items():
        media(name, response)
    return found


@pytest.mark.parametrize("where,schema,value", examples(), ids=lambda item: item if isinstance(item, str) else "")
def test_each_example_validates(where, schema, value):
    contract().check_schema(schema, value, where)


def test_the_example_events_validate():
    for record in contract().document["components"]["examples"]["StreamRecords"]["value"]:
        contract().check_record(record)
        contract().check("StreamRecord", record)


def test_every_named_component_is_used():
    for kind in ("parameters", "headers", "requestBodies", "schemas", "examples"):
        for name in contract().document["components"][kind]:
            uses = contract().text.count(f'"#/components/{kind}/{name}"')
            alone = (kind, name) == ("examples", "StreamRecords")
            assert uses or alone, f"{kind}/{name} is used nowhere"


def test_the_service_serves_this_document(client):
    reply = client.get("/openapi.yaml").expect(200)
    assert reply.body == DOCUMENT_PATH.read_bytes()


@pytest.mark.parametrize("method,path", OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_every_route_answers(world, client, method, path):
    """Each operation of the document exists: its reply is documented for it (the client checks), and is its own."""
    make(world.root, ["a.txt"])
    job = client.succeed(world.spec())
    target = path.replace("{id}", job["id"]).replace("{name}", "dashboard.css")
    bodies = {"createJob": world.spec(), "putJob": world.spec(), "patchJob": {"labels": {"a": "b"}},
              "patchLimits": {"concurrency": 7}}
    operation = contract().document["paths"][path][method.lower()]
    if operation["operationId"] == "replayDelivery":
        client.request(method, target.replace("{delivery_id}", "msg_0")).problem(404, "NOT_FOUND")
        return
    if operation["operationId"] == "streamAll":
        stream = client.stream(target)
        stream.close()
        return
    if method == "PUT":
        target = "/v1/jobs/my-own"
    reply = client.request(method, target, json=bodies.get(operation["operationId"]))
    # Of a succeeded job pause, resume, retry and cancel are conflicts: that is an answer of the route.
    assert reply.status in (200, 202, 204, 409), reply


@pytest.mark.parametrize("target", ["/v1/jobs", "/v1/limits", "/v1/stores", "/livez", "/readyz", "/openapi.yaml", "/"])
def test_head_is_get_without_its_body(client, target):
    got, head = client.get(target), client.request("HEAD", target)
    assert (got.status, head.status, head.body) == (200, 200, b"")
    assert got.headers["Content-Type"] == head.headers["Content-Type"]


def test_an_unknown_path_is_a_problem(client):
    for target in ("/v1", "/v1/", "/v1/job", "/v1/jobs/x/y/z", "/v2/jobs", "/v1/jobs/x/nothing", "/%00", "//"):
        client.get(target).problem(404, "NOT_FOUND")


@pytest.mark.parametrize("method,target", [
    ("DELETE", "/v1/jobs"), ("POST", "/v1/jobs/x"), ("POST", "/v1/jobs/x/files"), ("GET", "/v1/jobs/x/cancel"),
    ("PUT", "/v1/limits"), ("POST", "/livez"), ("POST", "/v1/events"), ("POST", "/openapi.yaml"),
])
def test_another_method_is_told_which_are_allowed(client, method, target):
    reply = client.request(method, target)
    reply.problem(405, "METHOD_NOT_ALLOWED")
    allowed = {name.strip() for name in reply.headers["Allow"].split(",")}
    _, item = contract().route(target)
    documented = {name.upper() for name in item if name in ("get", "put", "post", "patch", "delete")}
    assert documented <= allowed <= documented | {"HEAD", "OPTIONS"}
