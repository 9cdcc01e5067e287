// How scene.js draws: `paint` is one frame, `write` finds room for the labels. What it reads (picture, view, now,
// colours) is declared there; the two files are one script.

const styleOf = (kind) => picture.kinds.find(({ name }) => name === kind) ?? { colour: 1, shape: "circle" };
const radiusOf = (point) => (point.prominent ? 0.4 : picture.points.length > 300 ? 0.17 : 0.29) * em;

/** SVG path of a shape around (0, 0). */
function outline(shape, r) {
  if (shape === "square") return `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`;
  if (shape === "diamond") return `M0,${-1.3 * r}L${1.3 * r},0L0,${1.3 * r}L${-1.3 * r},0z`;
  if (shape === "triangle") return `M0,${-1.25 * r}L${1.2 * r},${0.9 * r}L${-1.2 * r},${0.9 * r}z`;
  if (shape === "star") {
    const corner = (i) => {
      const reach = (i % 2 ? 0.65 : 1.6) * r, angle = (i * Math.PI) / 5;
      return [reach * Math.sin(angle), -reach * Math.cos(angle)];
    };
    return `M${[...Array(10).keys()].map(corner).join("L")}z`;
  }
  return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`;
}
const SHAPES = Object.fromEntries(
  ["circle", "square", "diamond", "triangle", "star"].map((shape) => [shape, new Path2D(outline(shape, 1))]));

function paint() {
  if (!width || !view) return;
  const sharp = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * sharp)) canvas.width = Math.round(width * sharp);
  if (canvas.height !== Math.round(height * sharp)) canvas.height = Math.round(height * sharp);
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.globalAlpha = 1;
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, width, height);
  const spots = now.map((place) => project(place)), { points, arrows } = picture;
  if (picture.grid) flat() ? grid() : floor();
  arrows.forEach((one, i) => arrow(one, spots[points.length + 2 * i], spots[points.length + 2 * i + 1]));
  const order = points.map((_, i) => i);
  if (!flat()) order.sort((a, b) => spots[a][2] - spots[b][2]);
  for (const i of order) mark(points[i], spots[i], i === chosen);
  write(spots);
  if (chosen >= 0) placeTip(spots[chosen]);
}

function line(from, to) {
  pen.beginPath();
  pen.moveTo(from[0], from[1]);
  pen.lineTo(to[0], to[1]);
  pen.stroke();
}

function title(text, x, y, align) {
  pen.globalAlpha = 1;
  pen.font = `${0.9 * em}px ${colours.font}`;
  pen.textAlign = align;
  halo(text, x, y, colours.soft);
}

/** Faint lines at round numbers; the numbers themselves would say nothing. */
function grid() {
  const raw = (6 * em) / view.scale, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((size) => size * power >= raw);
  const [left, top] = [view.x - (width / 2 + view.panX) / view.scale, view.y + (height / 2 + view.panY) / view.scale];
  pen.lineWidth = 1;
  pen.strokeStyle = colours.line;
  for (let i = Math.ceil(left / step), x; (x = (i * step - left) * view.scale) < width; i++) {
    pen.globalAlpha = i ? 0.55 : 1;
    line([Math.round(x) + 0.5, 0], [Math.round(x) + 0.5, height]);
  }
  for (let i = Math.floor(top / step), y; (y = (top - i * step) * view.scale) < height; i--) {
    pen.globalAlpha = i ? 0.55 : 1;
    line([0, Math.round(y) + 0.5], [width, Math.round(y) + 0.5]);
  }
  if (picture.x_title) title(picture.x_title + " →", width - 0.7 * em, height - 0.8 * em, "right");
  if (picture.y_title) title("↑ " + picture.y_title, 0.7 * em, 1.1 * em, "left");
}

/** The ground under a space, and the feet of its prominent points: they say what is in front. */
function floor() {
  const { x, y, half, floor: z } = view;
  const at = (a, b) => project([x + a * half, y + b * half, z]);
  pen.lineWidth = 1;
  pen.strokeStyle = colours.line;
  pen.globalAlpha = 0.8;
  for (let i = -4; i <= 4; i++) {
    line(at(i / 4, -1), at(i / 4, 1));
    line(at(-1, i / 4), at(1, i / 4));
  }
  pen.strokeStyle = colours.soft;
  pen.globalAlpha = 0.55;
  pen.setLineDash([2, 4]);
  picture.points.forEach((point, i) => {
    if (point.prominent) line(project(now[i]), project([now[i][0], now[i][1], z]));
  });
  pen.setLineDash([]);
  if (picture.x_title) title(picture.x_title, ...at(0, -1.1).slice(0, 2), "center");
  if (picture.y_title) title(picture.y_title, ...at(-1.1, 0).slice(0, 2), "center");
}

const fade = (near) => (flat() ? 1 : clamp(0.75 + 1.4 * (near - 0.9), 0.35, 1));

function arrow({ kind, dashed, met }, from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 2) return;
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const size = Math.min(0.85 * em, 0.6 * length) * clamp(to[2], 0.7, 1.5);
  const short = met ? Math.min(0.5 * em, length / 4) : 0; // it ends at the rim of its point
  const tipX = to[0] - dx * short, tipY = to[1] - dy * short;
  const back = (along, aside) => [tipX - dx * along - dy * aside, tipY - dy * along + dx * aside];
  pen.globalAlpha = fade((from[2] + to[2]) / 2);
  pen.strokeStyle = pen.fillStyle = colours[styleOf(kind).colour];
  pen.lineWidth = 0.16 * em * clamp((from[2] + to[2]) / 2, 0.7, 1.4);
  pen.lineCap = dashed ? "butt" : "round";
  pen.setLineDash(dashed ? [0.5 * em, 0.35 * em] : []);
  line(from, back(0.7 * size, 0));
  pen.setLineDash([]);
  pen.beginPath();
  const head = [back(0, 0), back(size, 0.42 * size), back(0.75 * size, 0), back(size, -0.42 * size)];
  for (const corner of head) pen.lineTo(...corner);
  pen.fill();
}

function mark(point, [x, y, near], ringed) {
  const r = radiusOf(point) * clamp(near, 0.6, 1.7), style = styleOf(point.kind);
  if (x < -r || y < -r || x > width + r || y > height + r) return;
  pen.save();
  pen.translate(x, y);
  pen.scale(r, r);
  pen.fillStyle = pen.strokeStyle = colours.paper; // a faint mark too hides what is behind it
  pen.lineWidth = Math.min(3, r) / r;
  pen.globalAlpha = 1;
  pen.stroke(SHAPES[style.shape]);
  pen.fill(SHAPES[style.shape]);
  pen.globalAlpha = point.prominent ? Math.max(0.75, fade(near)) : fade(near);
  pen.fillStyle = colours[style.colour];
  pen.fill(SHAPES[style.shape]);
  if (ringed) {
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2 / (1.75 * r);
    pen.scale(1.75, 1.75);
    pen.stroke(SHAPES.circle);
  }
  pen.restore();
}

// --- labels: as many as there is room for, and none over another ---

const widths = new Map();
let shown = new Map(); // which labels stand now, and on which side: they stay there while they can

function measure(text, font) {
  if (widths.size > 5000) widths.clear();
  if (!widths.has(font + text)) [pen.font] = [font], widths.set(font + text, pen.measureText(text).width);
  return widths.get(font + text);
}

function halo(text, x, y, colour) {
  [pen.strokeStyle, pen.fillStyle, pen.lineWidth, pen.lineJoin] = [colours.paper, colour, 0.28 * em, "round"];
  pen.textBaseline = "middle";
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

function write(spots) {
  const { points, arrows } = picture, taken = [], inTheWay = [], stood = shown;
  const meet = (a, b) => Math.abs(a.x - b.x) < a.w + b.w && Math.abs(a.y - b.y) < a.h + b.h; // centres, half sizes
  /** Writes the text at the first of these centres where there is room; if need be, a `free` one covers arrows and lesser points. */
  const put = (key, text, centres, { font, colour, alpha = 1, size, free = true }) => {
    const w = measure(text, font) / 2 + 2, h = 0.58 * size, last = stood.get(key) ?? 0;
    const places = centres(w, h).map(([x, y], side) => ({ x, y, w, h, side }))
      .filter((a) => a.x > w && a.x < width - w && a.y > h && a.y < height - h)
      .sort((a, b) => (b.side === last) - (a.side === last))
      .filter((a) => !taken.some((other) => meet(a, other)));
    for (const a of places) a.over = inTheWay.filter((other) => meet(a, other)).length;
    const place = places.find((a) => !a.over) ?? (free && places.sort((a, b) => a.over - b.over)[0]);
    if (!place) return;
    taken.push(place);
    shown.set(key, place.side);
    [pen.font, pen.textAlign, pen.globalAlpha] = [font, "center", alpha];
    halo(text, place.x, place.y, colour);
  };
  shown = new Map();
  arrows.forEach((_, i) => {
    const [[x, y], [endX, endY]] = [spots[points.length + 2 * i], spots[points.length + 2 * i + 1]];
    const pieces = clamp(Math.ceil(Math.hypot(endX - x, endY - y) / (0.6 * em)), 1, 99);
    for (let k = 0; k <= pieces; k++) {
      inTheWay.push({ x: mix(x, endX, k / pieces), y: mix(y, endY, k / pieces), w: 3, h: 3 });
    }
  });
  points.forEach((point, i) => {
    const r = radiusOf(point);
    const area = { x: spots[i][0], y: spots[i][1], w: r, h: r };
    if (point.prominent) taken.push(area);
    else if (points.length < 300) inTheWay.push(area);
  });
  const words = points.map((point, i) => [point, i]).filter(([point]) => point.label);
  words.sort(([a, i], [b, j]) => !!b.prominent - !!a.prominent || stood.has(j) - stood.has(i));
  const name = ([point, i]) => {
    const [x, y, near] = spots[i], r = radiusOf(point) * clamp(near, 0.6, 1.7) + 0.3 * em;
    const size = (point.prominent ? 1.05 : 0.92) * em;
    put(i, point.label, (w, h) => [[x + r + w, y], [x - r - w, y], [x, y - r - h], [x, y + r + h],
      [x + r + w, y - h - r / 2], [x + r + w, y + h + r / 2], [x - r - w, y - h - r / 2], [x - r - w, y + h + r / 2]],
    { font: `${point.prominent ? 650 : 400} ${size}px ${colours.font}`, size, free: Boolean(point.prominent),
      colour: point.prominent ? colours.ink : colours.soft, alpha: point.prominent ? 1 : fade(near) });
  };
  words.filter(([point]) => point.prominent).forEach(name);
  arrows.forEach(({ label, kind }, i) => {
    const [[x, y], [endX, endY]] = [spots[points.length + 2 * i], spots[points.length + 2 * i + 1]];
    const length = Math.hypot(endX - x, endY - y) || 1, [nx, ny] = [(endY - y) / length, (x - endX) / length];
    if (label) put("arrow " + i, label, (w, h) => [0.5, 0.36, 0.64, 0.24, 0.76].flatMap((t) => [1, -1].map((side) => {
      const off = side * (Math.abs(nx) * w + Math.abs(ny) * h + 0.35 * em);
      return [mix(x, endX, t) + nx * off, mix(y, endY, t) + ny * off];
    })), { font: `600 ${0.95 * em}px ${colours.font}`, size: 0.95 * em, colour: colours[styleOf(kind).colour] });
  });
  words.filter(([point]) => !point.prominent).forEach(name);
}

// --- words in the page around the canvas ---

function make(tag, parent, text = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  parent.append(node);
  return node;
}

function describe() {
  part("title").textContent = picture.title ?? "";
  const heard = [picture.title, picture.description].filter(Boolean).join(". ");
  canvas.setAttribute("aria-label", heard || "A picture of points");
  const arrows = flat() ? "move" : "turn";
  part("keys").textContent = `Arrow keys ${arrows}, + and − zoom, 0 shows all, . and , step through the points`;
  canvas.setAttribute("aria-description", part("keys").textContent);
  part("legend").replaceChildren();
  for (const { name, label, colour, shape } of picture.kinds) {
    const arrow = !picture.points.some(({ kind }) => kind === name) && picture.arrows.find(({ kind }) => kind === name);
    const item = make("li", part("legend"));
    // Nothing that a visitor typed is in this string.
    item.innerHTML = `<svg viewBox="-11 -11 22 22" aria-hidden="true" style="--mark:var(--scene-${+colour})"><path/></svg>`;
    const path = item.querySelector("path");
    path.setAttribute("d", arrow ? "M-10,0H2M10,0L1,-5V5z" : outline(shape, 7));
    if (arrow?.dashed) path.setAttribute("d", "M-11,0H-6M-3,0H2M10,0L1,-5V5z");
    path.classList.toggle("line", Boolean(arrow));
    item.append(label);
  }
  turn(turning);
}
