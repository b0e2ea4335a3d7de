// The cap over all jobs, shown on every page and set by whoever looks.

import { element, setText } from "./elements.js";
import { count } from "./format.js";
import { NumberSlider } from "./number-slider.js";
import { get, patch } from "./service.js";

const EVERY = 2000;

export class Limits {
  constructor() {
    this.used = element("strong", {}, "\u2013");
    this.cap = element("span", {}, "\u2013");
    this.node = element("p", { class: "in-flight" }, this.used, " of ", this.cap, element("span", { class: "wide" }, " requests in flight"));
    this.slider = new NumberSlider({
      label: "Requests in flight, of all jobs", most: 65_536,
      hint: "Counts from the next request on, until the service starts again.",
      change: async (concurrency) => this.show(await patch("v1/limits", { concurrency })).concurrency,
    });
  }

  start() {
    const look = async () => {
      if (!document.hidden) await this.refresh();
      this.timer = setTimeout(look, EVERY);
    };
    look();
  }

  async refresh() {
    try {
      this.show(await get("v1/limits"));
    } catch {
      setText(this.used, "\u2013");
    }
  }

  show(limits) {
    setText(this.used, count(limits.in_flight));
    setText(this.cap, count(limits.concurrency));
    this.slider.show(limits.concurrency);
    return limits;
  }
}
