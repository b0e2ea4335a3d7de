// The cells of a job's map: which there are, and the state of each. Nothing here touches the document.

export const PENDING = 0;
export const IN_FLIGHT = 1;
export const SUCCEEDED = 2;
export const FAILED = 3;
export const SKIPPED = 4;
export const STATE_NAMES = ["pending", "in_flight", "succeeded", "failed", "skipped"];

const CODES = new Map(STATE_NAMES.map((name, code) => [name, code]));
const MOST_PARTS = 10_000;
const MEBIBYTE = 1 << 20;

/** As the service plans parts: the wanted size, or the smallest whole MiB with which 10,000 parts suffice. */
export function plannedParts(size, spec) {
  if (size < spec.multipart_threshold) return 1;
  const least = Math.ceil(size / MOST_PARTS);
  const partSize = spec.part_size >= least ? spec.part_size : Math.ceil(least / MEBIBYTE) * MEBIBYTE;
  return Math.max(1, Math.ceil(size / partSize));
}

/** Two paths that are shown alike may still be two: the bytes of one that is no UTF-8 stand in `path_base64`. */
const identity = (row) => (row.path_base64 ? `\u0000${row.path_base64}` : row.path);

/**
 * A cell for each part, and one for each file that moves by a single request; file after file, as the list has them.
 *
 * What is in flight is shown on top of what is stored: `setInFlight` replaces it as a whole.
 */
export class TransferMap {
  constructor(spec) {
    this.spec = spec;
    this.files = [];
    this.byIdentity = new Map();
    /** Events of files that the list has not told of yet, by file. */
    this.early = new Map();
    this.states = new Uint8Array(1024);
    /** Of a cell in flight: how much of it was sent, in 255ths. */
    this.levels = new Uint8Array(1024);
    this.length = 0;
    this.counts = [0, 0, 0, 0, 0];
    this.flying = [];
    this.dirty = [];
    this.isDirty = new Uint8Array(1024);
    /** Cells were added or moved: everything is to be drawn anew. */
    this.isReshaped = true;
    this.hasParts = false;
    this.hasFiles = false;
  }

  // Changes

  /** An event of a file or a part, or a row of the list of parts. It waits for its file, or the cells' order would be chance. */
  take(kind, row) {
    const key = identity(row);
    if (!this.byIdentity.has(key)) {
      if (!this.early.has(key)) this.early.set(key, []);
      this.early.get(key).push([kind, row]);
    } else if (kind === "file") {
      this.setFile(row);
    } else {
      this.setPart(row);
    }
  }

  /** A row of the list of files. */
  listFile(row) {
    this.setFile(row);
    const key = identity(row);
    const waiting = this.early.get(key) ?? [];
    this.early.delete(key);
    for (const [kind, told] of waiting) this.take(kind, told);
  }

  setFile(row) {
    const file = this.fileOf(row);
    file.size = row.size;
    file.error = row.error;
    const code = CODES.get(row.state);
    // A list that was read while events came may be older than they are: it takes nothing back.
    if (code === IN_FLIGHT || code === PENDING) return;
    for (let cell = file.first; cell < file.first + file.count; cell += 1) this.setState(cell, code);
  }

  setPart(row) {
    const file = this.byIdentity.get(identity(row));
    if (row.part_number > file.count) this.resize(file, row.part_number);
    const code = CODES.get(row.state);
    if (code !== IN_FLIGHT && code !== PENDING) this.setState(file.first + row.part_number - 1, code);
  }

  /** All that moves now, as `part.progress` tells it. */
  setInFlight(parts) {
    const known = [];
    for (const part of parts) {
      const file = this.byIdentity.get(identity(part));
      if (!file) continue;
      // One request for the whole file, or more parts, whatever was planned.
      if (part.part_number === 1 && part.size === file.size && file.count > 1) this.resize(file, 1);
      if (part.part_number > file.count) this.resize(file, part.part_number);
      known.push([file, part]);
    }
    const before = this.flying;
    this.flying = [];
    const still = new Set();
    for (const [file, part] of known) {
      const cell = file.first + part.part_number - 1;
      const state = this.states[cell];
      if (state === SUCCEEDED || state === SKIPPED) continue;
      still.add(cell);
      this.flying.push(cell);
      const level = part.size > 0 ? Math.min(255, Math.floor((part.bytes_sent / part.size) * 255)) : 0;
      if (this.levels[cell] !== level) this.touch(cell);
      this.levels[cell] = level;
      this.setState(cell, IN_FLIGHT);
    }
    for (const cell of before) if (!still.has(cell) && this.states[cell] === IN_FLIGHT) this.setState(cell, PENDING);
  }

