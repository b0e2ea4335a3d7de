// Why a job or its files failed: the job's own error, then the first ten files, then the way to all of them.

import { element, setText } from "./elements.js";
import { count, name, plural } from "./format.js";

export class ErrorsPanel {
  constructor(showFailed) {
    this.list = element("ul", { class: "errors" });
    this.all = element("button", { type: "button", on: { click: showFailed } });
    this.node = element(
      "section", { class: "card faults", "aria-labelledby": "errors-title", hidden: true },
      element("h2", { id: "errors-title" }, "Errors"), this.list, this.all);
  }

  show(job) {
    const failed = job.progress.files.failed;
    const signature = JSON.stringify([job.error, job.errors, failed]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.node.hidden = !job.error && failed === 0;
    const errors = job.errors.map((file) => entry(file.path, file));
    if (job.error) errors.unshift(entry(null, job.error));
    this.list.replaceChildren(...errors);
    this.all.hidden = failed === 0;
    setText(this.all, failed === 1 ? "Show the failed file" : `Show all ${count(failed)} failed files`);
  }
}

function entry(path, error) {
  const facts = [error.attempts ? plural(error.attempts, "attempt") : null];
  if (error.s3) facts.push(["S3", error.s3.code, error.s3.http_status, error.s3.request_id].filter(Boolean).join(" "));
  facts.push(error.retryable ? "a retry may help" : null);
  return element(
    "li", {},
    element("p", { class: "error-path" }, path === null ? "The job as a whole" : element("bdi", {}, name(path))),
    element("p", {}, element("code", {}, error.code), " ", name(error.message)),
    element("p", { class: "hint" }, facts.filter(Boolean).join(" \u00b7 ")));
}
