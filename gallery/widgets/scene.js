// The picture behind scene.py. Reading guide: `take` receives a value, `fit` finds the view that shows all of it,
// `project` turns a place into pixels, `frame` moves what moves and asks for the next frame only while something
// does; the rest is the words around, pointers and keys. The drawing itself is in scene_paint.js.
const part = (name) => element.querySelector("." + name);
const host = part("scene"), stage = part("stage"), canvas = element.querySelector("canvas"), tip = part("tip");
const pen = canvas.getContext("2d", { alpha: false });
const GLIDE = 250; // ms from one value to the next
const TURN = 0.00018; // radians per ms: once around in 35 s
const HOME = { yaw: 0.6, pitch: 0.26 }; // radians: from where a space is looked at first
const CLICK = 5; // pixels that a hand may tremble
const LESS = matchMedia("(prefers-reduced-motion: reduce)");
const EMPTY = { dimensions: 2, points: [], arrows: [], kinds: [] };

let picture = EMPTY, names = null; // what is shown, and which labels it has
let now = [], glide = null; // every place as drawn (of the points, then both ends of each arrow); where they go
let view = null, flight = null; // the camera; where it goes
let touched = false; // whether a person moved the camera
let turning = !LESS.matches, chosen = -1; // the point with the tip
let width = 0, height = 0, em = 16, colours = {};
let asked = 0, seen = false, before = 0;

const flat = () => picture.dimensions === 2;
const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
const mix = (a, b, share) => a + (b - a) * share;

// --- from a place to the screen ---

/** [x, y in pixels, nearness: 1 in the middle, more in front]. */
function project([x, y, z = 0], v = view) {
  let right = x - v.x, up = y - v.y, near = 1;
  if (!flat()) {
    const sin = Math.sin(v.yaw), cos = Math.cos(v.yaw), tilt = Math.sin(v.pitch), level = Math.cos(v.pitch);
    const away = right * sin + up * cos, eye = 3.4 * v.radius;
    right = right * cos - up * sin;
    up = away * tilt + (z - v.z) * level;
    near = eye / Math.max(0.2 * eye, eye + away * level - (z - v.z) * tilt);
  }
  return [width / 2 + v.panX + near * v.scale * right, height / 2 + v.panY - near * v.scale * up, near];
}

/** The view, from these angles, in which all places have room; in space, from wherever it turns to. */
function fit(places, angles) {
  const ends = [0, 1, 2].map((axis) => places.map((place) => place[axis] ?? 0))
    .map((all) => all.reduce(([low, high], a) => [Math.min(low, a), Math.max(high, a)], [Infinity, -Infinity]))
    .map(([low, high]) => (low <= high ? [low, high] : [-1, 1]));
  const [x, y, z] = ends.map(([low, high]) => (low + high) / 2);
  const reach = Math.max(...places.map((place) => Math.hypot(place[0] - x, place[1] - y, (place[2] ?? 0) - z)), 0);
  const half = 1.05 * Math.max(...ends.slice(0, 2).map(([low, high]) => (high - low) / 2)) || 1;
  const v = { x, y, z, radius: reach || 1, half, floor: ends[2][0], scale: 1, panX: 0, panY: 0 };
  [v.yaw, v.pitch] = [angles.yaw, angles.pitch];
  const box = { left: 0, right: 0, top: 0, bottom: 0 };
  const ground = flat() ? [] : [[-1, -1], [-1, 1], [1, -1], [1, 1]].map(([a, b]) => [x + a * half, y + b * half, v.floor]);
  for (let turn = 0; turn < (flat() ? 1 : 16); turn++) {
    for (const place of [...places, ...ground]) {
      const [px, py] = project(place, { ...v, yaw: (turn * Math.PI) / 8 });
      box.left = Math.min(box.left, px - width / 2), box.right = Math.max(box.right, px - width / 2);
      box.top = Math.min(box.top, py - height / 2), box.bottom = Math.max(box.bottom, py - height / 2);
    }
  }
  const across = width - 2 * Math.min(5 * em, 0.13 * width), down = height - (flat() ? 4.6 : 3.2) * em, least = v.radius / 5;
  v.scale = Math.min(across / Math.max(box.right - box.left, least), down / Math.max(box.bottom - box.top, least));
  v.panX = (-v.scale * (box.left + box.right)) / 2;
  v.panY = (-v.scale * (box.top + box.bottom)) / 2;
  return { ...v, whole: v.scale };
}

// --- what moves ---

