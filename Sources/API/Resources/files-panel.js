// A job's files, a page at a time, by state.

import { element, icon, setText } from "./elements.js";
import { bytes, moment, name } from "./format.js";
import { FILE_STATES } from "./job-states.js";
import { Pager } from "./pager.js";
import { get, jobPath } from "./service.js";

const PAGE_SIZE = 25;
const EVERY = 2000;

export class FilesPanel {
  constructor(id) {
    this.id = id;
    this.filter = element("select", { id: "file-filter", on: { change: () => this.select(this.filter.value) } },
      element("option", { value: "" }, "All states"),
      ...Object.entries(FILE_STATES).map(([state, { word }]) => element("option", { value: state }, word)));
    this.body = element("tbody");
    this.table = element(
      "table", { class: "files" },
      element("thead", {}, element("tr", {},
        ...[["File", ""], ["Size", "number"], ["State", ""], ["Attempts", "number"], ["Ended", "number"]]
          .map(([title, style]) => element("th", { scope: "col", class: style || null }, title)))),
      this.body);
    this.note = element("p", { class: "empty", hidden: true });
    this.pager = new Pager(() => this.load()).named("Previous", "Next");
    this.node = element(
      "section", { "aria-labelledby": "files-title", class: "card" },
      element(
        "div", { class: "section-head" }, element("h2", { id: "files-title", tabindex: "-1" }, "Files"),
        element("label", { class: "visually-hidden", for: "file-filter" }, "State"), this.filter),
      this.table, this.note, this.pager.node);
    this.seen = "";
  }

  open() {
    this.load();
    this.timer = setInterval(() => this.follow(), EVERY);
  }

  close() {
    clearInterval(this.timer);
    this.isClosed = true;
  }

  /** The counters have moved: the page shown may be another, and is read again at most every two seconds. */
  changed(files) {
    this.now = JSON.stringify(files);
  }

  follow() {
    if (document.hidden || this.isLoading || this.now === this.seen) return;
    this.load();
  }

  /** Shows the files of one state, from the first on. */
  select(state) {
    this.filter.value = state;
    this.pager.reset();
    return this.load();
  }

  async load() {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    this.isLoading = true;
    const seen = this.now;
    try {
      const query = { page_size: PAGE_SIZE, page_token: this.pager.token, state: this.filter.value };
      const page = await get(`${jobPath(this.id)}/files`, query);
      if (asked !== this.asked || this.isClosed) return;
      this.seen = seen;
      this.pager.came(page.next_page_token);
      this.show(page.files);
    } catch (error) {
      if (asked === this.asked) this.tell(error.message);
    } finally {
      if (asked === this.asked) this.isLoading = false;
    }
  }

  show(files) {
    this.body.replaceChildren(...files.map(row));
    this.table.hidden = files.length === 0;
    this.note.hidden = files.length > 0;
    if (files.length === 0) this.tell(this.filter.value ? "No file is in this state." : "No files yet.");
  }

  tell(text) {
    setText(this.note, text);
    this.note.hidden = false;
  }
}

function row(file) {
  const look = FILE_STATES[file.state];
  const reason = file.error ? `${file.error.code}: ${file.error.message}` : file.skip_reason;
  return element(
    "tr", { "data-state": file.state },
    element(
      "td", { class: "path" }, element("bdi", {}, name(file.path)),
      reason && element("span", { class: file.error ? "reason fault" : "reason" }, name(reason))),
    element("td", { class: "number" }, bytes(file.size)),
    element("td", {}, element("span", { class: "state", "data-tone": look.tone }, icon(look.icon), look.word)),
    element("td", { class: "number attempts" }, String(file.attempts)),
    element("td", { class: "number ended" }, moment(file.end_time)));
}
