// The page: where you are, who you are, and what is drawn because of it.
import { act, listen, look } from "./api.js";
import { drawBlocks, values } from "./blocks.js";
import { avatar, drawMessage } from "./message.js";
import { knowNames, node, text } from "./text.js";

const $ = (id) => document.getElementById(id);
const HOME = "home";
const state = { workspace: null, me: "", place: "", thread: "", unread: new Set(), history: [], at: 0, view: null, drawn: {} };

function toast(words) {
  $("toast").textContent = words;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 4000);
}

function told(answer) {
  if (!answer.ok) toast(`Slack says: ${answer.error}`);
  else if (answer.acked === false) toast("The app did not answer within 3 seconds.");
  return answer;
}

function drawSide() {
  const { workspace } = state;
  const entry = (id, label, mark) => {
    const link = node("button", id === state.place ? "here" : "", node("span", "mark", mark), label);
    link.type = "button";
    link.dataset.place = id;
    if (id === state.place) link.setAttribute("aria-current", "page");
    if (state.unread.has(id)) link.append(node("span", "dot", node("span", "unseen", "unread")));
    link.addEventListener("click", () => go(id));
    return node("li", "", link);
  };
  $("channels").replaceChildren(...workspace.channels.map((one) => entry(one.id, one.name, one.private ? "🔒" : "#")));
  $("apps").replaceChildren(entry(HOME, workspace.app, "◆"));
  $("people").replaceChildren(...workspace.users.map((user) => {
    const made = node("button", "person", avatar(user.real_name, false), node("span", "", user.real_name, node("small", "", user.role)));
    made.type = "button";
    made.dataset.user = user.id;
    made.setAttribute("role", "radio");
    made.setAttribute("aria-checked", String(user.id === state.me));
    made.addEventListener("click", () => become(user.id));
    return made;
  }));
}

async function go(place) {
  state.place = place;
  state.unread.delete(place);
  state.drawn = {};
  location.hash = place;
  closeThread();
  document.body.classList.remove("menu");
  const channel = state.workspace.channels.find((one) => one.id === place);
  $("place").textContent = channel ? `# ${channel.name}` : state.workspace.app;
  $("composer").hidden = !channel;
  $("line").placeholder = channel ? `Message #${channel.name}, or ${state.workspace.command} ...` : "";
  drawSide();
  if (place === HOME) {
    await draw();
    told(await act("home", { user: state.me }));
  }
  await draw(true);
}

async function become(user) {
  state.me = user;
  sessionStorage.setItem("me", user);
  state.drawn = {};
  await go(state.place);
  await drawDialog();
}

async function draw(toEnd = false) {
  if (state.place === HOME) return drawHome();
  const { messages } = await look("messages", { channel: state.place, user: state.me });
  const box = $("messages");
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 160;
  const context = { workspace: state.workspace, press: pressMessage, openThread };
  // Only what changed is drawn anew: a click must not lose its button because another message came.
  const old = new Map([...box.querySelectorAll(":scope > .message")].map((one) => [one.dataset.ts, one]));
  const drawn = messages.map((message) => {
    const print = JSON.stringify(message);
    if (state.drawn[message.ts] === print && old.has(message.ts)) return old.get(message.ts);
    state.drawn[message.ts] = print;
    return drawMessage(message, context);
  });
  const empty = node("p", "empty", "Nothing here yet. Type /patrol help below.");
  const wanted = drawn.length ? drawn : [empty];
  const same = wanted.length === box.children.length && wanted.every((one, at) => one === box.children[at]);
  if (!same) box.replaceChildren(...wanted);
  if (toEnd || near) box.scrollTop = box.scrollHeight;
  if (state.thread) drawThread(messages.find((message) => message.ts === state.thread), context);
}

async function drawHome() {
  const { home } = await look("view", { user: state.me });
  const box = $("messages");
  const print = JSON.stringify(home);
  if (state.drawn.home === print && box.querySelector(".home")) return;
  state.drawn.home = print;
  const drawn = home ? drawBlocks(home.blocks, (one, block) => pressView(home, one, block)) : [node("p", "empty", "The app has not drawn its home yet.")];
  box.replaceChildren(node("div", "home", ...drawn));
}

async function pressMessage(message, one, block) {
  told(await act("action", { user: state.me, channel: state.place, ts: message.ts, action_id: one.action_id, value: one.value, block_id: block.block_id }));
}

async function pressView(view, one, block) {
  told(await act("view_action", { user: state.me, view_id: view.id, action_id: one.action_id, value: one.value, block_id: block.block_id }));
}

function openThread(ts) {
  state.thread = ts;
  $("thread").hidden = false;
  draw();
}

function closeThread() {
  state.thread = "";
  $("thread").hidden = true;
}

function drawThread(message, context) {
  if (!message) return closeThread();
  const below = message.replies ?? [];
  const parent = drawMessage({ ...message, replies: [] }, context);
  $("replies").replaceChildren(parent, node("hr"), ...below.map((reply) => drawMessage(reply, context)));
}

