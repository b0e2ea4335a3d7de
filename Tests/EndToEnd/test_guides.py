"""The guides, run word for word after the README's session has started a store and a service."""

import re
import sys

import pytest

from harness import REPOSITORY
from test_readme import block, run

GUIDES = REPOSITORY / "Sources/longshore/longshore.docc"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
NAMES = sorted(path.stem for path in GUIDES.glob("*.md") if path.stem != "longshore")


def script(name):
    """A guide as one script: its blocks of shell in order; a block with a file's name becomes that file."""
    lines = []
    for language, file, text in FENCE.findall((GUIDES / f"{name}.md").read_text(encoding="utf-8")):
        if file:
            lines.append(f"cat >{file} <<'END OF {file}'\n{text}END OF {file}")
        else:
            assert language == "sh", f"{name}: a block of {language} that nothing runs"
            lines.append(text)
    assert lines, f"{name} has nothing to run"
    return "\n".join(lines)


def test_the_landing_page_names_every_guide():
    named = re.findall(r"^- <doc:(\w+)>$", (GUIDES / "longshore.md").read_text(encoding="utf-8"), re.M)
    assert sorted(named) == NAMES == ["Integrate", "Operate", "Recover", "Secure", "Tune"]


EXPECTED = {
    "Operate": ["listening", '"status"'],
    "Tune": ["Would be moved: 1 file", "requests in flight"],
    "Secure": ["PATH_NOT_ALLOWED", '"jobs":[]'],
    "Integrate": ["succeeded 20000006", "NO_SUCH_BUCKET"],
    "Recover": ["INVALID_KEY", "Succeeded: "],
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_a_guide_runs_as_it_stands(world, tmp_path, name):
    begun, found, _ = block("session").partition("# What would a job do?")
    assert found, "the session first starts a store and a service"
    ended = "\nkill $(jobs -pr) || true\n"
    told = run(tmp_path, begun + script(name) + ended, python=sys.executable)
    for text in EXPECTED[name]:
        assert text in told, (text, told[-4000:])
