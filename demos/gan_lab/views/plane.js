// The browser's half of plane.py. Colours are those of plane.css; circles are real, diamonds are generated.
const part = (name) => element.querySelector('.' + name);
const canvas = part('plane'), hint = part('hint'), boxes = [...element.querySelectorAll('.layers input')];
const HEAT = 36, SPACING = 0.06, MOST = 150, UNSEEN = 10_000; // values a side, plane units, points, milliseconds
const LONGEST = 0.4, HALF = 1.5; // an arrow's utmost length in plane units, and the pull at which it has half of it
let value = {}, strokes = null, unseenSince = null, wasPlaying = false;
const small = document.createElement('canvas');
small.width = small.height = HEAT;

const bytes = (text) => Uint8Array.from(atob(text ?? ''), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
function pairs(text) {
  const raw = new Int16Array(bytes(text).buffer), points = [];
  for (let i = 0; i < raw.length; i += 2) points.push([raw[i] / 32767 * value.reach, raw[i + 1] / 32767 * value.reach]);
  return points;
}
const shown = (name) => boxes.find((box) => box.value === name).checked;

function colours() {
  const style = getComputedStyle(part('lab')), named = (name) => style.getPropertyValue('--' + name).trim();
  return {real: named('real'), fake: named('fake'), bent: named('bent'), pull: named('pull'), neutral: named('neutral'),
    text: named('body-text-color-subdued') || style.color, line: named('border-color-primary')};
}
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** The canvas at the size that it has on the screen; [context, width, height] in CSS pixels. */
function fit(sheet) {
  const {clientWidth: width, clientHeight: height} = sheet, scale = Math.min(2, devicePixelRatio || 1);
  if (sheet.width !== Math.round(width * scale) || sheet.height !== Math.round(height * scale)) {
    sheet.width = Math.round(width * scale);
    sheet.height = Math.round(height * scale);
  }
  const context = sheet.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return [context, width, height];
}

function paintHeat(context, size, colour) {
  const heat = bytes(value.heat), ends = [rgb(colour.fake), rgb(colour.real)], middle = rgb(colour.neutral);
  if (heat.length !== HEAT * HEAT) return;
  const image = small.getContext('2d').createImageData(HEAT, HEAT);
  for (let row = 0; row < HEAT; row++) for (let column = 0; column < HEAT; column++) {
    const belief = heat[(HEAT - 1 - row) * HEAT + column] / 127.5 - 1, end = ends[belief > 0 ? 1 : 0]; // rows run from below
    const strength = 0.62 * Math.abs(belief), at = 4 * (row * HEAT + column);
    for (let i = 0; i < 3; i++) image.data[at + i] = middle[i] + (end[i] - middle[i]) * strength;
    image.data[at + 3] = 255;
  }
  small.getContext('2d').putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, size, size);
}

function paintManifold(context, points, to) {
  const side = value.bent === 'grid' ? Math.round(Math.sqrt(points.length)) : 0;
  context.beginPath();
  const along = (line) => line.forEach((point, i) => context[i ? 'lineTo' : 'moveTo'](...to(point)));
  if (!side) along(points);
  for (let i = 0; i < side; i++) {
    along(points.slice(i * side, (i + 1) * side));
    along(points.filter((_, at) => at % side === i));
  }
  context.stroke();
}

function paintArrows(context, to, size) {
  const from = pairs(value.at), pulls = floats(value.arrows), unit = size / (2 * value.plane);
  context.beginPath();
  from.forEach((point, i) => {
    const [px, py] = [pulls[2 * i], pulls[2 * i + 1]], pull = Math.hypot(px, py), length = LONGEST * unit * pull / (pull + HALF);
    if (!(length > 1.5)) return;
    const [x, y] = to(point), [ux, uy] = [px / pull, -py / pull], [tx, ty] = [x + ux * length, y + uy * length], head = Math.min(6, 0.5 * length);
    context.moveTo(x, y);
    context.lineTo(tx, ty);
    context.moveTo(tx - head * (ux + 0.6 * uy), ty - head * (uy - 0.6 * ux));
    context.lineTo(tx, ty);
    context.lineTo(tx - head * (ux - 0.6 * uy), ty - head * (uy + 0.6 * ux));
  });
  context.stroke();
}

