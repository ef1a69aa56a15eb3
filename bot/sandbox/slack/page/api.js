// Asks the sandbox and hears of changes. Everything that comes back is hostile text: see text.js.
const BASE = "/sandbox/api/";

export async function look(name, query = {}) {
  const answer = await fetch(BASE + name + "?" + new URLSearchParams(query));
  return answer.json();
}

export async function act(name, body) {
  const answer = await fetch(BASE + name, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Sandbox": "1" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

export function listen(changed) {
  const stream = new EventSource(BASE + "stream");
  stream.onmessage = (event) => changed(JSON.parse(event.data));
  stream.onopen = () => changed({ type: "open" });
}
