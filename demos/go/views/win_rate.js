// The drawing behind win_rate.py. Win rates are Black's; the curve's upper half is Black's, too.
const part = (name) => element.querySelector('.' + name);
const bar = part('balance'), curve = part('curve'), list = part('mistakes');
const whole = (share) => Math.round(100 * share);
let held = {}; // what is not said again stays
const value = () => held;
const names = {black: 'Black', white: 'White'};
let span = null; // left, right and last position of the curve, to find what was clicked

function make(tag, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  if (text !== undefined) node.textContent = text;
  curve.append(node);
  return node;
}

function drawBar() {
  const {black = null} = value(), known = black !== null;
  bar.hidden = !known;
  if (!known) return;
  bar.firstElementChild.style.width = `${100 * black}%`;
  part('black').textContent = `Black ${whole(black)} %`;
  part('white').textContent = `White ${100 - whole(black)} %`;
  bar.setAttribute('aria-label', `Win rate: Black ${whole(black)} percent, White ${100 - whole(black)} percent`);
}

function drawCurve() {
  const {curve: rates = [], last = 0, at = 0, mistakes = []} = value();
  part('game').hidden = !rates.length;
  curve.replaceChildren();
  const width = curve.clientWidth, height = curve.clientHeight;
  if (!rates.length || !width) return;
  const em = parseFloat(getComputedStyle(curve).fontSize), left = 3.1 * em, right = width - 0.6 * em;
  const roof = 0.6 * em, floor = height - 1.5 * em, most = Math.max(1, last);
  const x = (number) => left + number / most * (right - left), y = (rate) => floor - rate * (floor - roof);
  span = [left, right, most];
  make('rect', {class: 'ground', x: left, y: roof, width: right - left, height: floor - roof, rx: 4});
  for (const rate of [0, 0.5, 1]) {
    make('line', {class: rate === 0.5 ? 'even' : 'edge', x1: left, x2: right, y1: y(rate), y2: y(rate)});
    make('text', {x: left - 0.4 * em, y: y(rate) + (rate === 1 ? 0.7 : rate ? 0.35 : 0) * em, 'text-anchor': 'end'}, `${100 * rate} %`);
  }
  const step = [10, 20, 50, 100, 200, 500].find((size) => most / size <= (right - left) / (4 * em)) ?? 500;
  for (let number = 0; number <= most; number += step) make('text', {x: x(number), y: height - 0.2 * em, 'text-anchor': 'middle'}, number);
  const known = (number) => rates[number] != null, point = (number) => `${x(number).toFixed(1)},${y(rates[number]).toFixed(1)}`;
  for (let begin = 0; begin < rates.length; begin++) {
    if (!known(begin)) continue;
    const points = [];
    let end = begin;
    while (known(end)) points.push(point(end++));
    make('path', {class: 'area', d: `M${x(begin)},${y(0.5)}L${points.join('L')}L${x(end - 1)},${y(0.5)}z`});
    make('path', {class: 'line', d: 'M' + points.join('L') + (points.length === 1 ? 'h.1' : '')});
    begin = end;
  }
  for (const {number} of mistakes) make('circle', {class: 'mistake', cx: x(number), cy: y(rates[number]), r: 0.36 * em});
  make('line', {class: 'here', x1: x(at), x2: x(at), y1: roof, y2: floor});
  if (known(at)) make('circle', {class: 'now', cx: x(at), cy: y(rates[at]), r: 0.3 * em});
  for (const [name, content] of [['valuemin', 0], ['valuemax', most], ['valuenow', at],
    ['valuetext', known(at) ? `Move ${at}, Black ${whole(rates[at])} percent` : `Move ${at}`]]) curve.setAttribute('aria-' + name, content);
}

function drawMistakes() {
  const {mistakes = []} = value();
  list.hidden = !mistakes.length;
  list.replaceChildren(list.firstElementChild, ...mistakes.map(({number, text, colour, drop}) => {
    const button = document.createElement('button'), name = document.createElement('b'), fall = document.createElement('span');
    button.type = 'button';
    button.className = colour;
    name.textContent = text;
    fall.textContent = `−${whole(drop)} %`;
    button.setAttribute('aria-label', `${names[colour]}, move ${text}, lost ${whole(drop)} percent`);
    button.append(name, ' ', fall);
    button.onclick = () => trigger('select', {number: number - 1}); // the choice is before the mistake
    return button;
  }));
}

function draw() {
  held = {...held, ...props.value};
  drawBar();
  drawCurve();
  drawMistakes();
}

const go = (number) => trigger('select', {number: Math.max(0, Math.min(span[2], number))});
curve.addEventListener('click', (event) => {
  if (!span) return;
  const [left, right, most] = span, at = event.clientX - curve.getBoundingClientRect().left;
  go(Math.round((at - left) / (right - left) * most));
});
curve.addEventListener('keydown', (event) => {
  const {at = 0, last = 0} = value();
  const goal = {ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + 10, PageDown: at - 10, Home: 0, End: last}[event.key];
  if (goal === undefined || !span) return;
  event.preventDefault();
  event.stopPropagation();
  go(goal);
});
watch('value', draw);
new ResizeObserver(drawCurve).observe(element);
draw();
