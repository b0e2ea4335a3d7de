// One job: its state and what can be done about it, its map, its rate, its errors and its files.

import { confirm } from "./dialogs.js";
import { element, icon, setAttribute, setIcon, setText } from "./elements.js";
import { ErrorsPanel } from "./errors-panel.js";
import { EventStream } from "./event-stream.js";
import { FilesPanel } from "./files-panel.js";
import { bytes, count, duration, ends, moment, name, percent, rate } from "./format.js";
import { beforeNextFrame, forgetFrame } from "./frames.js";
import { JOB_STATES, WAITING, verbs } from "./job-states.js";
import { MapPanel } from "./map-panel.js";
import { NumberSlider } from "./number-slider.js";
import { ProgressBar } from "./progress-bar.js";
import { RateHistory, RatePlot } from "./rate-plot.js";
import { get, jobPath, patch, post } from "./service.js";

const VERBS = { pause: "Pause", resume: "Resume", retry: "Retry", cancel: "Cancel" };

export class JobView {
  constructor({ id, onConnection, limits }) {
    this.id = id;
    this.onConnection = onConnection;
    this.history = new RateHistory();
    this.paint = () => this.draw();
    this.files = new FilesPanel(id);
    this.errors = new ErrorsPanel(() => this.showFailed());
    this.plot = new RatePlot("Rate of this job");
    this.bar = new ProgressBar("Progress of this job");
    this.concurrency = new NumberSlider({
      label: "Requests in flight, of this job", most: 1024,
      change: async (concurrency) => {
        const job = await patch(jobPath(id), { concurrency });
        this.know(job);
        return job.spec.concurrency;
      },
    });
    this.node = element("div", { class: "view", "aria-busy": "true" }, ...this.build(limits));
  }

  build(limits) {
    this.from = element("bdi", { class: "end" });
    this.to = element("bdi", { class: "end" });
    this.title = element("h1", { tabindex: "-1" }, this.from, element("span", { class: "arrow" }, " \u2192 "), this.to);
    this.meta = element("p", { class: "hint meta" });
    this.stateIcon = icon("queued");
    this.word = element("span");
    this.state = element("p", { class: "state large", role: "status" }, this.stateIcon, this.word);
    this.reason = element("p", { class: "hint" });
    this.buttons = Object.fromEntries(Object.entries(VERBS).map(([verb, word]) => [verb, element(
      "button", { type: "button", hidden: true, class: verb === "cancel" ? "danger quiet" : null, "data-verb": verb,
        on: { click: () => this.act(verb) } }, icon(verb), word)]));
    this.fault = element("p", { class: "note fault", role: "alert" });
    this.share = element("strong", { class: "share" });
    this.figures = Object.fromEntries(["rate", "left", "moved", "files", "parts", "requests"].map((key) => [key, element("dd")]));
    const figure = (title, key) => element("div", {}, element("dt", {}, title), this.figures[key]);
    this.mapPlace = element("div");
    this.details = element("dl", { class: "spec" });
    return [
      element("nav", { "aria-label": "Back" }, element("a", { href: "#/", class: "back" }, "\u2190 All jobs")),
      element("header", { class: "job-title" }, this.title, this.meta),
      element(
        "section", { class: "card", "aria-label": "Progress" },
        element(
          "div", { class: "control" }, element("div", {}, this.state, this.reason),
          element("div", { class: "verbs", role: "group", "aria-label": "Steer the job" }, ...Object.values(this.buttons))),
        this.fault,
        element("div", { class: "advance" }, this.bar.node, this.share),
        element(
          "dl", { class: "figures" }, figure("Rate", "rate"), figure("Time left", "left"), figure("Moved", "moved"),
          figure("Files", "files"), figure("Parts", "parts"), figure("Requests in flight", "requests"))),
      this.mapPlace,
      this.errors.node,
      element(
        "div", { class: "pair" },
        element("section", { class: "card", "aria-labelledby": "rate-title" }, element("h2", { id: "rate-title" }, "Rate"), this.plot.node),
        element("section", { class: "card", "aria-labelledby": "limits-title" }, element("h2", { id: "limits-title" }, "Limits"), this.concurrency.node, limits.slider.node)),
      this.files.node,
      element("details", { class: "card" }, element("summary", {}, "As it was submitted"), this.details),
    ];
  }

