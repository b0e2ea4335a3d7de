// Numbers and names as people read them, in the words of the service's own tables.

const counts = new Intl.NumberFormat("en-GB");
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export const count = (value) => counts.format(value);

/** `1023 B`, `1.0 KiB`, `4.5 GiB` */
export function bytes(value) {
  let index = 0;
  let scaled = value;
  while (scaled >= 1024 && index < UNITS.length - 1) {
    scaled /= 1024;
    index += 1;
  }
  return index === 0 ? `${Math.round(scaled)} B` : `${(Math.floor(scaled * 10) / 10).toFixed(1)} ${UNITS[index]}`;
}

export const rate = (value) => `${bytes(value)}/s`;

/** `43.0 %`, rounded down: 100 % is said of what is complete alone. */
export const percent = (fraction) => `${(Math.floor(fraction * 1000) / 10).toFixed(1)} %`;

/** `12 s`, `3 min 20 s`, `5 h 1 min`, `4 d 2 h` */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const clock = new Intl.DateTimeFormat(undefined, { ...time, second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { ...time, day: "numeric", month: "short" });

/** The time of today, the day and time of any other. */
export function moment(text) {
  if (!text) return "";
  const date = new Date(text);
  return (date.toDateString() === new Date().toDateString() ? clock : day).format(date);
}

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** Control characters and those that turn the direction of writing are shown, not obeyed. */
export function name(path) {
  return path.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/** Where a job's bytes come from and where they go. */
export function ends(spec) {
  const object = (bucket, key) => `s3://${bucket ?? ""}/${key ?? ""}`;
  const target = object(spec.bucket, spec.key ?? spec.prefix);
  if (spec.kind === "download") return [name(target), name(spec.destination ?? "")];
  if (spec.kind === "copy") return [name(object(spec.source_bucket, spec.source_key ?? spec.source_prefix)), name(target)];
  return [name(spec.source ?? ""), name(target)];
}
