"""Checks replies against openapi/openapi.yaml: status, header fields, media type and body.

The document is the only source: what it does not name is a violation, also an undocumented status.
"""

import functools
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from . import REPOSITORY

DOCUMENT_PATH = REPOSITORY / "openapi" / "openapi.yaml"
ROOT = "urn:longshore:openapi"


class ContractViolation(AssertionError):
    """A reply that the OpenAPI document does not allow."""


class Contract:
    """One parsed OpenAPI document with its schemas ready to use."""

    def __init__(self, path=DOCUMENT_PATH):
        self.text = Path(path).read_text(encoding="utf-8")
        self.document = yaml.safe_load(self.text)
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self._registry = Registry().with_resource(ROOT, resource)
        self._formats = jsonschema.FormatChecker(formats=["date-time"])
        self._routes = [(self._pattern(path), path, item) for path, item in self.document["paths"].items()]
        self._validators = {}

    # Finding things in the document

    @staticmethod
    def _pattern(template):
        return re.compile("".join("[^/]+" if piece.startswith("{") else re.escape(piece)
                                  for piece in re.split(r"(\{[^}]*\})", template)))

    def route(self, target):
        """The path template and path item of a request target, or (None, None)."""
        path = urlsplit(target).path
        for pattern, template, item in self._routes:
            if pattern.fullmatch(path):
                return template, item
        return None, None

    def operations(self):
        """Every (method, path template, operation) of the document."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "put", "post", "patch", "delete"):
                    yield method.upper(), path, operation

    def resolve(self, node):
        while isinstance(node, dict) and set(node) == {"$ref"}:
            node = self.lookup(node["$ref"])
        return node

    def lookup(self, reference):
        node = self.document
        for name in reference.removeprefix("#/").split("/"):
            node = node[name.replace("~1", "/").replace("~0", "~")]
        return node

    # Schemas

    def validator(self, schema):
        """A validator of a schema object of the document (found again by identity)."""
        found = self._validators.get(id(schema))
        if found is None:
            absolute = self._absolute(schema)
            found = jsonschema.Draft202012Validator(
                absolute, registry=self._registry, format_checker=self._formats)
            self._validators[id(schema)] = found
        return found

    def _absolute(self, node):
        """References within the document become absolute, since the schema is taken out of it."""
        if isinstance(node, dict):
            return {name: ROOT + value if name == "$ref" and isinstance(value, str) and value.startswith("#")
                    else self._absolute(value) for name, value in node.items()}
        if isinstance(node, list):
            return [self._absolute(value) for value in node]
        return node

    def check_schema(self, schema, value, where):
        errors = sorted(self.validator(schema).iter_errors(value), key=lambda error: str(error.json_path))
        if errors:
            told = "\n".join(f"  {error.json_path}: {error.message[:400]}" + self._deeper(error)
                             for error in errors[:8])
            raise ContractViolation(f"{where}: not as the contract says\n{told}\n  value: {str(value)[:1500]}")

    @staticmethod
    def _deeper(error):
        if not error.context:
            return ""
        best = jsonschema.exceptions.best_match([error])
        return f"\n    closest: {best.json_path}: {best.message[:400]}"

    def check(self, name, value, where=None):
        """`value` against the component schema `name`."""
        self.check_schema(self.document["components"]["schemas"][name], value, where or name)

    # Replies

    def responses(self, method, target):
        """The documented responses by status: the route's own, and those that hold for every path."""
        shared = self.document["components"]["responses"]
        _, item = self.route(target)
        if item is None:
            return {"404": shared["NotFound"], "401": shared["Unauthorized"], "431": shared["HeaderFieldsTooLarge"]}
        operation = item.get("get" if method == "HEAD" else method.lower())
        if operation is None:
            return {"405": shared["MethodNotAllowed"], "401": shared["Unauthorized"]}
        found = {status: self.resolve(response) for status, response in operation["responses"].items()}
        found["431"] = shared["HeaderFieldsTooLarge"]
        found["421"] = shared["Misdirected"]
        return found

    def check_reply(self, method, target, status, headers, body):
        """`headers`: a case-insensitive mapping; `body`: bytes, or None for a stream that is checked event by event."""
        where = f"{method} {target} -> {status}"
        response = self.responses(method, target).get(str(status))
        if response is None:
            raise ContractViolation(f"{where}: no such status in the contract; body {(body or b'')[:600]!r}")
        self._check_headers(response, headers, where)
        content = response.get("content")
        if status == 431:
            return  # libmicrohttpd's own, with a page of its own
        if method == "HEAD" or not content:
            if body:
                raise ContractViolation(f"{where}: a body where the contract has none: {body[:200]!r}")
            return
        media = headers.get("Content-Type", "").split(";")[0].strip().lower()
        if media not in content:
            raise ContractViolation(f"{where}: Content-Type {media!r} is none of {sorted(content)}")
        if body is not None:
            self._check_body(media, content[media].get("schema"), body, where)

    def _check_headers(self, response, headers, where):
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = headers.get(name)
            if value is None:
                if header.get("required"):
                    raise ContractViolation(f"{where}: no {name} header")
                continue
            schema = header["schema"]
            typed = int(value) if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value) else value
            self.check_schema(schema, typed, f"{where}, header {name}")

    def _check_body(self, media, schema, body, where):
        text = body.decode("utf-8")
        if media == "application/x-ndjson":
            for line in text.splitlines():
                self.check_line(schema["contentSchema"], line, where)
        elif media.endswith("json"):
            self.check_schema(schema, strict_json(text), where)

    def check_line(self, schema, line, where):
        value = strict_json(line)
        self.check_schema(schema, value, where)
        return value

    # Streams

    @functools.cached_property
    def _records(self):
        """The branch of StreamRecord for each event: their names are disjoint, so one branch decides."""
        branches = self.document["components"]["schemas"]["StreamRecord"]["oneOf"]
        return {event: branch for branch in branches for event in branch["properties"]["event"]["enum"]}

    def check_record(self, record, where="stream"):
        branch = self._records.get(record.get("event"))
        if branch is None:
            raise ContractViolation(f"{where}: no event {record.get('event')!r} in the contract")
        self.check_schema(branch, record, f"{where}, {record['event']}")


def strict_json(text):
    """JSON without a name twice in one object and without NaN."""
    def pairs(items):
        names = [name for name, _ in items]
        if len(set(names)) != len(names):
            raise ContractViolation(f"a name twice in one object: {names}")
        return dict(items)

    def constant(name):
        raise ContractViolation(f"{name} is no JSON")

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


@functools.cache
def contract():
    return Contract()