function take() {
  // A plain copy, for reading from the page's own object is slow.
  picture = props.value ? JSON.parse(JSON.stringify(props.value)) : EMPTY;
  const { points, arrows } = picture, goal = [...points.map((point) => point.at)];
  for (const arrow of arrows) {
    arrow.met = points.some((point) => point.at.every((a, i) => a === arrow.end[i]));
    goal.push(arrow.start, arrow.end);
  }
  const labels = picture.dimensions + points.map((point) => point.label).join("\n");
  const same = labels === names && view;
  names = labels;
  if (same) {
    // A new arrow grows out of its start.
    glide = { from: goal.map((place, i) => now[i] ?? goal[i - ((i - points.length) % 2)]), to: goal };
    if (!touched && width) follow(goal);
    choose(chosen, true);
  } else {
    [now, glide, flight, touched] = [goal, null, null, false];
    view = width ? fit(now, HOME) : null;
    choose(-1, true);
  }
  describe();
  wake();
}

/** Where new places leave the view, or shrink in it, the camera goes with them. */
function follow(goal) {
  const { yaw, pitch, ...fitting } = fit(goal, view);
  const outside = ([x, y]) => x < 0 || y < 0 || x > width || y > height;
  const lost = fitting.scale > 1.8 * view.scale || goal.some((place) => outside(project(place)));
  if (lost && !flight) flight = { from: { ...view }, to: fitting };
}

/** How far a glide or flight is: fast first, so that one which is often interrupted does not lag behind. */
function progress(motion, time) {
  motion.start ??= time;
  const share = LESS.matches ? 1 : Math.min(1, (time - motion.start) / GLIDE);
  return 1 - (1 - share) ** 3;
}

function advance(time) {
  if (glide) {
    const { from, to } = glide, share = progress(glide, time);
    now = to.map((place, i) => place.map((a, axis) => mix(from[i][axis], a, share)));
    if (share === 1) glide = null;
  }
  if (flight) {
    const share = progress(flight, time);
    for (const key in flight.to) view[key] = mix(flight.from[key], flight.to[key], share);
    if (share === 1) flight = null;
  }
}

function wake() {
  if (!asked && seen) asked = requestAnimationFrame(frame);
}

function frame(time) {
  asked = 0;
  const passed = Math.min(50, time - before);
  before = time;
  advance(time);
  const turns = turning && !flat() && view && chosen < 0; // it waits while a point is looked at
  if (turns) view.yaw += TURN * passed;
  paint();
  if (glide || flight || turns) wake();
}

// --- type, colours and the tip ---

const look = () => {
  const style = getComputedStyle(host), read = (name) => style.getPropertyValue(name).trim();
  em = parseFloat(style.fontSize);
  colours = {
    font: style.fontFamily, ink: read("--body-text-color"), soft: read("--body-text-color-subdued"),
    paper: read("--background-fill-primary"), line: read("--border-color-primary"),
    ...[0, 1, 2, 3, 4].map((slot) => read("--scene-" + slot)),
  };
};

/** Show a point's tip, or none (-1). */
function choose(index, renew = false) {
  if (index === chosen && !renew) return;
  chosen = index;
  canvas.classList.toggle("over", index >= 0);
  const { label, details = [] } = picture.points[index] ?? {};
  tip.replaceChildren();
  if (label) make("b", tip, label);
  for (const text of details) make("span", tip, text);
  tip.hidden = !tip.childNodes.length;
  wake();
}

function placeTip([x, y]) {
  if (tip.hidden) return;
  const gap = 0.9 * em, above = y - tip.offsetHeight - gap;
  tip.style.left = `${clamp(x - tip.offsetWidth / 2, 0, Math.max(0, width - tip.offsetWidth))}px`;
  tip.style.top = `${above < 0 ? y + gap : above}px`;
}

// --- hands: pointers, keys, buttons ---

const held = new Map(); // pointers that are down: id to place
let travelled = 0; // how far one of them went at most, in one go

function turn(on) {
  turning = on;
  part("turn").hidden = flat();
  part("turn").textContent = on ? "Pause" : "Turn";
  wake();
}

/** A person takes over the view. */
function touch() {
  touched = true;
  flight = null;
  if (turning && !flat()) turn(false);
  wake();
}

function pan(dx, dy) {
  touch();
  view.panX += dx;
  view.panY += dy;
}

function orbit(dx, dy) {
  touch();
  view.yaw += dx * 0.008;
  view.pitch = clamp(view.pitch + dy * 0.008, -0.2, 1.5);
}

function zoom(factor, x = width / 2, y = height / 2) {
  touch();
  const scale = clamp(view.scale * factor, 0.2 * view.whole, 60 * view.whole), real = scale / view.scale;
  view.scale = scale;
  view.panX = (x - width / 2) * (1 - real) + view.panX * real; // what is under (x, y) stays there
  view.panY = (y - height / 2) * (1 - real) + view.panY * real;
}

function showAll() {
  view.yaw = Math.atan2(Math.sin(view.yaw), Math.cos(view.yaw)); // the short way home
  flight = { from: { ...view }, to: fit(glide?.to ?? now, HOME) };
  touched = false;
  wake();
}

