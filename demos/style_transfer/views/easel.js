// The drawing behind easel.py. `update` takes what the server says, `show` paints the stage that is looked at.
const part = (name) => element.querySelector('.' + name);
const picture = part('picture'), strip = part('strip'), scrub = part('scrub'), chart = part('chart');
const SVG = 'http://www.w3.org/2000/svg', MOST_TILES = 24;
let frames = [];  // {step, image}, the stages that are kept, in order
let run = '', resting = null, follows = true, turn = 0;

const value = () => props.value ?? {};
const address = (file) => file?.url ?? file;
function loaded(source) {
  const image = new Image();
  image.src = source;
  return image;
}

function update() {
  const {run: now = '', step = null, picture: shown, phase, line, note = '', share = null} = value();
  if (now !== run) [run, frames, follows] = [now, [], true];
  if (!run || shown == null) resting = shown ? loaded(address(shown)) : resting;
  else {
    const kept = new Set(value().kept), at = frames[+scrub.value];
    frames = frames.filter((frame) => kept.has(frame.step) && frame.step !== step);
    frames.push({step, image: loaded(shown)});
    // Whoever looks back goes on seeing the same stage, or the nearest one that is still kept.
    scrub.max = frames.length - 1;
    scrub.value = follows ? scrub.max : Math.max(0, frames.findLastIndex((frame) => frame.step <= at.step));
  }
  part('phase').textContent = phase ?? '';
  part('line').textContent = line ?? '';
  part('note').textContent = note;
  const bar = part('track');
  bar.style.visibility = share === null ? 'hidden' : '';
  bar.setAttribute('aria-valuenow', Math.round(100 * (share ?? 0)));
  bar.firstElementChild.style.width = 100 * (share ?? 0) + '%';
  part('reel').hidden = part('curves').hidden = !frames.length;
  show();
}

async function show() {
  const frame = frames[+scrub.value], image = frame ? frame.image : resting, mine = ++turn;
  const steps = value().steps;
  if (frame) {
    part('at').textContent = `step ${frame.step}`;
    scrub.setAttribute('aria-valuetext', `step ${frame.step} of ${steps}`);
    picture.setAttribute('aria-label', `The painting after step ${frame.step} of ${steps}`);
  } else picture.setAttribute('aria-label', value().line || 'The painting');
  if (image) {
    try { await image.decode(); } catch { return; }
    if (mine !== turn) return;  // a newer one overtook it
    picture.width = image.naturalWidth;
    picture.height = image.naturalHeight;
    picture.getContext('2d').drawImage(image, 0, 0);
  }
  tiles();
  curves();
}

const ready = (image) => image.complete && image.naturalWidth;

/** A row of stages over the slider, so many as fit. */
function tiles() {
  const width = strip.clientWidth, height = strip.clientHeight, last = frames.at(-1)?.image;
  if (!width || !last || !ready(last)) return;
  const scale = devicePixelRatio || 1, context = strip.getContext('2d'), gap = 2;
  strip.width = width * scale;
  strip.height = height * scale;
  context.scale(scale, scale);
  const aspect = Math.min(2.5, Math.max(0.5, last.naturalWidth / last.naturalHeight));
  const count = Math.min(MOST_TILES, frames.length, Math.max(2, Math.floor(width / (aspect * height))));
  const tile = Math.min((width + gap) / count, 1.5 * aspect * height), shown = +scrub.value;
  const place = (k) => count < 2 ? frames.length - 1 : Math.round(k * (frames.length - 1) / (count - 1));
  let nearest = 0;
  for (let k = 0; k < count; k++) if (Math.abs(place(k) - shown) < Math.abs(place(nearest) - shown)) nearest = k;
  for (let k = 0; k < count; k++) {
    const {image} = frames[place(k)];
    if (!ready(image)) continue;
    const w = tile - gap, fit = Math.max(w / image.naturalWidth, height / image.naturalHeight);
    const cutW = w / fit, cutH = height / fit;
    context.drawImage(image, (image.naturalWidth - cutW) / 2, (image.naturalHeight - cutH) / 2, cutW, cutH, k * tile, 0, w, height);
    if (k === nearest) {
      context.strokeStyle = getComputedStyle(scrub).accentColor;
      context.lineWidth = 3;
      context.strokeRect(k * tile + 1.5, 1.5, w - 3, height - 3);
    }
  }
  strip.places = [tile, count, place];
}

