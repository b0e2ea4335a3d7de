"""A program in a pseudo-terminal, and what a person sees of it."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

import pyte


class Terminal:
    """Starts a program in a terminal of its own; what it writes is drawn on `screen` as it comes."""

    def __init__(self, arguments, environment, columns=100, rows=30, directory=None):
        master, slave = pty.openpty()
        self._master = master
        self._changed = threading.Condition()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self._set_size(columns, rows)
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=slave, stdout=slave, stderr=slave, cwd=directory,
            env={"TERM": "xterm-256color", **environment}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        # EIO: nobody has the other end any more.
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 1 << 16):
                with self._changed:
                    self.written += data
                    self._stream.feed(data)
                    self._changed.notify_all()

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def lines(self):
        """What stands on the screen, without blanks at the ends and without empty lines."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def wait_for(self, pattern, timeout=60):
        """The first line that is ever drawn that fits."""
        def found():
            return next((line for line in self.lines if re.search(pattern, line)), None)

        deadline = time.monotonic() + timeout
        with self._changed:
            while not (line := found()):
                left = deadline - time.monotonic()
                assert left > 0, f"{pattern!r} not within {timeout} s: {self.lines}"
                assert self._thread.is_alive() or found(), f"it ended without {pattern!r}: {self.lines}"
                self._changed.wait(min(left, 1))
        return line

    def press(self, keys):
        os.write(self._master, keys)

    def interrupt(self):
        """Ctrl-C."""
        self.press(b"\x03")

    def resize(self, columns, rows=30):
        with self._changed:
            self.screen.resize(rows, columns)
            self._set_size(columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def wait(self, timeout=60):
        """The exit code, once all that was written has been drawn."""
        code = self.process.wait(timeout)
        self._thread.join(10)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)
        self._thread.join(10)
        os.close(self._master)
