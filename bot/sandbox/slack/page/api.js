// The sandbox's control API. Same origin only; a post carries the header that no other page can send.

const PREFIX = "/sandbox/api/";

export class SandboxError extends Error {
  constructor(code, detail = "") {
    super(detail || code);
    this.code = code;
  }
}

// GET: throws SandboxError, with the code "unreachable" where there was no answer.
export async function look(name, query = {}) {
  const words = new URLSearchParams(query).toString();
  return answered(fetch(PREFIX + name + (words ? `?${words}` : ""), { cache: "no-store" }));
}

// POST: resolves once the app has acknowledged, or the three seconds are over.
export async function act(name, body) {
  const headers = { "Content-Type": "application/json", "X-Sandbox": "1" };
  return answered(fetch(PREFIX + name, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new SandboxError("unreachable", "The sandbox does not answer. Is it still running?");
  }
  let read;
  try {
    read = await response.json();
  } catch {
    throw new SandboxError("unreadable", `The sandbox answered with HTTP ${response.status} and no JSON.`);
  }
  if (!response.ok || read.ok === false) throw new SandboxError(read.error ?? "unknown", read.detail);
  return read;
}

// Calls `changed` with each change, and `connected` with true or false as the stream comes and goes.
export function listen(changed, connected) {
  const stream = new EventSource(`${PREFIX}stream`);
  stream.addEventListener("open", () => connected(true));
  stream.addEventListener("error", () => connected(false));
  stream.addEventListener("message", (event) => changed(JSON.parse(event.data)));
}
