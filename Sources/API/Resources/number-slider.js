// A limit, to be drawn roughly or typed exactly.

import { element, setText } from "./elements.js";
import { count } from "./format.js";

const STEPS = [];
for (let power = 1; power <= 65_536; power *= 2) {
  STEPS.push(power);
  if (power >= 2 && power < 65_536) STEPS.push(power * 1.5);
}

/**
 * The slider's steps lie at 1, 2, 3, 4, 6, 8, 12, 16 ... up to `most`; the field takes every whole number between.
 *
 * - `change(value)`: sets it; what it resolves to is what then holds. A refusal is shown and the old value comes back.
 */
export class NumberSlider {
  constructor({ label, hint, most, change }) {
    this.steps = STEPS.filter((step) => step <= most);
    this.most = most;
    this.change = change;
    this.value = 1;
    const id = `limit-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
    this.range = element("input", {
      type: "range", min: 0, max: this.steps.length - 1, step: 1, "aria-label": `${label}, roughly`,
      on: { input: () => this.preview(), change: () => this.commit(this.steps[Number(this.range.value)]) },
    });
    this.field = element("input", {
      id, type: "number", min: 1, max: most, step: 1, inputmode: "numeric", autocomplete: "off",
      on: { change: () => this.commitField() },
    });
    this.note = element("p", { class: "note", role: "status" });
    this.node = element(
      "div", { class: "limit" },
      element("div", { class: "limit-head" }, element("label", { for: id }, label), this.field),
      this.range, hint && element("p", { class: "hint" }, hint), this.note);
  }

  /** What holds, as told by the service: not while somebody is at it. */
  show(value) {
    this.value = value;
    if (this.isBusy || document.activeElement === this.field || this.range.matches(":active")) return;
    this.render(value);
  }

  set isEnabled(isEnabled) {
    this.range.disabled = !isEnabled;
    this.field.disabled = !isEnabled;
  }

  render(value) {
    if (Number(this.field.value) !== value) this.field.value = String(value);
    const index = this.steps.findIndex((step) => step >= value);
    const position = String(index < 0 ? this.steps.length - 1 : index);
    if (this.range.value !== position) this.range.value = position;
    this.range.setAttribute("aria-valuetext", count(value));
  }

  preview() {
    const value = this.steps[Number(this.range.value)];
    this.field.value = String(value);
    this.range.setAttribute("aria-valuetext", count(value));
  }

  commitField() {
    const value = Number(this.field.value);
    if (Number.isInteger(value) && value >= 1 && value <= this.most) return this.commit(value);
    this.tell(`A whole number from 1 to ${count(this.most)}.`, true);
    this.render(this.value);
  }

  async commit(value) {
    this.isBusy = true;
    this.render(value);
    try {
      this.value = await this.change(value);
      this.tell(`Now ${count(this.value)}.`, false);
    } catch (error) {
      this.tell(error.message, true);
    }
    this.isBusy = false;
    this.render(this.value);
  }

  tell(text, isFault) {
    setText(this.note, text);
    this.note.classList.toggle("fault", isFault);
  }
}
