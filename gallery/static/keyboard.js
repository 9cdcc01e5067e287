// Keys: digits and arrows move between demos, arrows within any list of tabs.
//
// A demo that wants the keys for itself (a quiz, a board) gives one of its elements the class
// "own-keys"; while that is seen, digits and arrows are left to it.
"use strict";

(() => {
  const TYPING = "input, textarea, select, [contenteditable=true], [role=slider], [role=listbox], [role=combobox]";
  const WAIT = 600; // milliseconds in which a second digit may follow
  let digits = "";
  let timer = 0;

  const ownKeys = () => [...document.querySelectorAll(".own-keys")].some(gallery.visible);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && gallery.listOpen()) return gallery.openList(false);
    const tab = target.closest("[role=tab]");
    if (tab && moveWithin(tab, event)) return event.preventDefault();
    if (target.closest(TYPING) || ownKeys()) return;
    if (/^[0-9]$/.test(event.key)) return typed(event.key);
    if (target.closest("[role=tablist], [role=radiogroup], video, audio")) return;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      gallery.step(event.key === "ArrowRight" ? 1 : -1);
    } else if (event.key === "p") gallery.toggleProjector();
    else if (event.key === "/") {
      event.preventDefault();
      gallery.openList(true);
    }
  });

  /** Arrow keys, Home and End within the list that `tab` belongs to. Returns whether it moved. */
  function moveWithin(tab, event) {
    const house = tab.closest("#house-nav");
    const list = house ? gallery.tabs() : [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
    const seen = list.filter((one) => gallery.visible(one) && !one.disabled);
    const at = seen.indexOf(tab);
    const goal = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: seen.length - 1,
    }[event.key];
    if (goal === undefined) return false;
    const next = seen[(goal + seen.length) % seen.length];
    if (house) gallery.show(next.dataset.tab, { push: true, focus: true });
    else {
      next.click();
      next.focus();
    }
    return true;
  }

  /** The demo with that number; where two digits are possible, wait a moment for the second. */
  function typed(digit) {
    clearTimeout(timer);
    digits += digit;
    const numbers = gallery.tabs().map((tab) => tab.dataset.number).filter(Boolean);
    const go = () => {
      const tab = gallery.tabs().find((one) => one.dataset.number === digits);
      if (tab) gallery.show(tab.dataset.tab, { push: true });
      digits = "";
    };
    if (numbers.some((number) => number.length > digits.length && number.startsWith(digits))) {
      timer = setTimeout(go, WAIT);
    } else go();
  }

  // One stop for the tab key in each of a demo's own tab lists, and panels that say whose they are.
  document.addEventListener("focusin", (event) => {
    const list = event.target.closest?.("[role=tablist]");
    if (!list || list.closest("#house-nav")) return;
    for (const tab of list.querySelectorAll("[role=tab]")) {
      tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
    }
  });
})();
