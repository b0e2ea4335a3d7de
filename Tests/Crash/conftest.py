"""A service that dies at a chosen write, beside the fixtures of the end-to-end tests."""

import pytest

from harness.world import *  # noqa: F401, F403
from killer import Killer, built


@pytest.fixture
def killer(tmp_path):
    made = Killer(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def killer_is_built():
    built()
