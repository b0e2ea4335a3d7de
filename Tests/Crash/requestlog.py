"""What the dev-store was sent, request by request (`longshore dev-store --log`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One line of the store's log, of a request that carries bytes."""

    began: float
    ended: float
    status: int
    bytes: int
    part: tuple  # (key, part number): what must not come twice, in another upload of the file neither


class RequestLog:
    """The store's log, read as it grows."""

    def __init__(self, path):
        self._file = open(path, encoding="utf-8")
        self._rest = ""
        self.lines = 0

    def read(self):
        """The lines since the last time."""
        text = self._rest + self._file.read()
        *lines, self._rest = text.split("\n")
        self.lines += len(lines)
        found = []
        for line in lines:
            began, ended, operation, status, received, part, _, target = line.split("\t")
            if operation in ("PutObject", "UploadPart"):
                found.append(Request(int(began) / 1e6, int(ended) / 1e6, int(status), int(received),
                                     (target.partition("/")[2], part)))
        return found