function make(tag, attributes, text = '') {
  const node = document.createElementNS(SVG, tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  node.textContent = text;
  chart.append(node);
}

/** Powers of ten, with 2 and 5 between them where there is room. */
function logarithmic(low, high) {
  const all = [];
  for (let power = Math.floor(low) - 1; power <= high; power++) {
    for (const factor of high - low > 2.2 ? [1] : [1, 2, 5]) {
      const y = power + Math.log10(factor);
      if (y >= low && y <= high) all.push([y, String(+(factor * 10 ** power).toPrecision(1))]);
    }
  }
  return all;
}

function rounded(most, count) {
  const rough = most / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((size) => size * power).find((size) => size >= rough);
  return Array.from({length: Math.floor(most / step + 1e-9) + 1}, (_, i) => +(i * step).toPrecision(6));
}

function curves() {
  chart.replaceChildren();
  const {curve = [], levels = [], steps = 1} = value();
  const width = chart.clientWidth, height = chart.clientHeight, em = parseFloat(getComputedStyle(chart).fontSize);
  if (!frames.length || !curve.length || !width) return;
  // A copy of the photograph has no content error at all: what begins at 0 must not squeeze the rest.
  const later = curve.filter(([step]) => step > 0.05 * steps), log = (error) => Math.log10(Math.max(error, 1e-4));
  const heights = (later.length ? later : curve).flatMap((point) => point.slice(1)).filter((error) => error !== null).map(log);
  const low = Math.min(...heights, -0.5) - 0.12, high = Math.max(...heights, 0) + 0.12;
  const left = 3.2 * em, right = width - 6.8 * em, floor = height - 2.5 * em, roof = 1.5 * em;
  const x = (step) => left + step / steps * (right - left);
  const y = (error) => floor - Math.min(1, Math.max(0, (log(error) - low) / (high - low))) * (floor - roof);
  for (const [at, name] of logarithmic(low, high)) {
    const level = floor - (at - low) / (high - low) * (floor - roof);
    make('line', {class: 'grid', x1: left, x2: right, y1: level, y2: level});
    make('text', {x: left - 0.4 * em, y: level + 0.3 * em, 'text-anchor': 'end'}, name);
  }
  for (const step of rounded(steps, right - left < 300 ? 3 : 6)) {
    make('text', {x: x(step), y: floor + 1.2 * em, 'text-anchor': 'middle'}, String(step));
  }
  make('text', {x: (left + right) / 2, y: height - 0.15 * em, 'text-anchor': 'middle'}, 'steps');
  let free = -1;
  for (const [step, w, h] of levels) {
    if (step > 1) make('line', {class: 'level', x1: x(step), x2: x(step), y1: roof, y2: floor});
    if (x(step) < free) continue;  // there is no room for its name
    make('text', {class: 'size', x: x(step) + 0.3 * em, y: roof - 0.4 * em}, `${w} x ${h}`);
    free = x(step) + 6 * em;
  }
  const frame = frames[+scrub.value];
  if (!follows && frame) make('line', {class: 'here', x1: x(frame.step), x2: x(frame.step), y1: roof, y2: floor});
  const ends = [1, 2].map((term) => curve.filter((point) => point[term] !== null).map((point) => [point[0], point[term]]));
  const said = [], names = ['style', 'content'];
  ends.forEach((points, i) => {
    if (!points.length) return;
    make('path', {class: names[i], d: 'M' + points.map(([step, error]) => `${x(step)},${y(error)}`).join('L')});
    said.push(`${names[i]} from ${points[0][1]} to ${points.at(-1)[1]}`);
  });
  // Both ends are named; where they meet, the names make room for each other.
  const tips = ends.map((points) => points.at(-1)), at = tips.map((tip) => tip && y(tip[1]));
  if (tips[0] && tips[1] && Math.abs(at[0] - at[1]) < 1.2 * em) {
    const middle = (at[0] + at[1]) / 2, up = at[0] <= at[1] ? 0 : 1;
    [at[up], at[1 - up]] = [middle - 0.6 * em, middle + 0.6 * em];
  }
  tips.forEach((tip, i) => {
    if (!tip) return;
    const [step, error] = tip;
    if (i) make('circle', {class: 'content', cx: x(step), cy: y(error), r: 4.5});
    else make('rect', {class: 'style', x: x(step) - 4.5, y: y(error) - 4.5, width: 9, height: 9});
    make('text', {class: 'now', x: x(step) + 0.7 * em, y: at[i] + 0.3 * em}, `${names[i]} ${+error.toPrecision(2)}`);
  });
  chart.setAttribute('aria-label', `Relative errors after ${curve.at(-1)[0]} of ${steps} steps: ${said.join(', ')}`);
}

function look(at) {
  scrub.value = at;
  follows = +scrub.value === frames.length - 1;
  show();
}
scrub.addEventListener('input', () => look(scrub.value));
strip.addEventListener('pointerdown', (event) => {
  const [tile, count, place] = strip.places ?? [];
  if (count) look(place(Math.min(count - 1, Math.floor(event.offsetX / tile))));
});
element.addEventListener('keydown', (event) => event.stopPropagation());  // arrows belong to the slider
new ResizeObserver(() => { tiles(); curves(); }).observe(element);
watch('value', update);
update();
