// The browser's half of goban.py: the board as SVG. Lengths are in hundredths of the distance between two lines.
const part = (name) => element.querySelector('.' + name);
const wood = part('wood'), svg = part('picture'), note = part('note'), spoken = part('spoken');
const CELL = 100, LETTERS = 'ABCDEFGHJKLMNOPQRSTUVWXYZ', SMALL = 25; // pixels of a cell in which little can be read
const own = 'goban' + Math.random().toString(36).slice(2); // gradients of two boards must not share a name
let value = {size: 19, stones: ''}, cursor = null, hover = null, pending = null, armed = null, said = null, line = null;

const COLOURS = {black: 'X', white: 'O'};
const other = (colour) => colour === 'black' ? 'white' : 'black';
const margin = () => value.coordinates === false ? 75 : 118;
const span = () => (value.size - 1) * CELL + 2 * margin();
const x = (move) => margin() + (move % value.size) * CELL;
const y = (move) => margin() + Math.floor(move / value.size) * CELL;
const vertex = (move) => move === value.size ** 2 ? 'pass' : LETTERS[move % value.size] + (value.size - Math.floor(move / value.size));
const stone = (move) => value.stones[move] ?? '.';
const occupied = (move) => stone(move) !== '.';
const pixels = () => (wood.clientWidth || 600) / span() * CELL;
const open = () => props.interactive !== false && value.clicks !== 'none';
const percent = (share) => share >= 0.0095 || !share ? String(Math.round(100 * share)) : (100 * share).toFixed(1);

