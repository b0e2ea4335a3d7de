// Draws a map of cells, the changed ones alone, and tells which cell a pointer or a key has reached.

import { FAILED, IN_FLIGHT, PENDING, SKIPPED, SUCCEEDED } from "./transfer-map.js";
import { element } from "./elements.js";
import { beforeNextFrame, forgetFrame } from "./frames.js";

const COLOURS = ["pending", "in-flight", "succeeded", "failed", "skipped"];
const WIDEST = 22;
const NARROWEST = 3;

/**
 * `onCell(index | null)` when another cell is pointed at or has the keyboard's focus; `describe(index)` is what a
 * screen reader says of it.
 */
export class MapCanvas {
  constructor({ onCell, describe }) {
    this.onCell = onCell;
    this.describe = describe;
    this.map = null;
    this.pitch = WIDEST;
    this.side = WIDEST;
    this.columns = 1;
    this.focused = null;
    this.pointed = null;
    this.canvas = element("canvas", {
      class: "map-canvas", tabindex: "0", role: "slider", "aria-label": "Map", "aria-valuemin": "1", "aria-valuemax": "1",
      "aria-valuenow": "1",
      on: {
        pointermove: (event) => this.point(event),
        pointerleave: () => this.leave(),
        pointerdown: (event) => this.point(event),
        keydown: (event) => this.key(event),
        focus: () => this.focus(this.focused ?? 0),
        blur: () => this.focus(null),
      },
    });
    this.frame = element("div", { class: "map-frame" }, this.canvas, element("div", { class: "map-mark", hidden: true }));
    this.mark = this.frame.lastElementChild;
    this.context = this.canvas.getContext("2d");
    this.paint = () => this.draw();
    this.observer = new ResizeObserver(() => this.reshape());
    this.observer.observe(this.frame);
    this.theme = matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => this.reshape();
    this.theme.addEventListener("change", this.onTheme);
  }

  show(map) {
    this.map = map;
    this.reshape();
  }

  close() {
    this.observer.disconnect();
    this.theme.removeEventListener("change", this.onTheme);
    forgetFrame(this.paint);
  }

  /** The map has changed; it is drawn with the next frame. */
  update() {
    beforeNextFrame(this.paint);
  }

  reshape() {
    this.isStale = true;
    this.update();
  }

  draw() {
    const map = this.map;
    if (!map) return;
    const changes = map.takeChanges();
    if (changes === null || this.isStale) {
      if (!this.measure()) return;
      for (let cell = 0; cell < map.length; cell += 1) this.drawCell(cell);
    } else {
      for (const cell of changes) this.drawCell(cell);
    }
    if (this.shown !== null) this.placeMark();
  }

  /** The largest cells with which the map keeps to its height. False while it has no width. */
  measure() {
    const width = this.frame.clientWidth;
    if (width === 0) return false;
    const tallest = width < 600 ? 460 : 340;
    let pitch = WIDEST;
    const rows = () => Math.ceil(this.map.length / Math.floor(width / pitch));
    while (pitch > NARROWEST && rows() * pitch > tallest) pitch -= 1;
    const scale = window.devicePixelRatio || 1;
    this.pitch = pitch;
    this.side = pitch - (pitch > 12 ? 3 : pitch > 7 ? 2 : 1);
    this.columns = Math.floor(width / pitch);
    const height = Math.max(1, rows()) * pitch;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.setProperty("height", `${height}px`);
    this.canvas.dataset.pitch = String(pitch);
    this.canvas.setAttribute("aria-valuemax", String(Math.max(1, this.map.length)));
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(this.frame);
    this.colours = COLOURS.map((name) => style.getPropertyValue(`--cell-${name}`).trim());
    this.edge = style.getPropertyValue("--cell-edge").trim();
    this.sign = style.getPropertyValue("--cell-sign").trim();
    this.isStale = false;
    return true;
  }

  /** Pending: a faint square; in flight: framed, filling from below; failed: struck through; skipped: a small square. */
  drawCell(cell) {
    const { context, pitch, side } = this;
    const x = (cell % this.columns) * pitch;
    const y = Math.floor(cell / this.columns) * pitch;
    const state = this.map.states[cell];
    context.clearRect(x, y, pitch, pitch);
    context.fillStyle = this.colours[state === SKIPPED ? PENDING : state];
    context.fillRect(x, y, side, side);
    if (state === IN_FLIGHT) {
      const level = (this.map.levels[cell] / 255) * side;
      context.fillStyle = this.colours[SUCCEEDED];
      context.fillRect(x, y + side - level, side, level);
      context.strokeStyle = this.edge;
      context.lineWidth = 1;
      if (side > 3) context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    } else if (state === FAILED && side >= 5) {
      context.strokeStyle = this.sign;
      context.lineWidth = side > 9 ? 1.5 : 1;
      const inset = side * 0.25;
      context.beginPath();
      context.moveTo(x + inset, y + inset);
      context.lineTo(x + side - inset, y + side - inset);
      context.moveTo(x + side - inset, y + inset);
      context.lineTo(x + inset, y + side - inset);
      context.stroke();
    } else if (state === SKIPPED) {
      context.fillStyle = this.colours[SKIPPED];
      context.fillRect(x + side * 0.3, y + side * 0.3, Math.max(1, side * 0.4), Math.max(1, side * 0.4));
    }
  }

  // Pointing

  get shown() {
    return this.pointed ?? this.focused;
  }

  point(event) {
    const column = Math.floor(event.offsetX / this.pitch);
    const cell = Math.floor(event.offsetY / this.pitch) * this.columns + column;
    const isCell = column < this.columns && cell >= 0 && this.map && cell < this.map.length;
    this.change(() => (this.pointed = isCell ? cell : null));
  }

  leave() {
    this.change(() => (this.pointed = null));
  }

  focus(cell) {
    this.change(() => (this.focused = cell));
    if (cell !== null) this.say(cell);
  }

  say(cell) {
    this.canvas.setAttribute("aria-valuenow", String(cell + 1));
    this.canvas.setAttribute("aria-valuetext", this.describe(cell));
  }

  key(event) {
    if (this.focused === null || !this.map?.length) return;
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, PageDown: this.columns * 10,
      PageUp: -this.columns * 10, Home: -this.map.length, End: this.map.length,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.pointed = null;
    this.focus(Math.max(0, Math.min(this.map.length - 1, this.focused + step)));
  }

  change(set) {
    const before = this.shown;
    set();
    if (this.shown === before) return;
    this.placeMark();
    this.onCell(this.shown);
  }

  placeMark() {
    const cell = this.shown;
    this.mark.hidden = cell === null;
    if (cell === null) return;
    const side = Math.max(this.side, 4) + 6;
    const x = (cell % this.columns) * this.pitch + (this.side - side) / 2;
    const y = Math.floor(cell / this.columns) * this.pitch + (this.side - side) / 2;
    this.mark.style.setProperty("transform", `translate(${Math.round(x)}px, ${Math.round(y)}px)`);
    this.mark.style.setProperty("width", `${side}px`);
    this.mark.style.setProperty("height", `${side}px`);
  }
}
