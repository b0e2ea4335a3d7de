// Forth and back through a list that comes in pages, of which one is held at a time.

import { element } from "./elements.js";

export class Pager {
  constructor(turned) {
    this.turned = turned;
    this.previous = element("button", { type: "button", on: { click: () => this.turn(-1) } }, "Newer");
    this.next = element("button", { type: "button", on: { click: () => this.turn(1) } }, "Older");
    this.place = element("span", { class: "pager-place" });
    this.node = element("nav", { class: "pager", "aria-label": "Pages", hidden: true }, this.previous, this.place, this.next);
    this.reset();
  }

  named(previous, next) {
    this.previous.textContent = previous;
    this.next.textContent = next;
    return this;
  }

  /** At the first page again. */
  reset() {
    this.tokens = [""];
    this.page = 0;
  }

  get token() {
    return this.tokens[this.page];
  }

  /** A page has come, with the token of the one behind it. */
  came(nextToken) {
    this.tokens.length = this.page + 1;
    if (nextToken) this.tokens.push(nextToken);
    this.previous.disabled = this.page === 0;
    this.next.disabled = !nextToken;
    this.place.textContent = `Page ${this.page + 1}`;
    this.node.hidden = this.page === 0 && !nextToken;
  }

  turn(step) {
    this.page = Math.max(0, Math.min(this.tokens.length - 1, this.page + step));
    this.turned();
  }
}
