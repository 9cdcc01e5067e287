// The drawing behind growth.py: lines that grow on a logarithmic axis, and dashed ones for what there is time for.
const svg = element.querySelector('svg');
const SHAPES = [(r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`, (r) => `M0,${-1.4 * r}L${1.3 * r},${r}L${-1.3 * r},${r}z`,
  (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`];
const COLOURS = ['--tic-tac-toe', '--chess', '--go'];

function make(tag, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  if (text !== undefined) node.textContent = text;
  svg.append(node);
  return node;
}

/** 10 to the power of `log`, as people write it. */
function written(log) {
  if (log < 4) return String(10 ** log);
  const digits = {'-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹'};
  return '10' + [...String(log)].map((digit) => digits[digit]).join('');
}

function draw() {
  const {lines, times, most, label} = props.value ?? {lines: []};
  const width = svg.clientWidth, height = svg.clientHeight;
  svg.replaceChildren();
  if (!lines.length || !width) return;
  svg.setAttribute('aria-label', label);
  const em = parseFloat(getComputedStyle(svg).fontSize), roof = em, floor = height - 3 * em;
  const left = 3.2 * em, right = width - 5.5 * em, top = Math.max(...lines.flatMap((line) => line.logs));
  const x = (moves) => left + moves / most * (right - left), y = (log) => floor - log / top * (floor - roof);
  for (let log = 0; log <= top; log += 6) {
    make('line', {class: 'grid', x1: left, x2: right, y1: y(log), y2: y(log)});
    make('text', {x: left - 0.7 * em, y: y(log) + 0.35 * em, 'text-anchor': 'end'}, written(log));
  }
  const every = (right - left) / most < 1.6 * em ? 2 : 1;
  for (let moves = 0; moves <= most; moves += every) make('text', {x: x(moves), y: floor + 1.4 * em, 'text-anchor': 'middle'}, moves);
  make('text', {x: (left + right) / 2, y: height - 0.3 * em, 'text-anchor': 'middle'}, 'moves ahead');
  for (const {name, log} of times) {
    if (log > top) continue;
    make('line', {class: 'time', x1: left, x2: right, y1: y(log), y2: y(log)});
    make('text', {class: 'when', x: left + 0.5 * em, y: y(log) - 0.35 * em}, name);
  }
  lines.forEach(({name, logs, exact}, i) => {
    const style = `--colour: var(${COLOURS[i]})`, point = (n) => `${x(n).toFixed(1)},${y(logs[n]).toFixed(1)}`;
    const path = (from, to) => 'M' + logs.slice(from, to + 1).map((_, n) => point(from + n)).join('L');
    const known = Math.min(exact, logs.length - 1);
    make('path', {class: 'curve', style, d: path(0, known)});
    if (known < logs.length - 1) make('path', {class: 'curve guess', style, d: path(known, logs.length - 1)});
    logs.forEach((_, n) => make('path', {class: n > exact ? 'mark hollow' : 'mark', style, d: SHAPES[i](0.3 * em), transform: `translate(${point(n)})`}));
    const last = logs.length - 1;
    make('text', {class: 'name', style, x: x(last) + 0.7 * em, y: y(logs[last]) + 0.35 * em}, name);
  });
}

watch('value', draw);
new ResizeObserver(draw).observe(element);
draw();
