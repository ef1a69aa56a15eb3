// Elements, built one by one. Everything shown here may be hostile, so no text is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes; `on` holds listeners. Children are nodes, texts, or nothing.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-3-7z",
  lock: "M7 11V8a5 5 0 0110 0v3M5 11h14v9H5z",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  eye: "M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zM12 9.5a2.5 2.5 0 110 5 2.5 2.5 0 010-5z",
  flask: "M10 3h4M11 3v6l-6 10a1.5 1.5 0 001.3 2h11.4a1.5 1.5 0 001.3-2L13 9V3M8 15h8",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  dots: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  reply: "M4 5h16v11H11l-5 4v-4H4z",
  link: "M10 14a4 4 0 005.7 0l3-3A4 4 0 0013 5.300l-1 1M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.700l1-1",
  calendar: "M5 6h14v14H5zM5 10.500h14M9 3.500V8M15 3.500V8",
  clock: "M12 3.500a8.500 8.500 0 110 17 8.500 8.500 0 010-17zM12 7.500V12l3 2",
  person: "M12 4a4 4 0 110 8 4 4 0 010-8zM4.500 20.500a7.500 7.500 0 0115 0",
  chevron: "M6 9.500l6 6 6-6",
  warning: "M12 4L2.500 20h19zM12 10v4.500M12 17.300h.01",
  tab: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
};

// A small drawing that says nothing to a screen reader: words stand beside it.
export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  made.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  made.append(path);
  return made;
}

const signatures = new WeakMap();

// Makes the children of `container` those of `items` ({key, signature, draw}), in order. What has not changed
// stays the same node, so that focus, selection and scrolling survive; a redrawn item gets its focus back.
export function reconcile(container, items) {
  const before = new Map([...container.children].map((node) => [node.dataset.key, node]));
  let next = container.firstElementChild;
  for (const item of items) {
    let node = before.get(item.key);
    before.delete(item.key);
    if (node && signatures.get(node) !== item.signature) {
      const drawn = prepared(item);
      if (next === node) next = drawn;
      replaceKeepingFocus(node, drawn);
      node = drawn;
    }
    node ??= prepared(item);
    if (node === next) next = next.nextElementSibling;
    else container.insertBefore(node, next);
  }
  for (const gone of before.values()) gone.remove();
}

function prepared(item) {
  const drawn = item.draw();
  drawn.dataset.key = item.key;
  signatures.set(drawn, item.signature);
  return drawn;
}

// Elements that carry the same data-focus stand for each other.
export function replaceKeepingFocus(old, fresh) {
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const wanted = active?.dataset.focus;
  old.replaceWith(fresh);
  if (!active) return;
  const same = [...fresh.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === wanted);
  const target = same ?? fresh.querySelector("button, a[href]") ?? fresh;
  target.focus({ preventScroll: true });
  const typing = same && active.selectionStart !== null && active.selectionStart !== undefined;
  if (typing) same.setSelectionRange(active.selectionStart, active.selectionEnd);
}