function make(parent, tag, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

const group = (name) => make(svg, 'g', {class: name});
const write = (parent, move, text, size, name = '') =>
  make(parent, 'text', {x: x(move), y: y(move), dy: '.35em', 'font-size': size, class: name}, text);

function gradients() {
  const defs = make(svg, 'defs', {});
  for (const [colour, stops] of [['black', ['#5d6064', '#26282b', '#0c0d0e']], ['white', ['#ffffff', '#f6f4ef', '#d6d2c8']]]) {
    const shade = make(defs, 'radialGradient', {id: own + colour, cx: '.36', cy: '.32', r: '.72'});
    stops.forEach((colour, i) => make(shade, 'stop', {offset: [0, 0.45, 1][i], 'stop-color': colour}));
  }
}

function starPoints(size) {
  if (size < 7) return size % 2 ? [[(size - 1) / 2, (size - 1) / 2]] : [];
  const edge = size < 13 ? 2 : 3, lines = [edge, size - 1 - edge], middle = (size - 1) / 2, stars = [];
  for (const row of lines) for (const column of lines) stars.push([row, column]);
  if (size % 2) stars.push([middle, middle]);
  if (size % 2 && size > 13) for (const at of lines) stars.push([at, middle], [middle, at]);
  return stars;
}

function grid() {
  const {size} = value, lines = group('lines'), low = margin(), high = low + (size - 1) * CELL;
  for (let i = 0; i < size; i++) {
    const at = low + i * CELL;
    make(lines, 'path', {d: `M${low},${at}H${high}M${at},${low}V${high}`});
  }
  make(lines, 'rect', {class: 'edge', x: low, y: low, width: high - low, height: high - low});
  for (const [row, column] of starPoints(size)) make(lines, 'circle', {class: 'star', cx: low + column * CELL, cy: low + row * CELL, r: 11});
  if (value.coordinates === false) return;
  const names = group('coordinates'), font = Math.min(60, Math.max(38, 11 / pixels() * CELL)), aside = 69;
  for (let i = 0; i < size; i++) {
    const at = low + i * CELL;
    for (const edge of [low - aside, high + aside]) {
      make(names, 'text', {x: at, y: edge, dy: '.35em', 'font-size': font}, LETTERS[i]);
      make(names, 'text', {x: edge, y: at, dy: '.35em', 'font-size': font}, size - i);
    }
  }
}

function heat() {
  if (!value.heat) return;
  const layer = group('heat');
  value.heat.forEach((share, move) => {
    // Probabilities fall off steeply: the root lets the second and third thoughts be seen too.
    const strength = Math.min(0.9, 1.5 * Math.sqrt(share));
    if (strength > 0.06 && !occupied(move)) make(layer, 'rect', {x: x(move) - 50, y: y(move) - 50, width: 100, height: 100, opacity: strength.toFixed(3)});
  });
}

function disc(parent, move, colour, name = '') {
  const stone = make(parent, 'g', {class: `stone ${colour} ${name}`});
  make(stone, 'circle', {class: 'shadow', cx: x(move) + 3, cy: y(move) + 6, r: 47});
  make(stone, 'circle', {class: 'body', cx: x(move), cy: y(move), r: 47, fill: `url(#${own}${colour})`});
  return stone;
}

function stones() {
  const layer = group('stones'), dead = new Set(value.dead);
  [...value.stones].forEach((what, move) => {
    if (what !== '.') disc(layer, move, what === 'X' ? 'black' : 'white', dead.has(move) ? 'dead' : '');
  });
  if (pending !== null && !occupied(pending) && pending < value.size ** 2 && value.clicks !== 'any') disc(layer, pending, value.to_play, 'pending');
}

function ownership() {
  if (!value.ownership) return;
  const layer = group('ownership');
  value.ownership.forEach((owner, move) => {
    const side = 62 * Math.sqrt(Math.abs(owner));
    // A stone that lives needs no mark; one whose point will be the other's does.
    const same = stone(move) === (owner > 0 ? 'X' : 'O');
    if (side > 14 && !same) make(layer, 'rect', {class: owner > 0 ? 'black' : 'white', x: x(move) - side / 2, y: y(move) - side / 2, width: side, height: side, rx: 4});
  });
}

function marks() {
  const layer = group('marks'), numbered = new Map(value.numbers);
  for (const [move, number] of numbered) {
    if (occupied(move)) write(layer, move, number, number > 99 ? 40 : 48, (stone(move) === 'X' ? 'on-black' : 'on-white') + (move === value.last ? ' newest' : ''));
  }
  if (value.last != null && occupied(value.last) && !numbered.has(value.last)) {
    make(layer, 'circle', {class: 'last ' + (stone(value.last) === 'X' ? 'on-black' : 'on-white'), cx: x(value.last), cy: y(value.last), r: 21});
  }
  for (const move of value.dead ?? []) {
    make(layer, 'path', {class: 'cross', d: `M${x(move) - 26},${y(move) - 26}l52,52m0,-52l-52,52`});
  }
  for (const [move, text] of value.letters ?? []) {
    if (!occupied(move)) make(layer, 'circle', {class: 'clearing', cx: x(move), cy: y(move), r: 34});
    write(layer, move, text, 56, 'letter ' + (occupied(move) ? stone(move) === 'X' ? 'on-black' : 'on-white' : ''));
  }
}

function candidates() {
  const found = (value.candidates ?? []).filter(({move}) => move < value.size ** 2), size = pixels();
  const layer = group('candidates');
  // From the last to the first, so that the best lies on top.
  [...found].reverse().forEach((candidate) => {
    const {move, share, visits} = candidate, rank = (value.candidates.indexOf(candidate) + 1), best = rank === 1;
    const one = make(layer, 'g', {class: 'candidate' + (best ? ' best' : '')});
    make(one, 'circle', {cx: x(move), cy: y(move), r: 48});
    if (size < SMALL) return write(one, move, rank, 62, 'rank');
    const third = visits != null && size >= 38;
    const say = (text, dy, font, name) => make(one, 'text', {x: x(move), y: y(move) + dy, dy: '.35em', 'font-size': font, class: name}, text);
    say(rank, third ? -25 : -17, third ? 30 : 38, 'rank');
    const shown = percent(share) + '%';
    say(shown, third ? 2 : 18, shown.length > 3 ? 32 : 38, 'share');
    if (third) say(visits, 27, 25, 'visits');
  });
}

/** What would be played on: translucent stones with their order. */
function variation() {
  const moves = line ?? value.line ?? [];
  const layer = group('line'), seen = new Set();
  let colour = value.to_play;
  moves.forEach((move, i) => {
    if (move < value.size ** 2 && !occupied(move) && !seen.has(move)) {
      seen.add(move);
      disc(layer, move, colour, 'thought');
      write(layer, move, i + 1, 48, colour === 'black' ? 'on-black' : 'on-white');
    }
    colour = other(colour);
  });
}

function pointer() {
  svg.querySelector('.pointer')?.remove();
  const layer = group('pointer');
  const ghost = armed ?? hover, playable = ghost !== null && open() && ghost !== pending;
  if (playable && value.clicks !== 'any' && !occupied(ghost) && !(value.forbidden ?? []).includes(ghost)) disc(layer, ghost, value.to_play, 'ghost');
  else if (playable && value.clicks === 'any') make(layer, 'circle', {class: 'aim', cx: x(ghost), cy: y(ghost), r: 50});
  if (cursor !== null) make(layer, 'circle', {class: 'cursor', cx: x(cursor), cy: y(cursor), r: 54});
}

function draw() {
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${span()} ${span()}`);
  gradients();
  make(svg, 'rect', {class: 'surface', width: span(), height: span(), rx: 24});
  for (const layer of [grid, heat, stones, ownership, marks, variation, candidates, pointer]) layer();
}

function describe(move) {
  const what = {X: 'Black', O: 'White'}[stone(move)];
  const parts = [what ? `${vertex(move)}: ${what}` : `${vertex(move)}: empty`];
  const rank = (value.candidates ?? []).findIndex((candidate) => candidate.move === move);
  if (rank >= 0) parts.push(`candidate ${rank + 1}, ${percent(value.candidates[rank].share)} percent`);
  else if (value.heat && !what) parts.push(`${percent(value.heat[move])} percent`);
  if ((value.forbidden ?? []).includes(move)) parts.push('not allowed');
  if ((value.dead ?? []).includes(move)) parts.push('dead');
  return parts.join(', ');
}

function say(text) {
  // The same words twice in a row would not be spoken again.
  spoken.textContent = spoken.textContent === text ? text + '\u00a0' : text;
}

function update() {
  if (!props.value?.size) return;
  const before = value;
  value = {...props.value};
  pending = armed = null;
  if (before.size !== value.size) cursor = hover = null;
  const {last, to_play: next} = value, moved = before.turn !== value.turn && last != null;
  note.textContent = value.note ?? '';
  wood.setAttribute('aria-label', `Go board, ${value.size} by ${value.size}, ${next} to play. ` +
    (open() ? 'Arrow keys move, Enter plays, P passes.' : ''));
  if (moved && said !== value.turn) {
    const colour = occupied(last) ? (stone(last) === 'X' ? 'Black' : 'White') : other(next) === 'black' ? 'Black' : 'White';
    say(`${colour} ${vertex(last)}`);
  }
  said = value.turn;
  draw();
}

function send(event) {
  if (open()) trigger('input', {...event, turn: value.turn ?? ''});
}

function play(move) {
  if (!open()) return;
  if (value.clicks !== 'any' && move < value.size ** 2 && occupied(move)) return say(`${describe(move)}. There is a stone already.`);
  if (pending !== null && value.clicks !== 'any') return; // the answer to the last click is under way
  pending = move;
  // Where the server says nothing, as to a click that came late, the board is free again after a while.
  setTimeout(() => { if (pending === move) { pending = null; draw(); } }, 3000);
  if ((value.forbidden ?? []).includes(move)) pending = null;
  send({move});
  draw();
}

function pointAt(event) {
  const box = svg.getBoundingClientRect(), scale = span() / box.width;
  const column = Math.round(((event.clientX - box.left) * scale - margin()) / CELL);
  const row = Math.round(((event.clientY - box.top) * scale - margin()) / CELL);
  const inside = row >= 0 && column >= 0 && row < value.size && column < value.size;
  return inside ? row * value.size + column : null;
}

svg.addEventListener('pointermove', (event) => {
  const at = event.pointerType === 'touch' ? null : pointAt(event);
  if (at === hover) return;
  hover = at;
  pointer();
});
svg.addEventListener('pointerleave', () => { hover = null; pointer(); });
svg.addEventListener('click', (event) => {
  const at = pointAt(event);
  if (at === null) return;
  cursor = wood.matches(':focus-visible') ? at : null;
  // Under a finger points are small: the first touch shows where, the second one plays.
  if (event.pointerType === 'touch' && pixels() < 24 && value.clicks !== 'any' && armed !== at && !occupied(at)) {
    armed = at;
    note.textContent = `${vertex(at)}: touch it again to play there.`;
    return pointer();
  }
  play(at);
});

wood.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const {size} = value, step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  const letter = event.key.toLowerCase();
  if (step) {
    const from = cursor ?? (value.last != null && value.last < size * size ? value.last : Math.floor(size * size / 2));
    const row = Math.floor(from / size) + step[0], column = from % size + step[1];
    if (cursor === null) cursor = from;
    else if (row >= 0 && column >= 0 && row < size && column < size) cursor = row * size + column;
    pointer();
    say(describe(cursor));
  } else if ((event.key === 'Enter' || event.key === ' ') && cursor !== null) play(cursor);
  else if (letter === 'p' && open() && value.clicks !== 'any') play(size * size);
  else if (letter.length === 1 && (value.keys ?? '').includes(letter)) send({key: letter});
  else return;
  event.preventDefault();
  event.stopPropagation(); // the gallery's own keys move between demos
});
wood.addEventListener('blur', () => { cursor = null; pointer(); });

// For whoever looks at the board from outside: tests, and lists that show a variation while one points at it.
wood.goban = {value: () => value, show: (moves) => { line = moves; draw(); }, place: (move) => {
  const box = svg.getBoundingClientRect(), scale = box.width / span();
  return [box.left + x(move) * scale, box.top + y(move) * scale];
}};
watch('value', update);
new ResizeObserver(draw).observe(wood);
update();
