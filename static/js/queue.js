/* Keys for the work queue: j and k move, o opens, x ticks, / searches, ? explains. One letter at a
   time, so they can be switched off (WCAG 2.1.4), and all of it goes without them. */
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("table[data-queue] tbody tr")];
  const dialog = document.querySelector("dialog.keys");
  const hint = document.querySelector(".queue-keys");
  if (!dialog || !hint) return;
  const kept = "queue-keys";
  const box = dialog.querySelector("[data-keys-on]");
  // A browser that keeps nothing has the keys, and forgets that they were switched off.
  const storage = {
    read: () => { try { return localStorage.getItem(kept); } catch { return null; } },
    write: (value) => { try { localStorage.setItem(kept, value); } catch { /* kept for this page */ } },
  };
  let on = storage.read() !== "off";
  let at = -1;

  const linkOf = (row) => row.querySelector("th a");
  const move = (step) => {
    if (!rows.length) return;
    const there = rows.findIndex((row) => row.contains(document.activeElement));
    at = Math.min(Math.max((there < 0 ? at : there) + step, 0), rows.length - 1);
    linkOf(rows[at]).focus();
  };
  const current = () => rows.find((row) => row.contains(document.activeElement));
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const row = current(); if (row) linkOf(row).click(); },
    x: () => { const tick = current()?.querySelector("input.tick"); if (tick) tick.checked = !tick.checked; },
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => dialog.showModal(),
  };
  const writes = (element) => element.isContentEditable
    || /^(SELECT|TEXTAREA)$/.test(element.tagName)
    || (element.tagName === "INPUT" && element.type !== "checkbox");

  box.checked = on;
  box.addEventListener("change", () => { on = box.checked; storage.write(on ? "on" : "off"); });
  hint.hidden = false;
  hint.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (!on || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!Object.hasOwn(keys, event.key) || writes(event.target)) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