  async open() {
    this.onConnection("connecting");
    try {
      await this.begin();
      this.files.open();
      this.clock = setInterval(() => this.tick(), 1000);
    } catch (error) {
      this.node.removeAttribute("aria-busy");
      if (error.status === 404) return this.beMissing();
      this.fault.textContent = error.message;
      this.timer = setTimeout(() => this.open(), 2000);
    }
    return undefined;
  }

  beMissing() {
    this.onConnection("live");
    const [back] = this.node.children;
    this.node.replaceChildren(back, element("p", { class: "empty" }, "There is no such job. It may have been deleted."));
  }

  close() {
    this.isClosed = true;
    this.stream?.close();
    this.files.close();
    this.map?.close();
    clearInterval(this.clock);
    clearTimeout(this.timer);
    forgetFrame(this.paint);
  }

  /** The job, its map, then the stream behind the revision that was read first: what the lists tell twice is the same. */
  async begin() {
    const job = await get(jobPath(this.id));
    if (this.isClosed) return;
    this.fault.textContent = "";
    this.node.removeAttribute("aria-busy");
    this.know(job);
    this.map?.close();
    this.map = new MapPanel(job, () => this.listen(this.job, this.stream?.revision));
    this.mapPlace.replaceChildren(this.map.node);
    this.listen(job);
    await this.map.load();
  }

  /** An unfinished job's own stream; behind its end the one of all jobs, which tells of a retry. */
  listen(job, after = job.revision) {
    this.stream?.close();
    if (this.isClosed) return;
    const own = !job.done;
    this.stream = new EventStream({
      path: own ? `${jobPath(this.id)}/events` : "v1/events",
      // A map that only counts looks at no single file, so none is sent.
      query: own && !this.map.isCounted ? {} : { types: "job.*" },
      after,
      onEvent: (type, data) => data.job_id === this.id && this.take(type, data),
      onState: this.onConnection,
      beforeReconnecting: () => this.lookAgain(),
    });
    this.stream.open();
  }

  /** After a cut: an own stream does not come back behind the job's end, so that is looked for. */
  async lookAgain() {
    const job = await get(jobPath(this.id));
    this.know(job);
    if (!job.done || this.stream.path === "v1/events") return true;
    this.begin();
    return false;
  }

  take(type, data) {
    const [kind, what] = type.split(".");
    if (kind === "job" && what === "progress") {
      this.job = { ...this.job, progress: data };
      this.map?.progress(data);
      this.files.changed(data.files);
      if (data.files.failed !== this.shownFailures) this.readErrors();
    } else if (what === "deleted") {
      this.fault.textContent = "This job was deleted.";
    } else if (what === "snapshot" && data.done) {
      // The stream comes late: the last changes of files, and the end with them, stand behind it.
    } else if (kind === "job") {
      this.advance(data);
    } else {
      this.map?.take(what === "progress" ? "flight" : kind, data);
    }
    beforeNextFrame(this.paint);
  }

  advance(job) {
    const before = this.job;
    this.know({ ...job, errors: before.errors });
    if (job.done && !before.done) {
      this.stream.close();
      this.finish();
    }
    if (!job.done && before.done) this.begin();
  }

  /** The last word is the service's: counters, files and errors as they are stored. The map has had every change. */
  finish() {
    this.map?.take("flight", { parts: [] });
    this.map?.progress(this.job.progress);
    this.listen(this.job);
    this.files.load();
    this.readErrors();
  }

  async readErrors() {
    if (this.isReading) return;
    this.isReading = true;
    this.shownFailures = this.job.progress.files.failed;
    try {
      const { errors, error } = await get(jobPath(this.id));
      this.job = { ...this.job, errors, error };
      beforeNextFrame(this.paint);
    } catch {
      // The next event asks again.
      this.shownFailures = null;
    }
    this.isReading = false;
  }

  know(job) {
    if (this.job && this.job.revision > job.revision) return;
    this.job = job;
    this.files.changed(job.progress.files);
    beforeNextFrame(this.paint);
  }