function pointAt(x, y) {
  let best = -1, least = Infinity;
  picture.points.forEach((point, i) => {
    const [px, py] = project(now[i]), away = Math.hypot(px - x, py - y) - radiusOf(point);
    if (away < 0.5 * em && away < least) [best, least] = [i, away];
  });
  return best;
}

/** To the next point in order (or back), and say it. */
function step(by) {
  const { points } = picture;
  if (!points.length) return;
  choose((Math.max(chosen, by < 0 ? 0 : -1) + by + points.length) % points.length);
  const [x, y] = project(now[chosen]), { label, details = [] } = points[chosen];
  if (x < 0 || y < 0 || x > width || y > height) pan(width / 2 - x, height / 2 - y);
  part("spoken").textContent = [label || `Point ${chosen + 1}`, ...details].join(". ");
}

const where = (event) => {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left - canvas.clientLeft, y: event.clientY - box.top - canvas.clientTop };
};

canvas.addEventListener("pointerdown", (event) => {
  if (event.button || !view) return;
  if (!held.size) travelled = 0;
  held.set(event.pointerId, where(event));
  canvas.setPointerCapture(event.pointerId);
  if (turning && !flat()) turn(false);
});
canvas.addEventListener("pointermove", (event) => {
  if (!view) return;
  const { x, y } = where(event), old = held.get(event.pointerId);
  if (!old) {
    if (event.pointerType !== "touch") choose(pointAt(x, y));
    return;
  }
  travelled = Math.max(travelled, Math.hypot(x - old.x, y - old.y));
  if (travelled < CLICK) return;
  const other = [...held].find(([id]) => id !== event.pointerId)?.[1]; // a second finger
  const [dx, dy] = [(x - old.x) / held.size, (y - old.y) / held.size];
  held.set(event.pointerId, { x, y });
  canvas.classList.add("held");
  if (flat() || event.shiftKey || other) pan(dx, dy);
  else orbit(dx, dy);
  if (other) {
    const apart = (place) => Math.max(10, Math.hypot(place.x - other.x, place.y - other.y));
    zoom(apart({ x, y }) / apart(old), (x + other.x) / 2, (y + other.y) / 2);
  }
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => {
  if (!held.delete(event.pointerId)) return;
  canvas.classList.remove("held");
  if (end === "pointercancel" || travelled >= CLICK) return;
  const { x, y } = where(event), index = pointAt(x, y);
  choose(index);
  if (index >= 0) trigger("select", { index, value: picture.points[index].label });
});
canvas.addEventListener("pointerleave", (event) => {
  if (event.pointerType !== "touch") choose(-1);
});
canvas.addEventListener("blur", () => choose(-1));
canvas.addEventListener("wheel", (event) => {
  // A page scrolls over a scene, until the scene was clicked.
  if (!view || (!event.ctrlKey && document.activeElement !== canvas)) return;
  event.preventDefault();
  const { x, y } = where(event), by = event.deltaY * (event.deltaMode ? 30 : 1); // some count in lines
  zoom(Math.exp(clamp(-by, -120, 120) * (event.ctrlKey ? 0.006 : 0.0022)), x, y);
}, { passive: false });

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
host.addEventListener("keydown", (event) => {
  if (!view || event.altKey || event.ctrlKey || event.metaKey) return;
  const [dx, dy] = MOVES[event.key] ?? [];
  if (dx !== undefined && flat()) pan(-40 * dx, -40 * dy); // the eye moves, not the paper
  else if (dx !== undefined) orbit(12 * dx, 12 * dy);
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-" || event.key === "_") zoom(0.8);
  else if (event.key === "0") showAll();
  else if (event.key === ".") step(1);
  else if (event.key === ",") step(-1);
  else if (event.key === "Escape" && chosen >= 0) choose(-1);
  else if (event.key === "Enter" && chosen >= 0 && event.target === canvas) {
    trigger("select", { index: chosen, value: picture.points[chosen].label });
  } else return;
  event.preventDefault();
  event.stopPropagation(); // the gallery's own arrow keys move between tabs
});
host.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !view) return;
  if (button.matches(".turn")) turn(!turning);
  else if (button.matches(".fit")) showAll();
  else zoom(button.matches(".closer") ? 1.4 : 1 / 1.4);
});

// --- the page around ---

/** After a change of size, type or theme. */
function refresh() {
  look();
  [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width && !touched) [view, flight] = [fit(glide?.to ?? now, view ?? HOME), null];
  paint();
  wake();
}

canvas.positions = () => (view ? picture.points : []).map(({ label }, i) => {
  const [x, y] = project(now[i]);
  return { label, x, y };
});
new ResizeObserver(refresh).observe(canvas);
new IntersectionObserver((entries) => {
  seen = entries.at(-1).isIntersecting;
  wake();
}).observe(canvas);
const themes = new MutationObserver(() => (element.isConnected ? refresh() : themes.disconnect()));
for (const node of [document.documentElement, document.body]) themes.observe(node, { attributeFilter: ["class"] });
watch("value", take);
look();
take();
