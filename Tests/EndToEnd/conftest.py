"""The fixtures of these tests are those of all tests of the built program."""

from harness.world import *  # noqa: F401, F403
