// The drawing behind chart.py. Reading guide: `draw` is the whole picture, `spread` keeps marks of one
// year apart, `name` finds room for the labels; the rest is hover, focus and keys.
const host = element.querySelector(".chart");
const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 7; // pixels, at the usual type size
let marks = []; // what is drawn now: {mark, x, y, node}
let current = 0; // the mark that Tab reaches; arrows move it

function make(tag, attributes = {}, parent = null, text = "") {
  const node = tag.startsWith("html:") ? document.createElement(tag.slice(5)) : document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  parent?.append(node);
  return node;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const written = (figure, y) => (figure.logarithmic ? compact.format(y) : `${+y.toFixed(3)}${figure.unit}`);

/** SVG path of a shape around (0, 0). */
function outline(shape, r) {
  if (shape === "square") return `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`;
  if (shape === "diamond") return `M0,${-1.3 * r}L${1.3 * r},0L0,${1.3 * r}L${-1.3 * r},0z`;
  if (shape === "triangle") return `M0,${-1.25 * r}L${1.2 * r},${0.9 * r}L${-1.2 * r},${0.9 * r}z`;
  if (shape === "star") {
    const corner = (i) => {
      const reach = (i % 2 ? 0.65 : 1.6) * r, angle = (i * Math.PI) / 5;
      return `${(reach * Math.sin(angle)).toFixed(2)},${(-reach * Math.cos(angle)).toFixed(2)}`;
    };
    return `M${[...Array(10).keys()].map(corner).join("L")}z`;
  }
  return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`;
}

function ticks(figure) {
  const [low, high] = figure.y_range;
  if (figure.logarithmic) {
    const all = [];
    for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high) + 1e-9; power++) all.push(10 ** power);
    return all;
  }
  const step = [1, 2, 5, 10, 20, 25, 50].find((size) => (high - low) / size <= 7) ?? (high - low) / 5;
  const all = [];
  for (let y = Math.ceil(low / step) * step; y <= high + 1e-9; y += step) all.push(y);
  return all;
}

/** Marks of one x that would cover each other step aside, as little as they must. */
function spread(placed, r, room) {
  const done = [];
  for (const point of [...placed].sort((a, b) => a.x - b.x || a.y - b.y)) {
    const home = point.x;
    const apart = () => done.every((other) => Math.hypot(other.x - point.x, other.y - point.y) > 2 * r);
    for (let i = 1; !apart() && i < 20; i++) {
      const aside = Math.ceil(i / 2) * (i % 2 ? 1 : -1) * r * 0.7;
      if (Math.abs(aside) > room) {
        point.x = home;
        break;
      }
      point.x = home + aside;
    }
    done.push(point);
  }
}

/** Places for a label of that width, near ones first: [left, top, needs a line to its mark]. */
function places(x, y, r, width, size, reach) {
  const gap = r * 1.8;
  const near = [
    [x - gap - width, y - size * 0.6], [x + gap, y - size * 0.6], [x - width / 2, y - gap - size * 1.1],
    [x - width / 2, y + gap], [x - width, y - gap - size], [x, y + gap * 0.9], [x, y - gap - size],
    [x - width, y + gap * 0.9],
  ].map((place) => [...place, false]);
  if (!reach) return near;
  const far = [];
  for (let away = 1; away < 6; away++) {
    for (const shift of [0.5, 0.85, 0.15, 1.2, -0.2]) {
      for (const side of [-1, 1]) {
        far.push([x - width * shift, y + side * (gap + away * size * 1.25) - size * 0.6, true]);
      }
    }
  }
  return [...near, ...far];
}

const meet = (a, b) => !(a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top);

/** Write as many labels as there is room for, the prominent first. None covers a mark or another. */
function name(layer, box, r, size, taken, lines, few) {
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(host).fontFamily;
  const fits = (a) => a.left >= box.left && a.right <= box.far && a.top >= 0 && a.bottom <= box.bottom;
  for (const { x, y } of marks) taken.push({ left: x - r, right: x + r, top: y - r, bottom: y + r });
  const order = [...marks].sort((a, b) => b.mark.prominent - a.mark.prominent || a.y - b.y);
  for (const { mark, x, y } of order) {
    if (few && !mark.prominent) continue;
    pen.font = `${mark.prominent ? 650 : 400} ${size}px ${family}`;
    const width = pen.measureText(mark.label).width + 6;
    const free = places(x, y, r, width, size, mark.prominent && !few)
      .map(([left, top, line]) => ({ left, right: left + width, top, bottom: top + size * 1.15, line }))
      .filter((area) => fits(area) && !taken.some((other) => meet(area, other)));
    // The staircase may run under a name, but only where there is no better place.
    const clear = free.filter((area) => !lines.some((other) => meet(area, other)));
    const area = [...clear.filter((a) => !a.line), ...free.filter((a) => !a.line && mark.prominent), ...clear, ...free][0];
    if (!area) continue;
    taken.push(area);
    if (area.line) make("line", {
      class: "leader", x1: x, y1: y + Math.sign(area.top - y) * r,
      x2: Math.max(area.left, Math.min(area.right, x)), y2: area.top > y ? area.top : area.bottom,
    }, layer);
    make("text", {
      class: `name ${mark.prominent ? "prominent" : ""}`, x: area.left + 3, y: area.top + size * 0.92, "font-size": size,
    }, layer, mark.label);
  }
}

function draw() {
  const figure = props.value, width = host.clientWidth;
  if (!figure || !width) return;
  const hadFocus = host.contains(document.activeElement) && document.activeElement.closest(".mark");
  const em = parseFloat(getComputedStyle(host).fontSize), size = em * 0.92, narrow = width < 38 * em;
  const r = (RADIUS * em * (narrow ? 0.72 : 1)) / 16;
  const height = Math.round(Math.max(19 * em, Math.min(0.52 * width, 0.56 * window.innerHeight)));
  const aside = figure.marks.some((mark) => mark.x === null) ? (narrow ? 5 : 8.5) * em : 0;
  const box = { left: 3.6 * em, right: width - aside - em, top: em, bottom: height - 2.2 * em };
  box.far = width;
  const [x0, x1] = figure.x_range, [y0, y1] = figure.y_range;
  const scale = figure.logarithmic ? Math.log10 : (v) => v;
  const px = (x) => box.left + ((x - x0) / (x1 - x0)) * (box.right - box.left);
  const py = (y) => box.bottom - ((scale(y) - scale(y0)) / (scale(y1) - scale(y0))) * (box.bottom - box.top);

  host.replaceChildren();
  make("html:h3", {}, host, figure.title);
  legend(figure);
  const svg = make("svg", {
    viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": `${figure.title}. ${figure.y_title}.`,
  }, host);
  const axis = make("g", { class: "axis", "font-size": size, "aria-hidden": "true" }, svg);
  const every = [1, 2, 3, 4, 6].find((years) => px(years) - px(0) >= 3 * size) ?? 12;
  for (let year = Math.ceil(x0); year <= x1; year++) {
    if (year % 2) make("rect", {
      class: "band", x: px(Math.max(x0, year - 0.5)), y: box.top, height: box.bottom - box.top,
      width: px(Math.min(x1, year + 0.5)) - px(Math.max(x0, year - 0.5)),
    }, axis);
    if (year % every === 0) make("text", { x: px(year), y: height - 0.7 * em, "text-anchor": "middle" }, axis, `${year}`);
  }
  for (const y of ticks(figure)) {
    make("line", { class: "grid", x1: box.left, x2: width, y1: py(y), y2: py(y) }, axis);
    make("text", { x: box.left - 0.5 * em, y: py(y) + size * 0.35, "text-anchor": "end" }, axis, written(figure, y));
  }
  if (aside) {
    make("line", { class: "grid", x1: box.right + 0.5 * em, x2: box.right + 0.5 * em, y1: box.top, y2: box.bottom }, axis);
    make("text", { x: width - aside / 2, y: height - 0.7 * em, "text-anchor": "middle" }, axis, figure.aside_title);
  }

  const taken = [], lines = [];
  if (figure.steps.length) {
    figure.steps.forEach(([x, y], i) => {
      const next = figure.steps[i + 1] ?? [x1, y];
      lines.push({ left: px(x), right: px(next[0]), top: py(y) - 2, bottom: py(y) + 2 });
      lines.push({ left: px(next[0]) - 2, right: px(next[0]) + 2, top: py(next[1]), bottom: py(y) });
    });
    const [[firstX, firstY], ...rest] = figure.steps;
    const path = rest.map(([x, y]) => `H${px(x)}V${py(y)}`).join("");
    make("path", { class: "steps", d: `M${px(firstX)},${py(firstY)}${path}H${box.right}` }, svg);
  }
  for (const { y, label: whole } of figure.rules) {
    const label = narrow ? whole.split(":")[0] : whole;
    make("line", { class: "rule", x1: box.left, x2: width, y1: py(y), y2: py(y) }, svg);
    make("text", { class: "name rule-label", x: box.left + 0.4 * em, y: py(y) - 0.45 * em, "font-size": size }, svg, label);
    taken.push({ left: box.left, right: box.left + label.length * size * 0.56, top: py(y) - 1.5 * em, bottom: py(y) });
    lines.push({ left: box.left, right: width, top: py(y) - 2, bottom: py(y) + 2 });
  }

  const kinds = figure.kinds.map((kind) => kind.name);
  marks = figure.marks
    .map((mark) => ({ mark, x: mark.x === null ? width - aside / 2 : px(mark.x), y: py(mark.y) }))
    .sort((a, b) => a.x - b.x || b.y - a.y);
  spread(marks, r, 0.42 * (px(1) - px(0)));
  const labels = make("g", { "aria-hidden": "true" });
  name(labels, box, r, size, taken, lines, narrow);
  current = Math.min(current, marks.length - 1);
  marks.forEach((point, index) => {
    const { mark, x, y } = point, slot = kinds.indexOf(mark.kind);
    const when = mark.x === null ? "" : `${mark.x}, `;
    point.node = make(mark.href ? "a" : "g", {
      class: `mark slot-${slot}`, transform: `translate(${x},${y})`, tabindex: index === current ? 0 : -1,
      "data-index": index, ...(mark.href ? { href: mark.href } : { role: "img" }),
      "aria-label": [`${mark.label}, ${when}${written(figure, mark.y)}`, ...mark.details, mark.href ? figure.link_hint : ""]
        .filter(Boolean).join(". "),
    }, svg);
    make("circle", { class: "halo", r: r * 1.9 }, point.node);
    make("circle", { r: r * 1.9, fill: "transparent" }, point.node);
    make("path", { class: "shape", d: outline(figure.kinds[slot].shape, r) }, point.node);
  });
  svg.append(labels);
  make("html:div", { class: "tip", hidden: "", "aria-hidden": "true" }, host);
  if (hadFocus) marks[current].node.focus({ preventScroll: true });
}

function legend(figure) {
  const list = make("html:ul", { class: "legend" }, host);
  figure.kinds.forEach(({ name, label, shape }, slot) => {
    if (!figure.marks.some((mark) => mark.kind === name)) return;
    const item = make("html:li", { class: `slot-${slot}` }, list);
    const icon = make("svg", { viewBox: "-11 -11 22 22", "aria-hidden": "true" }, item);
    make("path", { class: "shape", d: outline(shape, 6) }, icon);
    item.append(label);
  });
  const extra = (text, drawing) => {
    const item = make("html:li", {}, list);
    const icon = make("svg", { viewBox: "-11 -11 22 22", "aria-hidden": "true" }, item);
    make("path", drawing, icon);
    item.append(text);
  };
  const linked = figure.marks.find((mark) => mark.href);
  if (linked) {
    extra(figure.link_hint, { class: `open shape slot-${figure.kinds.findIndex(({ name }) => name === linked.kind)}`, d: outline("circle", 6) });
  }
  if (figure.steps_label) extra(figure.steps_label, { class: "steps", d: "M-11,6H0V-6H11" });
}

function show(index) {
  const { mark, x, y } = marks[index], figure = props.value, tip = host.querySelector(".tip");
  tip.replaceChildren();
  make("html:b", {}, tip, `${mark.label}${mark.x === null ? "" : ` (${mark.x})`}: ${written(figure, mark.y)}`);
  for (const line of mark.details) make("html:span", {}, tip, line);
  if (mark.href) make("html:i", {}, tip, figure.link_hint);
  tip.hidden = false;
  const base = host.querySelector("svg[role=group]").getBoundingClientRect().top - host.getBoundingClientRect().top;
  const left = Math.max(0, Math.min(x - tip.offsetWidth / 2, host.clientWidth - tip.offsetWidth));
  const above = base + y - tip.offsetHeight - 18;
  tip.style.left = `${left}px`;
  tip.style.top = `${above < 0 ? base + y + 18 : above}px`;
}

function hide() {
  const tip = host.querySelector(".tip");
  if (tip) tip.hidden = true;
}

function focus(index) {
  marks[current].node.setAttribute("tabindex", -1);
  current = (index + marks.length) % marks.length;
  marks[current].node.setAttribute("tabindex", 0);
  marks[current].node.focus({ preventScroll: true });
}

const indexOf = (event) => event.target.closest?.(".mark[data-index]")?.dataset.index;

host.addEventListener("mouseover", (event) => {
  const index = indexOf(event);
  if (index === undefined) hide();
  else show(+index);
});
host.addEventListener("mouseleave", hide);
host.addEventListener("focusin", (event) => indexOf(event) !== undefined && show(+indexOf(event)));
host.addEventListener("focusout", hide);
host.addEventListener("click", (event) => {
  const index = indexOf(event);
  if (index === undefined) return;
  focus(+index);
  show(+index);
});
host.addEventListener("keydown", (event) => {
  const index = indexOf(event);
  if (index === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const go = {
    ArrowRight: +index + 1, ArrowUp: +index + 1, ArrowLeft: +index - 1, ArrowDown: +index - 1,
    Home: 0, End: marks.length - 1,
  }[event.key];
  if (event.key === "Escape") return hide();
  if (go === undefined) return; // Enter on a link is the browser's
  event.preventDefault();
  event.stopPropagation(); // the gallery's own arrow keys move between tabs
  focus(go);
});

watch("value", draw);
new ResizeObserver(draw).observe(host.parentElement);
draw();
