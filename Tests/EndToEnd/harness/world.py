"""Fixtures: each test has its own service, store, folders and buckets, started when it asks for them."""

import shutil

import pytest

from .client import Client
from .processes import BINARY, DevStore, Moto, Rclone, Service
from .stores import s3


def pytest_collection_modifyitems(config, items):
    """Tests of the built program are errors, not skips, when it was not built."""
    if not config.option.collectonly and not BINARY.exists():
        for item in items:
            if "world" in item.fixturenames:
                item.add_marker(pytest.mark.usefixtures("no_binary"))


@pytest.fixture
def no_binary():
    pytest.fail(f"{BINARY} is missing: swift build -c release --product longshore")


class World:
    """What one test stands in: a root with files, stores, a service, and a client of it."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "data"
        self.root.mkdir()
        self._closed_last = []
        self.store = None
        self.service = None
        self.client = None
        self.token = None

    def start_store(self, *arguments, name="store", bucket="bucket"):
        store = self._keep(DevStore(self.folder / name, *arguments, *(["--bucket", bucket] if bucket else [])))
        self.store = self.store or store
        store.s3 = s3(store)
        return store

    def start(self, *, store=None, store_arguments=(), roots=None, token=None, **named):
        """The service; with a dev-store of its own unless another store is given."""
        if store is None and self.store is None:
            self.start_store(*store_arguments)
        self.store = store or self.store
        self.token = token
        self.service = self._keep(Service(
            self.folder, roots=[self.root] if roots is None else roots, endpoint=self.store.url, token=token, **named))
        self.client = Client(self.service.url, token)
        return self.client

    def restart(self, **changed):
        """After a kill or a stop: a new process on the same state."""
        self.service = self._keep(self.service.again(**changed))
        self.client = Client(self.service.url, self.token)
        return self.client

    def new_client(self, **named):
        return Client(self.service.url, **{"token": self.token, **named})

    def spec(self, **fields):
        return {"source": str(self.root), "bucket": "bucket", **fields}

    def _keep(self, thing):
        self._closed_last.append(thing)
        return thing

    def close(self):
        for thing in reversed(self._closed_last):
            thing.close()


@pytest.fixture
def world(tmp_path, request):
    made = World(tmp_path)
    yield made
    made.close()
    for path in tmp_path.glob("*.log"):
        request.node.add_report_section("teardown", path.name, path.read_text(errors="replace")[-6000:])
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def client(world):
    """A service with a dev-store and the bucket `bucket`, nothing special."""
    return world.start()


@pytest.fixture(scope="session")
def moto():
    server = Moto()
    yield server
    server.close()


@pytest.fixture
def rclone(tmp_path):
    server = Rclone(tmp_path)
    yield server
    server.close()


@pytest.fixture
def bucket(request):
    """A bucket name of this test's own, for stores that tests share."""
    return "b-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:50].strip("-")
