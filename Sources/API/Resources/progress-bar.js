// How far a job is: what has arrived, what has failed, and what was sent of what is on its way.

import { element, setAttribute } from "./elements.js";
import { percent } from "./format.js";

export class ProgressBar {
  constructor(label) {
    this.fills = ["good", "sent", "bad"].map((name) => element("i", { class: `bar-${name}` }));
    this.node = element(
      "div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" },
      ...this.fills);
  }

  show(job) {
    const { fraction, bytes, files } = job.progress;
    const whole = bytes.total + files.total;
    const isKnown = fraction !== null;
    const shares = isKnown && whole > 0
      ? [fraction, Math.min(bytes.in_flight / whole, 1 - fraction), (bytes.failed + files.failed) / whole]
      : [isKnown ? fraction : 0, 0, 0];
    shares.forEach((share, index) => {
      this.fills[index].style.setProperty("width", `${(share * 100).toFixed(2)}%`);
    });
    this.node.classList.toggle("unknown", !isKnown && !job.done);
    setAttribute(this.node, "aria-valuenow", isKnown ? Math.floor(fraction * 100) : null);
    setAttribute(this.node, "aria-valuetext", isKnown ? percent(fraction) : "still looking for files");
  }
}
