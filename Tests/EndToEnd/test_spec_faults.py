"""Bad specs: every row of the contract's error table and of its fine points, each at its JSON pointer."""

import pytest

from harness.trees import make, write

# (name, what is changed in a good spec, the pointer that must be named)
FAULTS = [
    ("bucket missing", {"bucket": ...}, "/bucket"),
    ("bucket empty", {"bucket": ""}, "/bucket"),
    ("bucket number", {"bucket": 7}, "/bucket"),
    ("bucket null", {"bucket": None}, "/bucket"),
    ("source missing", {"source": ...}, "/source"),
    ("source relative", {"source": "data"}, "/source"),
    ("source empty", {"source": ""}, "/source"),
    ("source list", {"source": []}, "/source"),
    ("kind unknown", {"kind": "move"}, "/kind"),
    ("kind number", {"kind": 1}, "/kind"),
    ("unknown field", {"buckets": "x"}, "/buckets"),
    ("unknown field with slash", {"a/b~c": 1}, "/a~1b~0c"),
    ("endpoint in a spec", {"endpoint": "http://127.0.0.1:1"}, "/endpoint"),
    ("field of a download", {"destination": "/x"}, "/destination"),
    ("field of a copy", {"source_bucket": "x"}, "/source_bucket"),
    ("field of a copy: prefix", {"source_prefix": "x"}, "/source_prefix"),
    ("key with prefix", {"key": "k", "prefix": "p"}, "/key"),
    ("key empty", {"key": ""}, "/key"),
    ("key with a directory", {"key": "k"}, "/key"),
    ("prefix number", {"prefix": 1}, "/prefix"),
    ("store number", {"store": 1}, "/store"),
    ("concurrency 0", {"concurrency": 0}, "/concurrency"),
    ("concurrency 1025", {"concurrency": 1025}, "/concurrency"),
    ("concurrency negative", {"concurrency": -1}, "/concurrency"),
    ("concurrency string", {"concurrency": "8"}, "/concurrency"),
    ("concurrency fraction", {"concurrency": 1.5}, "/concurrency"),
    ("concurrency huge", {"concurrency": 10**30}, "/concurrency"),
    ("concurrency bool", {"concurrency": True}, "/concurrency"),
    ("priority 0", {"priority": 0}, "/priority"),
    ("priority 10", {"priority": 10}, "/priority"),
    ("include string", {"include": "*.txt"}, "/include"),
    ("include number inside", {"include": ["*.txt", 1]}, "/include/1"),
    ("exclude null inside", {"exclude": [None]}, "/exclude/0"),
    ("overwrite unknown", {"overwrite": "maybe"}, "/overwrite"),
    ("symlinks unknown", {"symlinks": "copy"}, "/symlinks"),
    ("empty_directories unknown", {"empty_directories": "keep"}, "/empty_directories"),
    ("preserve_times string", {"preserve_times": "yes"}, "/preserve_times"),
    ("part_size under 5 MiB", {"part_size": 5 * 2**20 - 1}, "/part_size"),
    ("part_size over 5 GiB", {"part_size": 5 * 2**30 + 1}, "/part_size"),
    ("multipart_threshold negative", {"multipart_threshold": -1}, "/multipart_threshold"),
    ("multipart_threshold over 5 GiB", {"multipart_threshold": 5 * 2**30 + 1}, "/multipart_threshold"),
    ("checksum unknown", {"checksum": "md4"}, "/checksum"),
    ("metadata list", {"metadata": []}, "/metadata"),
    ("metadata number inside", {"metadata": {"a": 1}}, "/metadata/a"),
    ("tags number inside", {"tags": {"a": 1}}, "/tags/a"),
    ("content_type number", {"content_type": 1}, "/content_type"),
    ("on_error unknown", {"on_error": "panic"}, "/on_error"),
    ("bandwidth_limit 0", {"bandwidth_limit": 0}, "/bandwidth_limit"),
    ("bandwidth_limit negative", {"bandwidth_limit": -5}, "/bandwidth_limit"),
    ("labels 17", {"labels": {f"l{i}": "x" for i in range(17)}}, "/labels"),
    ("labels number inside", {"labels": {"a": 1}}, "/labels/a"),
    ("webhook without url", {"webhook": {}}, "/webhook/url"),
    ("webhook of a foreign host", {"webhook": {"url": "http://example.com/x"}}, "/webhook/url"),
    ("webhook unknown field", {"webhook": {"url": "http://example.com/x", "secret": "s"}}, "/webhook/secret"),
    ("validate_only string", {"validate_only": "true"}, "/validate_only"),
    ("paths string", {"paths": "a"}, "/paths"),
    ("paths number inside", {"paths": ["a", 3]}, "/paths/1"),
    ("paths absolute", {"paths": ["/etc/passwd"]}, "/paths/0"),
    ("paths escaping", {"paths": ["ok", "../x"]}, "/paths/1"),
    ("paths too many", {"paths": ["a"] * 100_001}, "/paths"),
]


