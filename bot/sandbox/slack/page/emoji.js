// The emoji that Patrol uses and a few that people write. An unknown name stays as it was written.

const KNOWN = {
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_purple_circle: "🟣", white_circle: "⚪", black_circle: "⚫",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", no_entry: "⛔",
  no_entry_sign: "🚫", warning: "⚠️", rotating_light: "🚨", exclamation: "❗", question: "❓",
  information_source: "ℹ️", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰",
  mag: "🔍", mag_right: "🔎", eyes: "👀", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️", bug: "🐛",
  wrench: "🔧", hammer_and_wrench: "🛠️", gear: "⚙️", fire: "🔥", sparkles: "✨", tada: "🎉", rocket: "🚀",
  bulb: "💡", memo: "📝", clipboard: "📋", bar_chart: "📊", chart_with_downwards_trend: "📉",
  chart_with_upwards_trend: "📈", calendar: "📆", bell: "🔔", no_bell: "🔕", zzz: "💤", repeat: "🔁",
  arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️", thumbsup: "👍", "+1": "👍", thumbsdown: "👎",
  "-1": "👎", wave: "👋", pray: "🙏", clap: "👏", raised_hands: "🙌", muscle: "💪", smile: "😄",
  slightly_smiling_face: "🙂", thinking_face: "🤔", heart: "❤️", star: "⭐", cloud: "☁️", package: "📦",
  link: "🔗", speech_balloon: "💬", hand: "✋", construction: "🚧", recycle: "♻️", seedling: "🌱",
};

// The sign of `:name:`, or undefined.
export function emojiOf(name) {
  return Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
}
