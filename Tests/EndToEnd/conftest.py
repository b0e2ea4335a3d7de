"""The fixtures of these tests are those of all tests of the built program."""

from harness.browser import browser, look  # noqa: F401
from harness.world import *  # noqa: F401, F403
