// The drawing behind loss_curve.py. `draw` is all of it; the page's size and type decide the measures.
const svg = element.querySelector('svg');
const SVG = 'http://www.w3.org/2000/svg';

function make(tag, attributes, text = '') {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  svg.append(node);
}

/** Round numbers within the range, about so many. */
function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((size) => size * power).find((size) => size >= rough);
  const all = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-6; i++) all.push(+(i * step).toPrecision(6));
  return all;
}

function draw() {
  svg.replaceChildren();
  const {points = [], passes = 1} = JSON.parse(JSON.stringify(props.value ?? {}));
  const width = svg.clientWidth, height = svg.clientHeight, em = parseFloat(getComputedStyle(svg).fontSize);
  if (!points.length || !width) return;
  const losses = points.map(([, loss]) => loss), top = Math.max(...losses), bottom = Math.min(...losses);
  const room = Math.max(0.1 * (top - bottom), 0.05), low = bottom - room, high = top + room;
  const left = 2.6 * em, right = width - 3.4 * em, floor = height - 2.4 * em, roof = 0.5 * em;
  const x = (pass) => left + (pass / passes) * (right - left);
  const y = (loss) => floor - ((loss - low) / (high - low)) * (floor - roof);
  for (const loss of ticks(low, high, 4)) {
    make('line', {class: 'grid', x1: left, x2: right, y1: y(loss), y2: y(loss)});
    make('text', {x: left - 0.4 * em, y: y(loss) + 0.3 * em, 'text-anchor': 'end'}, String(loss));
  }
  for (const pass of ticks(0, passes, Math.min(6, passes))) {
    make('text', {x: x(pass), y: floor + 1.1 * em, 'text-anchor': 'middle'}, String(pass));
  }
  make('text', {x: (left + right) / 2, y: height - 0.2 * em, 'text-anchor': 'middle'}, 'passes over the text');
  make('path', {class: 'line', d: 'M' + points.map(([pass, loss]) => `${x(pass)},${y(loss)}`).join('L')});
  const [pass, loss] = points.at(-1);
  make('circle', {cx: x(pass), cy: y(loss), r: 5});
  make('text', {class: 'now', x: x(pass) + 0.6 * em, y: y(loss) + 0.3 * em}, loss.toFixed(2));
  svg.setAttribute('aria-label',
    `Loss per pair over the passes: from ${losses[0].toFixed(2)} to ${loss.toFixed(2)} after ${+pass.toFixed(1)} passes`);
}

new ResizeObserver(draw).observe(svg);
watch('value', draw);
draw();
