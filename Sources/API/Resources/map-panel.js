// The map of a job with its legend, and a line that tells of the cell that is pointed at.

import { element, setAttribute, setText } from "./elements.js";
import { bytes, count, name } from "./format.js";
import { FILE_STATES } from "./job-states.js";
import { beforeNextFrame, forgetFrame } from "./frames.js";
import { MapCanvas } from "./map-canvas.js";
import { CountedMap, STATE_NAMES, TransferMap } from "./transfer-map.js";
import { get, jobPath } from "./service.js";

/** Beyond it a cell each would be no picture any more, and the rows too many to hold. */
export const MOST_CELLS = 12_000;
const COUNTED_CELLS = 2_000;
const ROWS = 1000;

export class MapPanel {
  /** `onCounted`: the job has grown too large for a cell each. */
  constructor(job, onCounted) {
    this.job = job;
    this.onCounted = onCounted;
    this.flight = [];
    this.map = job.progress.files.total > MOST_CELLS ? new CountedMap(COUNTED_CELLS) : new TransferMap(job.spec);
    this.canvas = new MapCanvas({ onCell: () => this.tell(), describe: (cell) => this.describe(cell) });
    this.paint = () => this.draw();
    this.title = element("h2", { id: "map-title" }, "Map");
    this.numbers = STATE_NAMES.map(() => element("span", { class: "legend-count" }, "0"));
    this.legend = element("ul", { class: "legend" }, ...["succeeded", "in_flight", "pending", "failed", "skipped"].map((state) =>
      element("li", { "data-state": state }, element("i", { class: `swatch ${state}` }), FILE_STATES[state].word, " ",
        this.numbers[STATE_NAMES.indexOf(state)])));
    this.readout = element("p", { class: "readout" });
    this.scale = element("p", { class: "hint", hidden: true });
    this.node = element(
      "section", { class: "card map", "aria-labelledby": "map-title" },
      element("div", { class: "section-head" }, this.title, this.legend), this.canvas.frame, this.readout, this.scale);
  }

  /** Reads what the job has so far. Whoever calls goes on with the stream behind the job's revision. */
  async load() {
    this.canvas.show(this.map);
    if (!this.isCounted && !(await this.loadRows())) this.beCounted();
    this.isLoaded = true;
    this.progress(this.last ?? this.job.progress);
  }

  get isCounted() {
    return this.map instanceof CountedMap;
  }

  async loadRows() {
    const { map } = this;
    this.lastPage = "";
    if (!(await this.loadFiles())) return false;
    for (let token = ""; ;) {
      const page = await get(`${jobPath(this.job.id)}/parts`, { page_size: ROWS, page_token: token });
      if (this.map !== map) return true;
      for (const part of page.parts) map.take("part", part);
      map.setInFlight(this.flight);
      if (map.length > MOST_CELLS) return false;
      this.update();
      token = page.next_page_token;
      if (!token) return true;
    }
  }

  /** The files that are not known yet: a scan adds at the end, so the last page is where to look. */
  async loadFiles() {
    const map = this.map;
    for (let token = this.lastPage; ;) {
      const page = await get(`${jobPath(this.job.id)}/files`, { page_size: ROWS, page_token: token });
      if (this.map !== map) return true;
      for (const file of page.files) map.listFile(file);
      if (map.length > MOST_CELLS) return false;
      // What moves may have been told before its file was known, and is told again only when it changes.
      map.setInFlight(this.flight);
      this.update();
      if (!page.next_page_token) return true;
      this.lastPage = token = page.next_page_token;
    }
  }

  beCounted() {
    this.map = new CountedMap(COUNTED_CELLS);
    this.canvas.show(this.map);
    this.onCounted();
  }

  take(kind, data) {
    if (kind === "flight") this.flight = data.parts;
    if (this.isCounted) return;
    if (kind === "flight") this.map.setInFlight(data.parts);
    else this.map.take(kind, data);
    this.update();
  }

  progress(progress) {
    this.last = progress;
    if (!this.isLoaded) return;
    const { files, parts } = progress;
    if (this.isCounted) {
      const pending = Math.max(0, parts.total - parts.succeeded - parts.in_flight);
      this.byParts = parts.total > files.total;
      this.map.set(this.byParts
        ? [pending, parts.in_flight, parts.succeeded, 0, 0]
        : [files.pending, files.in_flight, files.succeeded, files.failed, files.skipped]);
    } else if (files.total > this.map.files.length) {
      this.more();
    }
    this.update();
  }

  async more() {
    if (this.isReading) return;
    this.isReading = true;
    try {
      let known;
      do {
        known = this.map.files.length;
        if (!(await this.loadFiles())) this.beCounted();
        // Meanwhile there may be further ones, and this may have been the last event.
      } while (!this.isCounted && this.last.files.total > this.map.files.length && this.map.files.length > known);
    } catch {
      // The next event asks again.
    }
    this.isReading = false;
  }

  update() {
    this.canvas.update();
    beforeNextFrame(this.paint);
  }

  close() {
    this.canvas.close();
    forgetFrame(this.paint);
  }

  draw() {
    const { map } = this;
    map.counts.forEach((value, code) => setText(this.numbers[code], count(value)));
    for (const item of this.legend.children) {
      const isRare = item.dataset.state === "failed" || item.dataset.state === "skipped";
      item.hidden = isRare && map.counts[STATE_NAMES.indexOf(item.dataset.state)] === 0;
    }
    const total = this.isCounted ? map.total : map.length;
    STATE_NAMES.forEach((state, code) => setAttribute(this.canvas.canvas, `data-${state.replace("_", "-")}`, map.counts[code]));
    setAttribute(this.canvas.canvas, "data-total", total);
    setText(this.title, `Map of ${this.noun()}`);
    this.scale.hidden = !this.isCounted;
    if (this.isCounted) {
      const each = Math.max(1, Math.round(total / map.length));
      setText(this.scale, `Each cell stands for about ${count(each)} ${this.byParts ? "parts" : "files"}, counted, not placed.`);
    }
    this.tell();
  }

  noun() {
    if (this.isCounted) return this.byParts ? "parts" : "files";
    if (this.map.hasParts && this.map.hasFiles) return "parts and files";
    return this.map.hasParts ? "parts" : "files";
  }

  tell() {
    const cell = this.canvas.shown;
    setText(this.readout, cell === null || cell >= this.map.length ? "" : this.describe(cell));
    setAttribute(this.canvas.canvas, "aria-label", `Map of ${this.noun()}`);
  }

  describe(cell) {
    if (this.isCounted || cell >= this.map.length) return STATE_NAMES[this.map.states[cell] ?? 0].replace("_", " ");
    const { file, number, state, level } = this.map.at(cell);
    const facts = [name(file.path)];
    if (file.count > 1) facts.push(`part ${count(number)} of ${count(file.count)}`);
    else facts.push(bytes(file.size ?? 0));
    const key = STATE_NAMES[state];
    facts.push(FILE_STATES[key].word.toLowerCase() + (key === "in_flight" ? `, ${Math.floor(level * 100)} %` : ""));
    if (file.error) facts.push(`${file.error.code}: ${name(file.error.message)}`);
    return facts.join(" \u00b7 ");
  }
}