function paintPlane() {
  const [context, size] = fit(canvas), colour = colours();
  if (!size || !value.plane) return;
  const to = ([x, y]) => [(x / value.plane + 1) / 2 * size, (1 - y / value.plane) / 2 * size];
  context.fillStyle = colour.neutral;
  context.fillRect(0, 0, size, size);
  if (shown('heat')) paintHeat(context, size, colour);
  const r = Math.max(2.2, size / 190);
  context.lineWidth = 0.8;
  context.strokeStyle = colour.neutral;
  if (shown('real')) {
    context.fillStyle = colour.real;
    context.beginPath();
    for (const point of pairs(value.real)) { const [x, y] = to(point); context.moveTo(x + r, y); context.arc(x, y, r, 0, 7); }
    context.fill();
  }
  if (shown('manifold')) {
    context.save();
    context.strokeStyle = colour.bent;
    context.globalAlpha = 0.6;
    context.lineWidth = value.bent === 'curve' ? 2 : 1;
    paintManifold(context, pairs(value.manifold), to);
    context.restore();
  }
  if (shown('fake')) {
    const h = r * 1.45;
    context.fillStyle = colour.fake;
    context.beginPath();
    for (const point of pairs(value.fake)) {
      const [x, y] = to(point);
      context.moveTo(x, y - h); context.lineTo(x + h, y); context.lineTo(x, y + h); context.lineTo(x - h, y); context.closePath();
    }
    context.fill();
    context.stroke();
  }
  if (shown('arrows')) {
    context.strokeStyle = colour.pull;
    context.lineWidth = 1.4;
    context.lineCap = 'round';
    paintArrows(context, to, size);
  }
  if (strokes) {
    context.strokeStyle = colour.real;
    context.lineWidth = 4;
    context.lineJoin = context.lineCap = 'round';
    context.beginPath();
    strokes.forEach((point, i) => context[i ? 'lineTo' : 'moveTo'](...to(point)));
    context.stroke();
  }
}

/** Round numbers from `low` to `high`, some three of them. */
function ticks(low, high) {
  const rough = (high - low) / 3, power = 10 ** Math.floor(Math.log10(rough)), step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(+(i * step).toPrecision(6));
  return found;
}
const steps = (number) => number >= 10_000 ? `${Math.round(number / 1000)}k` : number.toLocaleString('en');

/** Curves over the steps. `columns` of the rows of `table`: [index, colour, dashes]. */
function paintCurves(sheet, table, columns, fromZero) {
  const [context, width, height] = fit(sheet), colour = colours();
  if (!width) return;
  const em = parseFloat(getComputedStyle(sheet).fontSize) * 0.85, left = 3.2 * em, right = width - 0.5 * em, roof = 0.7 * em, floor = height - 1.5 * em;
  const known = columns.flatMap(([index]) => table.map((row) => row[index])).filter(Number.isFinite);
  // One wild batch at the start must not flatten all that follows.
  const sorted = [...known].sort((a, b) => a - b), part = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  let low = fromZero ? 0 : Math.min(0, part(0.01) ?? 0), high = Math.max(part(0.99) ?? 1, low + 0.01);
  const margin = 0.06 * (high - low), last = Math.max(10, table.at(-1)?.[0] ?? 0);
  [low, high] = [fromZero ? 0 : low - margin, high + margin];
  const x = (step) => left + step / last * (right - left);
  const y = (number) => Math.min(floor, Math.max(roof, floor - (number - low) / (high - low) * (floor - roof)));
  context.font = `${em}px ${getComputedStyle(sheet).fontFamily}`;
  context.fillStyle = colour.text;
  context.strokeStyle = colour.line;
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.beginPath();
  for (const number of ticks(low, high)) {
    context.moveTo(left, y(number));
    context.lineTo(right, y(number));
    context.fillText(number, left - 0.4 * em, y(number) + 0.35 * em);
  }
  context.stroke();
  for (const [share, align] of [[0, 'left'], [0.5, 'center'], [1, 'right']]) {
    context.textAlign = align;
    context.fillText(steps(Math.round(share * last)), x(share * last), height - 0.2 * em);
  }
  for (const [index, stroke, dashes] of columns) {
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.setLineDash(dashes);
    context.beginPath();
    let open = false;
    for (const row of table) {
      if (!Number.isFinite(row[index])) { open = false; continue; }
      context[open ? 'lineTo' : 'moveTo'](x(row[0]), y(row[index]));
      open = true;
    }
    context.stroke();
    context.setLineDash([]);
  }
}

