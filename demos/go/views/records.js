// The browser's half of records.py: what the network thinks of a move, the curve of the game, and the arrow keys.
const part = (name) => element.querySelector(name);
const curve = part('.curve');
const TYPING = 'input, textarea, select, [contenteditable=true], [role=slider], [role=listbox], [role=combobox], [role=tablist]';
const BUTTONS = {ArrowLeft: 'back', ArrowRight: 'forward', Home: 'first', End: 'last'};
let span = null; // left and right end of the curve and the last move, to find what was clicked

function add(parent, tag, name, text) {
  const node = document.createElement(tag);
  node.className = name;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function make(tag, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  if (text !== undefined) node.textContent = text;
  curve.append(node);
}

function drawList() {
  const {colour = '', title = '', verdict = '', rows = []} = props.value ?? {};
  part('.move i').className = colour;
  part('.move span').textContent = title;
  part('.verdict').textContent = verdict;
  const list = part('.list');
  list.replaceChildren();
  for (const {rank, name, share, text, played} of rows) {
    const row = add(list, 'li', (played ? 'played' : '') + (rank > rows.length ? ' far' : ''));
    add(row, 'span', 'rank', `${rank}.`);
    add(row, 'span', 'name', name);
    add(add(row, 'span', 'track'), 'i', '').style.width = `${100 * share}%`;
    add(row, 'span', 'share', text);
    if (played) row.setAttribute('aria-current', 'true');
  }
}

function drawCurve() {
  curve.replaceChildren();
  const {curve: rates = [], at = 0, moment = 0} = props.value ?? {};
  const width = curve.clientWidth, height = curve.clientHeight, most = rates.length - 1;
  if (most < 1 || !width) return;
  const em = parseFloat(getComputedStyle(curve).fontSize), left = 3.3 * em, right = width - 0.6 * em;
  const roof = 1.5 * em, floor = height - 1.5 * em;
  const x = (number) => left + number / most * (right - left), y = (rate) => floor - rate * (floor - roof);
  span = [left, right, most];
  make('rect', {class: 'ground', x: left, y: roof, width: right - left, height: floor - roof, rx: 4});
  make('line', {class: 'even', x1: left, x2: right, y1: y(0.5), y2: y(0.5)});
  for (const rate of [0, 0.5, 1]) {
    make('text', {x: left - 0.4 * em, y: y(rate) + (rate === 1 ? 0.7 : rate ? 0.35 : 0) * em, 'text-anchor': 'end'}, `${100 * rate} %`);
  }
  for (let number = 0; number <= most; number += 50) make('text', {x: x(number), y: height - 0.2 * em, 'text-anchor': 'middle'}, number);
  const points = rates.map((rate, number) => `${x(number).toFixed(1)},${y(rate).toFixed(1)}`);
  make('path', {class: 'area', d: `M${x(0)},${y(0.5)}L${points.join('L')}L${x(most)},${y(0.5)}z`});
  make('path', {class: 'line', d: 'M' + points.join('L')});
  make('line', {class: 'moment', x1: x(moment), x2: x(moment), y1: roof, y2: floor});
  make('text', {class: 'famous', x: x(moment), y: roof - 0.4 * em, 'text-anchor': moment / most < 0.1 ? 'start' : 'middle'}, `move ${moment}`);
  make('line', {class: 'here', x1: x(at), x2: x(at), y1: roof, y2: floor});
  make('circle', {class: 'now', cx: x(at), cy: y(rates[at]), r: 0.36 * em});
  curve.setAttribute('aria-label', `Black's win rate over ${most} moves; after move ${at} it is ${Math.round(100 * rates[at])} percent`);
}

function draw() {
  drawList();
  drawCurve();
}

curve.addEventListener('click', (event) => {
  if (!span) return;
  const [left, right, most] = span, share = (event.clientX - curve.getBoundingClientRect().left - left) / (right - left);
  trigger('select', {number: Math.max(0, Math.min(most, Math.round(share * most)))});
});

// Before the board and the gallery hear of them: arrows step through the game wherever one has clicked. Whoever
// came to the board by keyboard has them for its cursor.
let tabbed = false;
const pointed = () => { tabbed = false; };
function step(event) {
  if (!element.isConnected) {
    document.removeEventListener('keydown', step, true);
    return document.removeEventListener('pointerdown', pointed, true);
  }
  tabbed ||= event.key === 'Tab';
  if (!element.offsetWidth || event.ctrlKey || event.metaKey || event.altKey || !(event.key in BUTTONS)) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(TYPING) || (tabbed && target.closest('.wood'))) return;
  event.preventDefault();
  event.stopPropagation();
  document.querySelector(`.go-record-${BUTTONS[event.key]}`)?.click();
}
document.addEventListener('keydown', step, true);
document.addEventListener('pointerdown', pointed, true);
watch('value', draw);
new ResizeObserver(drawCurve).observe(element);
draw();
