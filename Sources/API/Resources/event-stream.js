// One open stream of events that survives everything but its own end.

import { streamAddress } from "./service.js";

const NAMES = [
  "job.queued", "job.running", "job.pausing", "job.paused", "job.cancelling", "job.succeeded",
  "job.partially_succeeded", "job.failed", "job.cancelled", "job.deleted", "job.snapshot", "job.progress",
  "file.succeeded", "file.failed", "file.skipped", "part.succeeded", "part.failed", "part.progress",
];
const SHORTEST_DELAY = 300;
const LONGEST_DELAY = 10_000;
/** A browser has six connections to a service for all its tabs: one that nobody looks at gives its own up. */
const HIDDEN_FOR = 10_000;

/**
 * The reader goes on behind the last revision that it has seen, so a cut loses and repeats nothing. It connects anew by
 * itself instead of leaving that to EventSource: a ticket opens one connection only, and the delay is its own.
 *
 * - `path`, `query`: the stream's address; `after`: the revision to begin behind, null for the stream's own beginning.
 * - `onEvent(name, data)`; `onState("connecting" | "live" | "reconnecting")`.
 * - `beforeReconnecting()`: what the stream can't tell after a cut is read here. False ends it.
 */
export class EventStream {
  constructor({ path, query = {}, after = null, onEvent, onState, beforeReconnecting = async () => true }) {
    Object.assign(this, { path, query, onEvent, onState, beforeReconnecting });
    this.revision = after;
    this.source = null;
    this.timer = null;
    this.failures = 0;
    this.isClosed = false;
    this.watch = () => this.lookedAt(!document.hidden);
  }

  open() {
    document.addEventListener("visibilitychange", this.watch);
    this.onState("connecting");
    this.connect();
  }

  close() {
    this.isClosed = true;
    document.removeEventListener("visibilitychange", this.watch);
    clearTimeout(this.sleep);
    this.drop();
  }

  lookedAt(isVisible) {
    clearTimeout(this.sleep);
    if (!isVisible) {
      this.sleep = setTimeout(() => this.drop(), HIDDEN_FOR);
    } else if (!this.source) {
      this.drop();
      this.failures = 1;
      this.connect();
    }
  }

  drop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  async connect() {
    const attempt = (this.attempt = (this.attempt ?? 0) + 1);
    let address;
    try {
      if (this.failures > 0 && !(await this.beforeReconnecting())) return this.close();
      address = await streamAddress(this.path, { ...this.query, after: this.revision });
    } catch {
      return attempt === this.attempt ? this.retry() : undefined;
    }
    if (this.isClosed || attempt !== this.attempt) return undefined;
    const source = new EventSource(address);
    this.source = source;
    source.addEventListener("open", () => {
      this.failures = 0;
      this.onState("live");
    });
    source.addEventListener("error", () => {
      if (this.source === source) this.retry();
    });
    const take = (event) => {
      if (this.source !== source) return;
      // Also what a heartbeat carried: an event of a later moment has it too.
      if (event.lastEventId !== "") this.revision = Number(event.lastEventId);
      this.onEvent(event.type, JSON.parse(event.data));
    };
    for (const name of NAMES) source.addEventListener(name, take);
    return undefined;
  }

  retry() {
    this.drop();
    if (this.isClosed) return;
    this.onState("reconnecting");
    const delay = Math.min(LONGEST_DELAY, SHORTEST_DELAY * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), delay);
  }
}
