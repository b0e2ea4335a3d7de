// The rate over the last minutes.

import { element, setAttribute, setText, svg } from "./elements.js";
import { rate } from "./format.js";

const WIDTH = 600;
const HEIGHT = 120;

/** Samples at most a second apart, of the last five minutes; what is older is forgotten. */
export class RateHistory {
  constructor(seconds = 300) {
    this.seconds = seconds;
    this.samples = [];
  }

  add(value, now = performance.now() / 1000) {
    const last = this.samples.at(-1);
    if (last && now - last.at < 0.9) last.value = value;
    else this.samples.push({ at: now, value });
    while (this.samples[0].at < now - this.seconds) this.samples.shift();
  }
}

export class RatePlot {
  constructor(label) {
    this.label = label;
    this.area = svg("path", { class: "plot-area" });
    this.line = svg("path", { class: "plot-line" });
    const grid = [0.25, 0.5, 0.75].map((part) =>
      svg("line", { class: "plot-grid", x1: 0, x2: WIDTH, y1: HEIGHT * part, y2: HEIGHT * part }));
    this.picture = svg(
      "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...grid, this.area, this.line);
    this.top = element("span", { class: "plot-top" });
    this.from = element("span");
    this.node = element(
      "div", { class: "plot" }, this.top, this.picture, element("div", { class: "plot-axis" }, this.from, element("span", {}, "now")));
  }

  /** The time that is shown grows with what is known, from a minute to the history's whole length. */
  draw(history) {
    const { samples } = history;
    const now = samples.at(-1)?.at ?? 0;
    const span = Math.min(history.seconds, Math.max(60, now - (samples[0]?.at ?? 0)));
    const highest = samples.reduce((most, sample) => Math.max(most, sample.value), 0);
    const scale = ceiling(highest);
    const points = samples.map(({ at, value }) => {
      const x = WIDTH * (1 - (now - at) / span);
      return `${x.toFixed(1)} ${(HEIGHT - (value / scale) * (HEIGHT - 2) - 1).toFixed(1)}`;
    });
    const path = points.length > 1 ? `M${points.join("L")}` : "";
    setAttribute(this.line, "d", path);
    setAttribute(this.area, "d", path && `${path}L${WIDTH} ${HEIGHT}L${points[0].split(" ")[0]} ${HEIGHT}Z`);
    setText(this.top, highest > 0 ? rate(scale) : "");
    setText(this.from, `${Math.floor(span / 60)} min ${Math.round(span % 60) > 0 ? `${Math.round(span % 60)} s ` : ""}ago`);
    const present = samples.at(-1)?.value ?? 0;
    setAttribute(this.picture, "aria-label", `${this.label}: now ${rate(present)}, highest ${rate(highest)}`);
    setAttribute(this.picture, "data-samples", samples.length);
  }
}

/** The next of 1, 2, 4, 8 ... times a power of 1,024: the scale rests while the rate wavers. */
function ceiling(value) {
  let top = 1024;
  while (top < value * 1.02) top *= 2;
  return top;
}
