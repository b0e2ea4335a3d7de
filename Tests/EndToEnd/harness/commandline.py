"""The client commands of the built program."""

import contextlib
import json
import subprocess
from dataclasses import dataclass

from .processes import ACCESS_KEY, BINARY, REGION, SECRET_KEY, clean_environment
from .terminal import Terminal


@dataclass
class Told:
    """What a command that has ended printed, and its exit code."""

    code: int
    out: str
    err: str

    def expect(self, code):
        assert self.code == code, self
        return self

    @property
    def records(self):
        """The lines of --json."""
        return [json.loads(line) for line in self.out.splitlines()]


class CommandLine:
    """Runs commands against one service, or with `--local` against a store."""

    def __init__(self, folder, url=None, token=None, store=None):
        self.folder = folder
        self.environment = clean_environment(
            LONGSHORE_URL=url, LONGSHORE_TOKEN=token, HOME=folder, AWS_REGION=REGION, AWS_ACCESS_KEY_ID=ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=SECRET_KEY, AWS_ENDPOINT_URL_S3=store.url if store else None)

    def run(self, *arguments, timeout=120, **environment):
        ended = subprocess.run(
            [BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
            env={**self.environment, **environment}, cwd=self.folder)
        return Told(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    @contextlib.contextmanager
    def start(self, *arguments, **how):
        """A command in the background, its output in pipes."""
        process = subprocess.Popen(
            [BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment, cwd=self.folder, text=True, **how)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=30)

    @contextlib.contextmanager
    def terminal(self, *arguments, columns=100, rows=30, **environment):
        made = Terminal([BINARY, *arguments], {**self.environment, **environment}, columns, rows, self.folder)
        try:
            yield made
        finally:
            made.close()