  // Reading

  /** What stands at a cell: the file, and which of its parts, from 1. */
  at(cell) {
    let low = 0;
    let high = this.files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.files[middle].first <= cell) low = middle;
      else high = middle - 1;
    }
    const file = this.files[low];
    return { file, number: cell - file.first + 1, state: this.states[cell], level: this.levels[cell] / 255 };
  }

  /** The cells that changed since the last call; null when all have to be drawn. */
  takeChanges() {
    const changes = this.isReshaped ? null : this.dirty;
    for (const cell of this.dirty) this.isDirty[cell] = 0;
    this.dirty = [];
    this.isReshaped = false;
    return changes;
  }

  // Within

  fileOf(row) {
    const key = identity(row);
    let file = this.byIdentity.get(key);
    if (!file) {
      file = { path: row.path, first: this.length, count: plannedParts(row.size, this.spec), size: row.size, error: null };
      this.files.push(file);
      this.byIdentity.set(key, file);
      this.grow(this.length + file.count);
      this.note(file.count);
    }
    return file;
  }

  note(count) {
    if (count > 1) this.hasParts = true;
    else this.hasFiles = true;
  }

  grow(length) {
    if (length > this.states.length) {
      const capacity = Math.max(length, this.states.length * 2);
      for (const name of ["states", "levels", "isDirty"]) {
        const larger = new Uint8Array(capacity);
        larger.set(this[name]);
        this[name] = larger;
      }
    }
    this.counts[PENDING] += length - this.length;
    this.length = length;
    this.isReshaped = true;
  }

  /** The plan was another than thought: the cells behind move. Rare, so it may cost a pass over all. */
  resize(file, count) {
    const tail = file.first + file.count;
    const shift = count - file.count;
    const end = this.length;
    for (let cell = tail + Math.min(0, shift); cell < tail; cell += 1) this.counts[this.states[cell]] -= 1;
    if (shift > 0) this.grow(end + shift);
    for (const name of ["states", "levels"]) {
      this[name].copyWithin(tail + shift, tail, end);
      if (shift > 0) this[name].fill(0, tail, tail + shift);
      else this[name].fill(0, end + shift, end);
    }
    this.length = end + shift;
    file.count = count;
    for (const other of this.files) if (other.first >= tail && other !== file) other.first += shift;
    const stays = (cell) => cell < tail + Math.min(0, shift) || cell >= tail;
    this.flying = this.flying.filter(stays).map((cell) => (cell < tail ? cell : cell + shift));
    this.note(count);
    this.isReshaped = true;
  }

  setState(cell, code) {
    const before = this.states[cell];
    if (before === code) return;
    this.states[cell] = code;
    this.counts[before] -= 1;
    this.counts[code] += 1;
    this.touch(cell);
  }

  touch(cell) {
    if (this.isDirty[cell]) return;
    this.isDirty[cell] = 1;
    this.dirty.push(cell);
  }
}

/** Of a job too large for a cell each: as many as fit, filled by how many there are of each state. */
export class CountedMap {
  constructor(cells) {
    this.length = cells;
    this.states = new Uint8Array(cells);
    this.levels = new Uint8Array(cells);
    this.counts = [0, 0, 0, 0, 0];
    this.total = 0;
    this.isReshaped = true;
    this.dirty = [];
  }

  /** `counts` by state, in the order of `STATE_NAMES`. Whatever is not pending has a cell, however few it is. */
  set(counts) {
    this.counts = counts;
    this.total = counts.reduce((sum, value) => sum + value, 0);
    const cells = counts.map((value) => {
      const share = this.total ? (value * this.length) / this.total : 0;
      return value > 0 ? Math.max(1, Math.floor(share)) : 0;
    });
    let cell = 0;
    for (const code of [SUCCEEDED, SKIPPED, FAILED, IN_FLIGHT]) {
      for (const end = Math.min(this.length, cell + cells[code]); cell < end; cell += 1) this.put(cell, code);
    }
    for (; cell < this.length; cell += 1) this.put(cell, PENDING);
  }

  put(cell, code) {
    if (this.states[cell] === code) return;
    this.states[cell] = code;
    this.levels[cell] = 0;
    this.dirty.push(cell);
  }

  takeChanges() {
    const changes = this.isReshaped ? null : this.dirty;
    this.dirty = [];
    this.isReshaped = false;
    return changes;
  }
}
