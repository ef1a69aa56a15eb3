// Moments in the viewer's own time zone, as `<!date^...>` asks for them.

const DAY_MS = 86_400_000;

function format(moment, zone, options) {
  return new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }).format(moment);
}

// The calendar day in that zone: "2026-11-24".
export function dayOf(moment, zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(moment);
}

// "10:32"
export function clock(moment, zone, options = {}) {
  return format(moment, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options });
}

// "Today", "Yesterday" or "Monday, November 23rd".
export function dayName(moment, zone, now = new Date()) {
  const near = nearDay(moment, zone, now);
  if (near) return near[0].toUpperCase() + near.slice(1);
  return `${format(moment, zone, { weekday: "long" })}, ${long(moment, zone)}`;
}

// "Tuesday, November 24th, 2026 at 10:32", for the tooltip of a time.
export function whole(moment, zone) {
  return `${format(moment, zone, { weekday: "long" })}, ${long(moment, zone)}, ${year(moment, zone)} at ${clock(moment, zone)}`;
}

function nearDay(moment, zone, now) {
  const day = dayOf(moment, zone);
  if (day === dayOf(now, zone)) return "today";
  if (day === dayOf(new Date(now.getTime() - DAY_MS), zone)) return "yesterday";
  if (day === dayOf(new Date(now.getTime() + DAY_MS), zone)) return "tomorrow";
  return "";
}

function long(moment, zone) {
  const number = Number(format(moment, zone, { day: "numeric" }));
  const tail = number % 100 > 10 && number % 100 < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th";
  return `${format(moment, zone, { month: "long" })} ${number}${tail}`;
}

function year(moment, zone) {
  return format(moment, zone, { year: "numeric" });
}

function short(moment, zone) {
  return format(moment, zone, { month: "short", day: "numeric", year: "numeric" });
}

const TOKENS = {
  date_num: dayOf,
  date: (moment, zone) => `${long(moment, zone)}, ${year(moment, zone)}`,
  date_short: short,
  date_long: (moment, zone) => `${format(moment, zone, { weekday: "long" })}, ${long(moment, zone)}, ${year(moment, zone)}`,
  time: clock,
  time_secs: (moment, zone) => clock(moment, zone, { second: "2-digit" }),
  ago: (moment, _zone, now) => ago(Math.round((now - moment) / 1000)),
};

function ago(seconds) {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(-Math.round(seconds / size), unit);
  }
  return "just now";
}

// `form` with its {tokens} filled in, or undefined where it is not a moment or not a known token.
export function fillDate(seconds, form, zone, now = new Date()) {
  const moment = new Date(Number(seconds) * 1000);
  if (!/^\d{1,11}$/.test(seconds) || Number.isNaN(moment.getTime())) return undefined;
  let good = true;
  const filled = form.replace(/\{(\w+)\}/g, (_all, name) => {
    const near = name.endsWith("_pretty") ? nearDay(moment, zone, now) : "";
    const fill = TOKENS[name.replace(/_pretty$/, "")];
    good &&= Boolean(fill);
    return near || (fill ? fill(moment, zone, now) : "");
  });
  return good ? filled : undefined;
}
