// One job in the list.

import { element, icon, setAttribute, setIcon, setText } from "./elements.js";
import { bytes, count, duration, ends, moment, percent, plural, rate } from "./format.js";
import { JOB_STATES } from "./job-states.js";
import { ProgressBar } from "./progress-bar.js";

export class JobRow {
  constructor() {
    this.from = element("bdi", { class: "end" });
    this.to = element("bdi", { class: "end" });
    this.link = element("a", { class: "job-link" }, this.from, element("span", { class: "arrow" }, " \u2192 "), this.to);
    this.stateIcon = icon("queued");
    this.word = element("span", {});
    this.state = element("span", { class: "state" }, this.stateIcon, this.word);
    this.bar = new ProgressBar("Progress");
    this.left = element("span", { class: "numbers" });
    this.right = element("span", { class: "numbers" });
    this.node = element(
      "li", { class: "job" },
      element("div", { class: "job-head" }, this.link, this.state), this.bar.node,
      element("div", { class: "job-foot" }, this.left, this.right));
    this.isStale = false;
  }

  /** A whole job; an older state than the one shown is let go. */
  show(job) {
    if (this.job && this.job.revision > job.revision) return;
    this.job = job;
    this.isStale = true;
    this.draw();
  }

  progress(progress) {
    if (!this.job || this.job.done) return;
    this.job = { ...this.job, progress };
    this.isStale = true;
  }

  draw() {
    if (!this.isStale) return;
    this.isStale = false;
    const { job } = this;
    const { progress } = job;
    const look = JOB_STATES[job.state];
    const [from, to] = ends(job.spec);
    setText(this.from, from);
    setText(this.to, to);
    setAttribute(this.link, "href", `#/jobs/${encodeURIComponent(job.id)}`);
    setAttribute(this.node, "data-job", job.id);
    setAttribute(this.node, "data-state", job.state);
    setAttribute(this.state, "data-tone", look.tone);
    setIcon(this.stateIcon, look.icon);
    setText(this.word, look.word);
    this.bar.show(job);
    setText(this.left, this.amounts(progress));
    setText(this.right, this.pace(job, progress));
  }

  amounts({ fraction, bytes: moved, files }) {
    const share = fraction === null ? "" : `${percent(fraction)} \u00b7 `;
    const done = files.succeeded + files.skipped;
    const failed = files.failed ? ` \u00b7 ${count(files.failed)} failed` : "";
    return `${share}${bytes(moved.succeeded)} of ${bytes(moved.total)} \u00b7 ${count(done)} of ${plural(files.total, "file")}${failed}`;
  }

  pace(job, progress) {
    if (job.done) return moment(job.end_time);
    if (job.state !== "running") return "";
    const left = progress.eta_seconds === null ? "" : ` \u00b7 ${duration(progress.eta_seconds)} left`;
    return `${rate(progress.bytes_per_second)}${left}`;
  }
}