  async act(verb) {
    if (verb === "cancel" && !(await this.isMeant())) return;
    this.fault.textContent = "";
    try {
      this.know(await post(`${jobPath(this.id)}/${verb}`));
      if (verb === "retry") await this.begin();
    } catch (error) {
      this.fault.textContent = error.message;
    }
  }

  isMeant() {
    return confirm({
      title: "Cancel this job?",
      text: "Requests in flight are cut and unfinished uploads are removed. What has arrived stays, and a retry moves the rest.",
      yes: "Cancel the job", no: "Keep it running",
    });
  }

  async showFailed() {
    await this.files.select("failed");
    const heading = this.files.node.querySelector("h2");
    heading.focus();
    heading.scrollIntoView({ block: "start" });
  }

  tick() {
    if (!this.job || this.job.done || document.hidden) return;
    this.history.add(this.job.state === "running" || this.job.state === "pausing" ? this.job.progress.bytes_per_second : 0);
    beforeNextFrame(this.paint);
  }

  draw() {
    const { job } = this;
    if (!job) return;
    const look = JOB_STATES[job.state];
    const [from, to] = ends(job.spec);
    setText(this.from, from);
    setText(this.to, to);
    document.title = `${look.word} \u00b7 ${from} \u2013 Longshore`;
    setText(this.meta, this.origin());
    setAttribute(this.node, "data-state", job.state);
    setAttribute(this.state, "data-tone", look.tone);
    setIcon(this.stateIcon, look.icon);
    setText(this.word, look.word);
    setText(this.reason, WAITING[job.queue.waiting_for] ?? job.state_reason ?? "");
    this.drawButtons();
    this.drawFigures();
    this.errors.show(job);
    this.concurrency.show(job.spec.concurrency);
    this.concurrency.isEnabled = !job.done;
    this.plot.draw(this.history);
    this.drawSpec();
  }

  origin() {
    const { kind, id, attempt, create_time: created, end_time: ended } = this.job;
    const again = attempt > 1 ? ` \u00b7 attempt ${attempt}` : "";
    return `${kind[0].toUpperCase()}${kind.slice(1)} ${id}${again} \u00b7 created ${moment(created)}${ended ? ` \u00b7 ended ${moment(ended)}` : ""}`;
  }

  /** A button that goes while it has the focus hands it on, so that a keyboard is not thrown back to the page's top. */
  drawButtons() {
    const wanted = verbs(this.job);
    const focused = Object.values(this.buttons).find((button) => button === document.activeElement);
    for (const [verb, button] of Object.entries(this.buttons)) button.hidden = !wanted.includes(verb);
    if (focused?.hidden) (Object.values(this.buttons).find((button) => !button.hidden) ?? this.title).focus();
  }

  drawFigures() {
    const { job } = this;
    const { progress } = job;
    this.bar.show(job);
    setText(this.share, progress.fraction === null ? "\u2013" : percent(progress.fraction));
    const of = (part, whole) => `${count(part)} of ${count(whole)}`;
    const figures = {
      rate: rate(progress.bytes_per_second),
      left: job.done ? "\u2013" : progress.eta_seconds === null ? "not known yet" : duration(progress.eta_seconds),
      moved: `${bytes(progress.bytes.succeeded)} of ${bytes(progress.bytes.total)}`,
      files: of(progress.files.succeeded + progress.files.skipped, progress.files.total),
      parts: progress.parts.total === 0 ? "\u2013" : of(progress.parts.succeeded, progress.parts.total),
      requests: count(progress.requests_in_flight),
    };
    for (const [key, text] of Object.entries(figures)) setText(this.figures[key], text);
  }

  drawSpec() {
    const signature = JSON.stringify(this.job.spec);
    if (signature === this.specShown) return;
    this.specShown = signature;
    const rows = Object.entries(this.job.spec).filter(([, value]) => value !== null && !(typeof value === "object" && Object.keys(value).length === 0));
    this.details.replaceChildren(...rows.map(([key, value]) =>
      element("div", {}, element("dt", {}, key), element("dd", {}, element("bdi", {}, name(typeof value === "object" ? JSON.stringify(value) : String(value)))))));
  }
}