function paintCharts() {
  const raw = floats(value.curves), colour = colours(), table = [];
  for (let i = 0; i < raw.length; i += 4) table.push([...raw.subarray(i, i + 4)]); // step, generator, discriminator, distance
  paintCurves(part('losses'), table, [[2, colour.real, []], [1, colour.fake, [6, 3]]], false);
  paintCurves(part('distances'), table, [[3, colour.bent, []]], true);
}

function told() {
  const modes = value.of_modes ? `${value.modes} of ${value.of_modes}` : '–', count = (value.step ?? 0).toLocaleString('en');
  part('step').textContent = count;
  part('rate').textContent = value.rate ? value.rate.toLocaleString('en') : '–';
  part('modes').textContent = modes;
  part('distance').textContent = value.distance == null ? '–' : value.distance.toFixed(3);
  part('note').textContent = value.note ?? '';
  const learning = part('learning');
  learning.className = 'learning ' + (value.learning ?? '');
  learning.textContent = value.learning ? `The ${value.critic && value.learning === 'discriminator' ? 'critic' : value.learning} has just learned` : '';
  hint.hidden = !value.draws || value.playing;
  canvas.classList.toggle('draws', Boolean(value.draws));
  if (value.playing) return void (wasPlaying = true);
  const words = `Step ${count}, ${value.of_modes ? `${modes} modes found, ` : ''}distance ${value.distance ?? 'unknown'}.`;
  canvas.setAttribute('aria-label', `Real and generated points on a plane. ${words}`);
  if (wasPlaying) part('spoken').textContent = words;
  wasPlaying = false;
}

function draw() {
  paintPlane();
  paintCharts();
}

function update() {
  const next = props.value ?? {};
  // A frame of what was reset in the meantime may come late.
  if (next.serial < value.serial || (next.serial === value.serial && next.step < value.step)) return;
  value = next;
  const seen = !document.hidden && element.getClientRects().length > 0;
  if (seen || !value.playing) unseenSince = null;
  else if (Date.now() - (unseenSince ??= Date.now()) > UNSEEN) { unseenSince = Date.now(); trigger('away', {}); }
  told();
  if (seen) draw();
}

// ---- drawing one's own points -------------------------------------------------------------------------

function placeOf(event) {
  const box = canvas.getBoundingClientRect(), within = (share) => Math.max(-1, Math.min(1, share)) * value.plane;
  return [within((event.clientX - box.left) / box.width * 2 - 1), within(1 - (event.clientY - box.top) / box.height * 2)];
}

canvas.addEventListener('pointerdown', (event) => {
  if (!value.draws || event.button) return;
  event.preventDefault();
  try { canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
  strokes = [placeOf(event)];
  draw();
});
canvas.addEventListener('pointermove', (event) => {
  if (!strokes || strokes.length >= MOST) return;
  const [x, y] = placeOf(event), [px, py] = strokes.at(-1), far = Math.hypot(x - px, y - py);
  // A fast pointer leaves gaps: they are filled.
  for (let i = 1; i * SPACING <= far && strokes.length < MOST; i++) strokes.push([px + (x - px) * i * SPACING / far, py + (y - py) * i * SPACING / far]);
  paintPlane();
});
for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => {
  if (!strokes) return;
  const points = strokes;
  strokes = null;
  paintPlane();
  trigger('draw', {points});
});

for (const box of boxes) box.addEventListener('change', paintPlane);
document.addEventListener('visibilitychange', () => { if (!document.hidden) draw(); });
canvas.lab = {value: () => value}; // for whoever looks at it from outside
watch('value', update);
new ResizeObserver(draw).observe(element);
update();
