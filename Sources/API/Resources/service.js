// The HTTP API. Where the service wants a token it is asked for once, kept for this tab, and sent with every call.

const KEPT = "longshore.token";

let token = sessionStorage.getItem(KEPT);
let asking = null;
let ask = async () => null;

/** `dialog(wasRefused)` resolves to the token that a person has given. */
export function onTokenNeeded(dialog) {
  ask = dialog;
}

/** A refusal in the service's words (RFC 9457), or no answer at all: then `status` is 0. */
export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const get = (path, query = {}, signal = undefined) => call("GET", address(path, query), undefined, signal);
export const post = (path) => call("POST", path);
export const patch = (path, body) => call("PATCH", path, body);
export const jobPath = (id) => `v1/jobs/${encodeURIComponent(id)}`;

/**
 * Where an EventSource, which can send no header field, finds a stream: with a token, by a ticket that is good for one
 * connection.
 */
export async function streamAddress(path, query) {
  if (!token) return address(path, query);
  const { ticket } = await post("v1/tickets");
  return address(path, { ...query, ticket });
}

function address(path, query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

async function call(method, target, body, signal) {
  for (;;) {
    const used = token;
    const response = await send(method, target, body, signal, used);
    if (response.status === 401) {
      await renew(used);
      continue;
    }
    const isJSON = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
    const answer = isJSON ? await response.json() : null;
    if (response.ok) return answer;
    throw new Problem(response.status, answer?.code ?? "", answer?.detail ?? `The service answered ${response.status}.`);
  }
}

async function send(method, target, body, signal, used) {
  const headers = { Accept: "application/json" };
  if (used) headers.Authorization = `Bearer ${used}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(target, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "NO_CONNECTION", "The service does not answer.");
  }
}

/** However many calls were refused at once, the question is asked once. */
async function renew(refused) {
  if (token !== refused) return;
  asking ??= ask(refused !== null).finally(() => (asking = null));
  token = await asking;
  sessionStorage.setItem(KEPT, token);
}