async function drawDialog() {
  const { modal } = await look("view", { user: state.me });
  const print = JSON.stringify(modal);
  if (print === state.view) return;
  const fresh = state.view === "null" || state.view === null;
  state.view = print;
  $("veil").hidden = !modal;
  if (!modal) return;
  const title = node("h2", "", text(modal.title));
  title.id = "dialog-title";
  const cross = node("button", "cross", "✕");
  cross.type = "button";
  cross.setAttribute("aria-label", "Close");
  cross.addEventListener("click", () => closeDialog(modal));
  const body = node("div", "dialog-body", ...drawBlocks(modal.blocks, (one, block) => pressView(modal, one, block)));
  for (const [block, words] of Object.entries(modal.errors ?? {})) {
    body.querySelector(`[data-block="${CSS.escape(block)}"]`)?.after(node("p", "error", words));
  }
  const foot = node("footer", "", closeButton(modal));
  if (modal.submit) foot.append(submitButton(modal, body));
  $("dialog").replaceChildren(node("header", "", title, cross), body, foot);
  if (fresh) cross.focus();
}

function closeButton(modal) {
  const made = node("button", "", modal.close ? text(modal.close) : "Close");
  made.type = "button";
  made.addEventListener("click", () => closeDialog(modal));
  return made;
}

function submitButton(modal, body) {
  const made = node("button", "primary", text(modal.submit));
  made.type = "button";
  made.addEventListener("click", async () => told(await act("submit", { user: state.me, view_id: modal.id, state: values(body) })));
  return made;
}

async function closeDialog(modal) {
  told(await act("close", { user: state.me, view_id: modal.id }));
  await drawDialog();
}

async function drawLog() {
  if ($("log").hidden) return;
  const { calls, connections } = await look("log");
  $("sockets").textContent = connections ? `${connections} Socket Mode connection${connections === 1 ? "" : "s"} open` : "No Socket Mode connection";
  $("calls").replaceChildren(...calls.map((call) => node("li", call.ok ? "" : "bad",
    node("time", "", new Date(call.at).toLocaleTimeString()), node("code", "", call.method), call.ok ? "" : call.error)));
}

async function send(event) {
  event.preventDefault();
  const line = $("line").value.trim();
  if (!line) return;
  state.history.push(line);
  state.at = state.history.length;
  $("line").value = "";
  hint();
  const name = line.startsWith("/") ? "command" : "message";
  const answer = told(await act(name, { user: state.me, channel: state.place, text: line }));
  if (!answer.ok && answer.error === "unknown_command") toast(`There is no ${line.split(" ")[0]} here. Try ${state.workspace.command} help`);
  await draw(true);
}

function hint() {
  const { command, usage_hint: usage } = state.workspace;
  $("hint").textContent = $("line").value.startsWith("/") ? `${command} ${usage}` : "";
}

function keys(event) {
  if (event.key === "Escape" && state.view && state.view !== "null") closeDialog(JSON.parse(state.view));
  else if (event.key === "Escape" && state.thread) closeThread();
  if (event.target !== $("line") || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  state.at = Math.max(0, Math.min(state.history.length, state.at + (event.key === "ArrowUp" ? -1 : 1)));
  $("line").value = state.history[state.at] ?? "";
  event.preventDefault();
}

const queue = { drawing: false, again: false };

async function redraw() {
  if (queue.drawing) { queue.again = true; return; }
  queue.drawing = true;
  try { await draw(); await drawDialog(); await drawLog(); }
  finally { queue.drawing = false; if (queue.again) { queue.again = false; redraw(); } }
}

function changed(change) {
  if (change.type === "message" && change.channel !== state.place && (!change.user || change.user === state.me)) {
    state.unread.add(change.channel);
    drawSide();
  }
  redraw();
}

async function begin() {
  state.workspace = await look("workspace");
  knowNames(state.workspace);
  document.title = `${state.workspace.name}: Patrol sandbox`;
  $("workspace").textContent = state.workspace.name;
  const known = state.workspace.users.map((user) => user.id);
  const remembered = sessionStorage.getItem("me");
  state.me = known.includes(remembered) ? remembered : known[0];
  $("composer").addEventListener("submit", send);
  $("line").addEventListener("input", hint);
  $("thread-close").addEventListener("click", closeThread);
  const side = (open) => { $("log").hidden = !open; $("log-button").setAttribute("aria-expanded", String(open)); drawLog(); };
  $("log-button").addEventListener("click", () => side($("log").hidden));
  $("log-close").addEventListener("click", () => side(false));
  $("menu").addEventListener("click", () => {
    const open = document.body.classList.toggle("menu");
    $("menu").setAttribute("aria-expanded", String(open));
  });
  $("veil").addEventListener("click", (event) => { if (event.target === $("veil")) closeDialog(JSON.parse(state.view)); });
  $("faults").addEventListener("click", async (event) => {
    const { kind, seconds, method } = event.target.dataset;
    if (kind && told(await act("faults", { kind, seconds: Number(seconds ?? 1), method: method ?? "*" })).ok) toast(`On: ${event.target.textContent}`);
  });
  document.addEventListener("keydown", keys);
  const places = [...state.workspace.channels.map((one) => one.id), HOME];
  const named = location.hash.slice(1);
  await go(places.includes(named) ? named : state.workspace.channels[0].id);
  await drawDialog();
  listen(changed);
  $("line").focus({ preventScroll: true });
}

begin();
