"""What schemathesis can't know of the contract, for requests that are meant to be accepted.

It loads this by SCHEMATHESIS_HOOKS in its own process. Requests that break the contract on purpose stay as they are.
"""

import os

import requests
import schemathesis

ROOT = os.environ.get("LONGSHORE_FUZZ_ROOT", "")


def is_meant_well(case):
    return case.meta is not None and case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_meant_well(case):
        return
    # Opaque, and only the service makes them; those of a list that is read on are followed by other tests.
    case.query.pop("page_token", None)
    if "types" in case.query:
        case.query["types"] = "job.*,part.succeeded"
    if "Prefer" in case.headers:
        case.headers["Prefer"] = "wait=1"
    if isinstance(case.body, dict) and case.path in ("/v1/jobs", "/v1/jobs/{id}"):
        meet(case.body)
    if case.path == "/v1/jobs/{id}/events":
        # A stream ends with its job.
        url = kwargs.get("base_url") or case.operation.base_url
        requests.post(f"{url}/v1/jobs/{case.path_parameters['id']}/cancel", headers=kwargs.get("headers"), timeout=10)


def meet(spec):
    """Places that are there, so that jobs run, and end."""
    # No job makes more for the next one to move: what comes down is not sent up, and copies have another source.
    places = {"source": f"{ROOT}/up/f0" if "key" in spec else f"{ROOT}/up", "destination": f"{ROOT}/down",
              "bucket": "bucket", "source_bucket": "another"}
    for name in places.keys() & spec.keys():
        spec[name] = places[name]
    for name in ("bandwidth_limit", "webhook", "store", "source_store"):
        spec.pop(name, None)