def spec_with(world, change):
    spec = world.spec()
    for name, value in change.items():
        if value is ...:
            spec.pop(name)
        else:
            spec[name] = value
    return spec


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One service for the whole table: nothing here may ever start a job."""
    from harness.world import World
    world = World(tmp_path_factory.mktemp("faults"))
    make(world.root, ["a.txt"])
    world.start()
    yield world
    assert world.client.get("/v1/jobs").json["jobs"] == [], "a bad spec became a job"
    assert not world.store.stats()["requests"].get("PutObject")
    world.close()


@pytest.mark.parametrize("change,pointer", [(c, p) for _, c, p in FAULTS], ids=[n for n, _, _ in FAULTS])
def test_a_fault_is_named_at_its_pointer(shared, change, pointer):
    problem = shared.client.post(spec_with(shared, change)).problem(400, "INVALID_SPEC")
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == [pointer], problem
    assert not problem["retryable"]


def test_all_faults_come_at_once(shared):
    change = {"bucket": ..., "concurrency": 0, "priority": "high", "checksum": "md4", "surprise": 1,
              "include": [1], "labels": {"a": 1}, "part_size": 1}
    problem = shared.client.post(spec_with(shared, change)).problem(400, "INVALID_SPEC")
    assert {error["pointer"] for error in problem["errors"]} == {
        "/bucket", "/concurrency", "/priority", "/checksum", "/surprise", "/include/0", "/labels/a", "/part_size"}


def test_a_destination_outside_the_roots(shared):
    reply = shared.client.post({"kind": "download", "bucket": "bucket", "destination": "/x"})
    reply.problem(403, "PATH_NOT_ALLOWED")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"12", b"\xff\xfe", b'{"bucket":"a"} x',
                                  b'{"bucket":"a","bucket":"b"}', b"{" * 100_000, b"[" * 100_000])
def test_what_is_no_json_object_is_an_invalid_spec(shared, body):
    reply = shared.client.request("POST", "/v1/jobs", body=body, headers={"Content-Type": "application/json"})
    assert reply.problem(400, "INVALID_SPEC")["errors"]


def test_source_that_does_not_exist(shared):
    reply = shared.client.post(shared.spec(source=str(shared.root / "missing")))
    reply.problem(422, "SOURCE_NOT_FOUND")


def test_source_under_a_file_does_not_exist(shared):
    shared.client.post(shared.spec(source=str(shared.root / "a.txt" / "b"))).problem(422, "SOURCE_NOT_FOUND")


def test_unknown_store(shared):
    shared.client.post(shared.spec(store="nowhere")).problem(422, "UNKNOWN_STORE")


def test_body_over_16_mib(shared):
    body = b'{"bucket":"' + b"x" * (16 * 2**20) + b'"}'
    reply = shared.client.request("POST", "/v1/jobs", body=body, headers={"Content-Type": "application/json"})
    reply.problem(413, "BODY_TOO_LARGE")
    shared.client.get("/livez").expect(200)


def test_a_large_spec_within_the_limit_is_read(shared):
    paths = [f"{i:0150d}" for i in range(100_000)]
    reply = shared.client.post(shared.spec(paths=paths, priority=0))
    assert [error["pointer"] for error in reply.problem(400, "INVALID_SPEC")["errors"]] == ["/priority"]


def test_too_many_headers(shared):
    reply = shared.client.get("/v1/jobs", headers={f"X-Filler-{i}": "x" * 1000 for i in range(200)})
    assert reply.status == 431
    shared.client.get("/livez").expect(200)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"])
@pytest.mark.parametrize("method,target", [("POST", "/v1/jobs"), ("PUT", "/v1/jobs/x"), ("PATCH", "/v1/limits")])
def test_another_media_type(shared, method, target, media):
    reply = shared.client.request(method, target, body=b"{}", headers={"Content-Type": media})
    reply.problem(415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("headers", [
    {}, {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "APPLICATION/JSON"}])
def test_media_types_that_are_json(shared, headers):
    reply = shared.client.request("PATCH", "/v1/limits", body=b'{"concurrency":64}', headers=headers)
    assert reply.expect(200).json["concurrency"] == 64


@pytest.mark.parametrize("identity", ["with.dot", "a" * 65, "sp%20ace", "caf%C3%A9", "a%2Fb"])
def test_an_id_that_is_none(shared, identity):
    shared.client.request("PUT", f"/v1/jobs/{identity}", json=shared.spec()).expect(400)


@pytest.mark.parametrize("key", ['""', "x" * 256, '"' + "x" * 256 + '"'])
def test_an_idempotency_key_that_is_none(shared, key):
    for more in [{}, {"validate_only": True}]:
        shared.client.post(shared.spec(**more), headers={"Idempotency-Key": key}).expect(400)


QUERIES = [
    "/v1/jobs?page_size=0", "/v1/jobs?page_size=-1", "/v1/jobs?page_size=x", "/v1/jobs?page_size=",
    "/v1/jobs?page_token=nonsense", "/v1/jobs?state=done", "/v1/jobs?kind=move", "/v1/jobs?unknown=1",
    "/v1/jobs?label.=x", "/v1/limits?x=1", "/v1/stores?x=1", "/v1/events?types=", "/v1/events?interval_ms=x",
    "/v1/events?after=x", "/v1/events?after=-1", "/v1/events?x=1",
]


@pytest.mark.parametrize("target", QUERIES)
def test_bad_queries(shared, target):
    shared.client.get(target).problem(400, "INVALID_QUERY")


@pytest.mark.parametrize("target", [
    "/v1/jobs/nobody", "/v1/jobs/nobody/files", "/v1/jobs/nobody/parts", "/v1/jobs/nobody/events",
    "/v1/jobs/nobody/report"])
def test_an_unknown_job(shared, target):
    shared.client.get(target).problem(404, "JOB_NOT_FOUND")


@pytest.mark.parametrize("method,path,body", [
    ("POST", "/cancel", None), ("POST", "/pause", None), ("POST", "/resume", None), ("POST", "/retry", None),
    ("DELETE", "", None), ("PATCH", "", {"priority": 3})])
def test_an_unknown_job_can_not_be_steered(shared, method, path, body):
    shared.client.request(method, f"/v1/jobs/nobody{path}", json=body).problem(404, "JOB_NOT_FOUND")


class TestRoots:
    """403 for what is outside, through whatever door; what stays inside is fine."""

    @pytest.mark.parametrize("path", ["/etc", "/", "/etc/passwd", "/proc/self/root/etc"])
    def test_outside(self, shared, path):
        shared.client.post(shared.spec(source=path)).problem(403, "PATH_NOT_ALLOWED")

    def test_through_dots(self, shared):
        shared.client.post(shared.spec(source=f"{shared.root}/../../../../etc")).problem(403, "PATH_NOT_ALLOWED")

    def test_a_sibling_whose_name_begins_alike(self, shared):
        write(shared.folder, "data-secret/x.txt", b"x")
        shared.client.post(shared.spec(source=f"{shared.root}-secret")).problem(403, "PATH_NOT_ALLOWED")

    def test_through_a_link(self, shared):
        link = shared.folder / "linked"
        link.mkdir()
        (shared.root / "links").mkdir(exist_ok=True)
        (shared.root / "links" / "out").symlink_to("/etc")
        shared.client.post(shared.spec(source=f"{shared.root}/links/out")).problem(403, "PATH_NOT_ALLOWED")
        shared.client.post(shared.spec(source=f"{shared.root}/links/out/ssl")).problem(403, "PATH_NOT_ALLOWED")

    def test_dots_and_links_that_stay_inside(self, shared):
        make(shared.root / "inside", ["x.txt"])
        (shared.root / "way").symlink_to(shared.root / "inside")
        (shared.root / "way-relative").symlink_to("inside")
        for source in ("inside/../inside", "way", "way-relative", "way/x.txt"):
            plan = shared.client.post(shared.spec(source=f"{shared.root}/{source}", validate_only=True)).expect(200).json
            assert plan["files"] == 1, (source, plan)

    def test_a_path_with_nul(self, shared):
        shared.client.post(shared.spec(source=f"{shared.root}/a\0b")).expect(400, 403, 422)


def test_without_a_root_every_path_is_refused(world):
    client = world.start(roots=[])
    client.post(world.spec()).problem(403, "PATH_NOT_ALLOWED")
