// The list of jobs, newest first, and what all of them do together.

import { element, setText } from "./elements.js";
import { EventStream } from "./event-stream.js";
import { plural, rate } from "./format.js";
import { beforeNextFrame, forgetFrame } from "./frames.js";
import { JobRow } from "./job-row.js";
import { JOB_STATES } from "./job-states.js";
import { Pager } from "./pager.js";
import { RateHistory, RatePlot } from "./rate-plot.js";
import { get } from "./service.js";

const PAGE_SIZE = 30;
const MOVING = new Set(["running", "pausing", "cancelling"]);

/** Of all jobs together, kept while the page is open: a look at one job leaves no gap in it. */
const history = new RateHistory();

export class JobsView {
  constructor({ onConnection, limits }) {
    this.onConnection = onConnection;
    this.limits = limits;
    this.rows = new Map();
    /** Rate of each job that moves, listed or not. */
    this.rates = new Map();
    this.paint = () => this.draw();
    this.plot = new RatePlot("Rate of all jobs");
    this.total = element("strong", { class: "total" }, "0 B/s");
    this.moving = element("p", { class: "hint" });
    this.filter = element("select", { id: "job-filter", on: { change: () => this.refilter() } },
      element("option", { value: "" }, "All states"),
      ...Object.entries(JOB_STATES).map(([state, { word }]) => element("option", { value: state }, word)));
    this.list = element("ul", { class: "jobs" });
    this.empty = element("p", { class: "empty", hidden: true });
    this.pager = new Pager(() => this.load());
    this.node = element(
      "div", { class: "view" },
      element("h1", { class: "visually-hidden", tabindex: "-1" }, "Jobs"),
      element(
        "section", { class: "overview", "aria-label": "All jobs together" },
        element("div", { class: "card" }, element("div", { class: "figure" }, element("h2", {}, "Rate"), this.total, this.moving), this.plot.node),
        element("div", { class: "card" }, element("h2", {}, "Global cap"), limits.slider.node)),
      element(
        "section", { "aria-labelledby": "jobs-title" },
        element(
          "div", { class: "section-head" }, element("h2", { id: "jobs-title" }, "Jobs"),
          element("label", { class: "visually-hidden", for: "job-filter" }, "State"), this.filter),
        this.list, this.empty, this.pager.node));
  }

  open() {
    this.stream = new EventStream({
      path: "v1/events",
      query: { types: "job.*", interval_ms: 1000 },
      onEvent: (name, data) => this.take(name, data),
      onState: (state) => {
        this.onConnection(state);
        // The stream tells what happens from now on; the list, what was before.
        if (state !== "live") return;
        this.rates.clear();
        this.load();
      },
      beforeReconnecting: async () => Boolean(await get("v1/limits")),
    });
    this.stream.open();
    this.load();
    this.clock = setInterval(() => this.tick(), 1000);
  }

  close() {
    this.stream.close();
    clearInterval(this.clock);
    forgetFrame(this.paint);
  }

  async load() {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    try {
      const page = await get("v1/jobs", { page_size: PAGE_SIZE, page_token: this.pager.token, state: this.filter.value });
      if (asked !== this.asked) return;
      this.pager.came(page.next_page_token);
      const kept = new Map();
      for (const job of page.jobs) kept.set(job.id, this.rows.get(job.id) ?? new JobRow());
      this.rows = kept;
      for (const job of page.jobs) this.show(job);
      this.list.replaceChildren(...[...kept.values()].map((row) => row.node));
      this.isLoaded = true;
      this.tellWhenEmpty();
    } catch (error) {
      if (asked !== this.asked) return;
      setText(this.empty, error.message);
      this.empty.hidden = false;
    }
  }

  refilter() {
    this.pager.reset();
    this.load();
  }

  take(name, data) {
    if (name === "job.progress") {
      this.rates.set(data.job_id, data.bytes_per_second);
      this.rows.get(data.job_id)?.progress(data);
    } else if (name === "job.deleted") {
      this.rates.delete(data.job_id);
      this.rows.get(data.job_id)?.node.remove();
      this.rows.delete(data.job_id);
      this.tellWhenEmpty();
    } else {
      this.upsert(data);
    }
    beforeNextFrame(this.paint);
  }

  upsert(job) {
    if (this.rows.has(job.id) || !this.isLoaded || this.pager.page > 0) return this.show(job);
    if (this.filter.value && this.filter.value !== job.state) return this.show(job);
    const row = new JobRow();
    this.rows.set(job.id, row);
    this.show(job);
    const below = [...this.list.children].find((node) => this.rows.get(node.dataset.job).job.create_time < job.create_time);
    this.list.insertBefore(row.node, below ?? null);
    if (this.rows.size > PAGE_SIZE * 2) this.load();
    this.tellWhenEmpty();
  }

  show(job) {
    if (MOVING.has(job.state)) this.rates.set(job.id, job.progress.bytes_per_second);
    else this.rates.delete(job.id);
    this.rows.get(job.id)?.show(job);
  }

  tellWhenEmpty() {
    this.empty.hidden = this.rows.size > 0;
    if (this.rows.size === 0) {
      setText(this.empty, this.filter.value ? "No job is in this state." : "No jobs yet. The first one shows up here by itself.");
    }
  }

  tick() {
    if (document.hidden) return;
    let sum = 0;
    for (const value of this.rates.values()) sum += value;
    history.add(sum);
    beforeNextFrame(this.paint);
  }

  draw() {
    setText(this.total, rate(history.samples.at(-1)?.value ?? 0));
    setText(this.moving, this.rates.size ? `${plural(this.rates.size, "job")} running` : "Nothing is running");
    this.plot.draw(history);
    for (const row of this.rows.values()) row.draw();
  }
}
