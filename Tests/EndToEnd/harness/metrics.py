"""Reads Prometheus' text form, version 0.0.4, strictly."""

import re
import subprocess

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


class Scrape:
    """The samples of one scrape."""

    def __init__(self, text):
        self.text = text
        self.kinds, self.samples = {}, {}
        family = None
        assert text.endswith("\n")
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ")[2]
                continue
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family and name not in self.kinds, line
                self.kinds[name] = kind
                continue
            found = SAMPLE.fullmatch(line)
            assert found, line
            name, labels, value = found.groups()
            stem = re.sub(r"_(bucket|sum|count)$", "", name) if self.kinds[family] == "histogram" else name
            assert stem == family, line
            pairs = LABEL.findall(labels or "")
            assert LABEL.sub("", labels or "") == "", line
            key = (name, frozenset(pairs))
            assert key not in self.samples, f"twice: {line}"
            self.samples[key] = float(value)

    def get(self, name, **labels):
        """One sample; 0 where nothing of the kind was counted yet."""
        return self.samples.get((name, frozenset((key, str(value)) for key, value in labels.items())), 0)

    def sum(self, name, **labels):
        """All samples with these labels, whatever other ones they have."""
        wanted = {(key, str(value)) for key, value in labels.items()}
        return sum(value for (other, pairs), value in self.samples.items() if other == name and wanted <= pairs)

    def names(self):
        return {name for name, _ in self.samples} | set(self.kinds)


def scrape(client):
    reply = client.get("/metrics").expect(200)
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scrape(reply.text)


def promtool(*arguments, text=""):
    """promtool's exit code and what it says."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout
