// Navigation: tabs, the address bar, projector mode, light and dark.
// Runs before Gradio does (see gallery/server.py). No framework, nothing from another host.
//
// Gradio's own tab bar stays in the page, unseen, and is clicked by ours: the panels, their
// lazy mounting and their events remain Gradio's business.
"use strict";

const gallery = (window.gallery = (() => {
  const HOME = "home";
  const TITLE = "Deep Learning Gallery";
  const root = document.documentElement;
  const settings = { projector: document.currentScript?.dataset.projector === "1" };
  let current = null;

  const query = () => new URLSearchParams(location.search);
  const tabs = () => [...document.querySelectorAll("#house-nav [role=tab]")];
  const tabOf = (id) => document.getElementById(`tab-${id}`);
  const panelButton = (id) => document.getElementById(`panel-${id}-button`);
  const visible = (element) => element instanceof HTMLElement && element.offsetParent !== null;

  // ---- the address bar ----------------------------------------------------------------

  // Parameters that belong to the page, not to a demo; they outlive a change of tab.
  const PAGE_KEYS = ["projector", "__theme"];

  /** Put a demo's parameters into the address bar; `push` makes an entry for the back button. */
  function setAddress(id, values, push) {
    const before = query();
    const after = new URLSearchParams();
    if (id !== HOME) after.set("tab", id);
    for (const [name, value] of Object.entries(values)) after.set(name, value);
    for (const key of PAGE_KEYS) if (before.has(key)) after.set(key, before.get(key));
    const text = after.toString();
    const address = location.pathname + (text && `?${text}`) + location.hash;
    if (address === location.pathname + location.search + location.hash) return;
    history[push ? "pushState" : "replaceState"](null, "", address);
  }

  /** One parameter of the page itself. */
  function setPageKey(key, value) {
    const after = query();
    if (value === null) after.delete(key);
    else after.set(key, value);
    const text = after.toString();
    history.replaceState(null, "", location.pathname + (text && `?${text}`) + location.hash);
  }

  // ---- tabs ---------------------------------------------------------------------------

  const addressed = () => query().get("tab") || HOME;

  /** Press Gradio's own button, again until it takes: while a page is being built, a click may fall on
   *  a button that is not there yet or does not listen yet. */
  function openPanel(id, again = 100) {
    const button = panelButton(id);
    if (id !== current || button?.getAttribute("aria-selected") === "true") return;
    button?.click();
    if (again > 0) setTimeout(() => openPanel(id, again - 1), 100);
  }

  /** Show a tab. Returns false where there is none of that name. */
  function show(id, { push = false, focus = false } = {}) {
    const tab = tabOf(id);
    if (!tab) return false;
    const changed = id !== current;
    current = id;
    root.dataset.tab = id;
    openPanel(id);
    for (const other of tabs()) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    document.title = id === HOME ? TITLE : `${tab.dataset.title} · ${TITLE}`;
    document.getElementById("house-here").textContent = id === HOME ? "" : tab.dataset.title;
    if (push) setAddress(id, gallery.valuesOf?.(id) ?? {}, true);
    if (focus) tab.focus({ preventScroll: true });
    if (changed) window.scrollTo(0, 0);
    reveal(tab);
    return true;
  }

  /** Scroll the list of demos to a tab. `scrollIntoView` would also move the place where the Tab key begins. */
  function reveal(tab) {
    const list = tab.closest(".groups");
    const box = list.getBoundingClientRect(), at = tab.getBoundingClientRect();
    if (at.top < box.top) list.scrollTop -= box.top - at.top;
    else if (at.bottom > box.bottom) list.scrollTop += at.bottom - box.bottom;
  }

  /** A link within the gallery: to a tab as one left it, or to a tab with certain values. */
  function follow(href) {
    const goal = new URLSearchParams(href);
    const id = goal.get("tab");
    if (!tabOf(id)) return false;
    goal.delete("tab");
    if (goal.size === 0) return show(id, { push: true });
    setAddress(id, Object.fromEntries(goal), true);
    show(id);
    gallery.restore?.(id);
    return true;
  }

  /** The panels are named by the tabs that one sees, and can be reached by keyboard. */
  function labelPanels() {
    for (const tab of tabs()) {
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      if (!panel) continue;
      panel.setAttribute("aria-labelledby", tab.id);
      panel.setAttribute("tabindex", "-1");
    }
  }

  /** Move the focus into the panel that is shown, as soon as it stands in the page. */
  function enterPanel(again = 100) {
    labelPanels();
    const panel = document.getElementById(`panel-${current}`);
    panel?.focus();
    if (!panel && again > 0) setTimeout(() => enterPanel(again - 1), 100);
  }

  function step(by) {
    const all = tabs().map((tab) => tab.dataset.tab);
    show(all[(all.indexOf(current) + by + all.length) % all.length], { push: true });
  }

  // ---- the list on narrow screens and projectors --------------------------------------

  function openList(open) {
    const button = document.getElementById("house-menu");
    root.classList.toggle("list-open", open);
    button?.setAttribute("aria-expanded", String(open));
    if (open) (document.getElementById("house-filter") ?? tabOf(current))?.focus();
    else if (visible(button)) button.focus();
  }
  const listOpen = () => root.classList.contains("list-open");

  /** Show only the demos whose title, chapter or summary holds every word. */
  function filter(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (element) => words.every((word) => element.dataset.words.includes(word));
    let found = 0;
    for (const item of document.querySelectorAll("[data-words]")) item.hidden = !fits(item);
    for (const group of document.querySelectorAll("[data-group]")) {
      const left = [...group.querySelectorAll("[data-words]")].filter((item) => !item.hidden);
      group.hidden = left.length === 0;
      if (group.closest("#house-nav")) found += left.length;
    }
    say(words.length ? (found === 1 ? "One demo fits." : `${found || "No"} demos fit.`) : "");
  }

  /** A sentence for everyone: seen for a while, and read out by screen readers. */
  let silence = 0;
  function say(sentence) {
    const line = document.getElementById("house-say");
    if (!line) return;
    line.textContent = sentence;
    clearTimeout(silence);
    silence = setTimeout(() => (line.textContent = ""), 6000);
  }

  // ---- projector mode, light and dark -------------------------------------------------

  function setProjector(on) {
    root.classList.toggle("projector", on);
    document.getElementById("house-projector")?.setAttribute("aria-pressed", String(on));
  }
  const projectorAsked = () => (query().has("projector") ? query().get("projector") === "1" : settings.projector);

  function toggleProjector() {
    const on = !root.classList.contains("projector");
    setProjector(on);
    setPageKey("projector", on ? "1" : settings.projector ? "0" : null);
  }

  function toggleTheme() {
    const dark = document.body.classList.toggle("dark");
    setPageKey("__theme", dark ? "dark" : "light");
  }

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      say("The link to this view is copied.");
    } catch {
      say("The browser does not allow copying; the address bar holds the link.");
    }
  }

  // ---- start --------------------------------------------------------------------------

  /** Tell Gradio which tab to open before it builds the page, so that no other is seen first. */
  function chooseFirstTab() {
    const config = window.gradio_config;
    const house = config?.components?.find((c) => c.props?.elem_id === "house-tabs");
    const ids = (config?.components ?? []).map((c) => c.props?.elem_id);
    if (house && ids.includes(`panel-${addressed()}`)) house.props.selected = addressed();
  }

  const ACTIONS = {
    "house-menu": () => openList(!listOpen()),
    "house-projector": toggleProjector,
    "house-theme": toggleTheme,
    "house-copy": copyLink,
    "house-close": () => openList(false),
  };

  document.addEventListener("click", (event) => {
    const action = ACTIONS[event.target.closest?.("button")?.id];
    if (action) return action();
    const link = event.target.closest?.('a[href^="?tab="]');
    const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button);
    if (link && plain && follow(link.getAttribute("href"))) {
      event.preventDefault();
      if (listOpen()) openList(false);
    } else if (event.target.closest?.("#house-skip")) {
      event.preventDefault();
      enterPanel();
    } else if (listOpen() && !event.target.closest?.("#house-nav")) openList(false);
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "house-filter") filter(event.target.value);
  });
  window.addEventListener("popstate", () => {
    setProjector(projectorAsked());
    show(addressed()) || show(HOME);
    gallery.restore?.(addressed());
  });

  /** Called by the navigation itself as soon as it stands in the page (gallery/home.py). */
  function start() {
    const asked = addressed();
    setProjector(projectorAsked());
    // Gradio puts a panel into the page when it is first opened, a moment after the click.
    // The tabs themselves may come a moment after the navigation, so their container is watched then.
    const house = document.getElementById("house-tabs");
    const watched = house ?? document.querySelector("gradio-app") ?? document.body;
    new MutationObserver(labelPanels).observe(watched, { childList: true, subtree: !house });
    labelPanels();
    if (show(asked)) return;
    show(HOME) || show(tabs()[0]?.dataset.tab);
    setAddress(current, {}, false);
    if (asked !== HOME) say(`This gallery has no demo called “${asked}”.`);
  }

  // ---- scripts of widgets -------------------------------------------------------------

  const scripts = new Map();

  async function fetched(name) {
    const answer = await fetch(new URL(`./house/scripts/${name}`, document.baseURI));
    if (!answer.ok) throw new Error(`${name} cannot be fetched: ${answer.status}`);
    return new Function("element", "trigger", "props", "server", "upload", "watch", await answer.text());
  }

  /** Run a widget's script with what Gradio gives it; fetched once, however many widgets share it. */
  async function run(name, given) {
    if (!scripts.has(name)) scripts.set(name, fetched(name));
    try {
      (await scripts.get(name))(...given);
    } catch (error) {
      console.error(error);
    }
  }

  root.classList.add("gallery");
  setProjector(projectorAsked());
  chooseFirstTab();
  return {
    start, show, run, step, tabs, visible, filter, openList, listOpen, toggleProjector, query, addressed,
    setAddress, say,
    current: () => current,
  };
})());
