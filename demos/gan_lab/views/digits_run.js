// The drawing behind LiveRun: the newest page, and both losses over the steps.
const part = (name) => element.querySelector('.' + name);
const page = part('page'), chart = part('chart');
const SVG = 'http://www.w3.org/2000/svg';
// Where the discriminator says one half of everything: 2 ln 2.
const GUESSING = 2 * Math.log(2);
let turn = 0;

const value = () => props.value ?? {};

async function update() {
  const {sheet, phase = '', line = ''} = value(), mine = ++turn;
  part('phase').textContent = phase;
  part('line').textContent = line;
  curves();
  if (!sheet) {
    page.hidden = true;
    return;
  }
  const image = new Image();
  image.src = sheet;
  try { await image.decode(); } catch { return; }
  if (mine !== turn) return;  // a newer one overtook it
  page.hidden = false;
  page.width = image.naturalWidth;
  page.height = image.naturalHeight;
  page.getContext('2d').drawImage(image, 0, 0);
  page.setAttribute('aria-label', `60 pictures drawn at this step. ${phase}`);
}

function make(tag, attributes, text = '') {
  const node = document.createElementNS(SVG, tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  node.textContent = text;
  chart.append(node);
}

function rounded(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((size) => size * power).find((size) => size >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({length: Math.floor(high / step + 1e-9) - first + 1}, (_, i) => +((first + i) * step).toPrecision(9));
}

const powers = (low, high) => [1, 10, 100, 1000, 10000].flatMap((power) => [1, 2, 5].map((size) => size * power))
  .filter((step) => step >= low && step <= high);

function curves() {
  chart.replaceChildren();
  const {curve = [], range = [0, 1], logarithmic = false, here = null} = value();
  const width = chart.clientWidth, height = chart.clientHeight, em = parseFloat(getComputedStyle(chart).fontSize);
  if (!width) return;
  const scale = (step) => logarithmic ? Math.log10(Math.max(step, range[0])) : step;
  const [from, to] = range.map(scale), small = 0.88 * em;
  const left = 2.4 * em, right = width - 1.2 * em, floor = height - 2.6 * em, roof = 0.8 * em;
  const top = Math.max(2, ...curve.flatMap((point) => point.slice(1))) * 1.06;
  const x = (step) => left + (scale(step) - from) / (to - from) * (right - left);
  const y = (loss) => floor - Math.max(0, loss) / top * (floor - roof);
  for (const loss of rounded(0, top, 4)) {
    make('line', {class: 'grid', x1: left, x2: right, y1: y(loss), y2: y(loss)});
    make('text', {x: left - 0.4 * em, y: y(loss) + 0.3 * em, 'text-anchor': 'end'}, String(loss));
  }
  let free = -Infinity;
  for (const step of logarithmic ? powers(...range) : rounded(...range, right - left < 360 ? 3 : 6)) {
    const name = step.toLocaleString('en'), half = 0.3 * small * name.length;
    if (x(step) - half < free) continue;  // there is no room for its name
    make('text', {x: x(step), y: floor + 1.2 * em, 'text-anchor': 'middle'}, name);
    free = x(step) + half + 0.7 * em;
  }
  make('text', {x: (left + right) / 2, y: height - 0.15 * em, 'text-anchor': 'middle'},
    logarithmic ? 'steps, on a logarithmic axis' : 'steps');
  make('line', {class: 'even', x1: left, x2: right, y1: y(GUESSING), y2: y(GUESSING)});
  const said = [];
  ['discriminator', 'generator'].forEach((name, i) => {
    const points = curve.map((point) => [point[0], point[1 + i]]);
    if (!points.length) return;
    make('path', {class: name, d: 'M' + points.map(([step, loss]) => `${x(step)},${y(loss)}`).join('L')});
    const [step, loss] = points.at(-1);
    if (i) make('circle', {class: name, cx: x(step), cy: y(loss), r: 4.5});
    else make('rect', {class: name, x: x(step) - 4.5, y: y(loss) - 4.5, width: 9, height: 9});
    said.push(`${name} from ${points[0][1]} to ${loss}`);
  });
  if (here !== null) {
    const place = x(Math.max(Number(here), range[0]));
    make('line', {class: 'here', x1: place, x2: place, y1: roof, y2: floor});
  }
  // Last, so that it stands before the curves.
  make('text', {class: 'guess', x: right, y: y(GUESSING) - 0.4 * em, 'text-anchor': 'end'},
    '1.39: the discriminator can only guess');
  chart.setAttribute('aria-label', curve.length ? `Losses over the steps: ${said.join(', ')}` : 'Losses, none yet');
}

new ResizeObserver(curves).observe(element);
watch('value', update);
update();
