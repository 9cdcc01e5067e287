// The browser's half of the quiz: draws what Python decided, and sends what was pressed.
const part = (selector) => element.querySelector(selector);
const faces = [...element.querySelectorAll('.face')];
let waiting = 0; // until when an answer of the server is awaited, in milliseconds
let drawn = ''; // what was on show

const seen = () => element.offsetParent !== null;

function make(tag, text = '', className = '') {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

function thumbnail(source, alt) {
  const image = document.createElement('img');
  [image.src, image.alt] = [source, alt];
  return image;
}

function draw() {
  const value = props.value;
  waiting = 0;
  const done = value.rows.length > 0, shown = Boolean(value.right);
  part('.asking').hidden = done;
  part('.result').hidden = !done;
  part('.question').textContent = shown ? value.verdict : 'Which of the two is a real person?';
  part('.count').textContent = `Pair ${value.question + 1} of ${value.questions}, sequence ${value.seed}`;
  part('.told').textContent = value.told;
  faces.forEach((face) => {
    const letter = face.dataset.letter, source = value.faces[letter];
    const image = face.querySelector('img');
    if (source && image.getAttribute('src') !== source) image.src = source;
    face.classList.toggle('real', shown && letter === value.right);
    face.classList.toggle('made', shown && letter !== value.right);
    face.classList.toggle('mine', shown && letter === value.mine);
    face.querySelector('.truth').textContent = !shown ? '' : letter === value.right ? 'real' : 'does not exist';
    face.setAttribute('aria-pressed', String(shown && letter === value.mine));
    image.alt = shown ? `Face ${letter}: ${letter === value.right ? 'a real person' : 'a person who does not exist'}` : `Face ${letter}`;
  });
  part('.verdict').textContent = done ? value.verdict : '';
  part('tbody').replaceChildren(...value.rows.map((row, i) => {
    const line = document.createElement('tr');
    const real = make('td'), made = make('td');
    real.append(thumbnail(row.real, `Pair ${i + 1}, real`));
    made.append(thumbnail(row.made, `Pair ${i + 1}, made up`));
    const mark = (right) => make('td', right ? '✓ right' : '✗ wrong', right ? 'right' : 'wrong');
    line.append(make('td', String(i + 1)), real, made, mark(row.mine), mark(row.machine));
    return line;
  }));
  part('.next').hidden = !shown || done;
  part('.next').firstChild.textContent = value.question + 1 === value.questions ? 'The result ' : 'Next pair ';
  part('.again').hidden = !done;
  bar('.people', value.score[0], value.answered);
  bar('.network', value.score[1], value.answered);
  hints(shown, done);
  const now = `${value.seed}/${value.question}/${shown}/${done}`;
  const active = document.activeElement;
  if (now !== drawn && drawn && (active === document.body || element.contains(active))) {
    (done ? part('.again') : shown ? part('.next') : faces[0]).focus({preventScroll: true});
  }
  drawn = now;
}

function bar(place, right, answered) {
  part(`${place} i`).style.width = `${answered ? (100 * right) / props.value.questions : 0}%`;
  part(`${place} span`).textContent = answered ? `${right} of ${answered}` : '–';
}

function hints(shown, done) {
  const all = done ? [[['Enter'], 'ten other pairs']] : shown ? [[['Enter'], 'go on']] : [[['←', 'A'], 'A is real'], [['→', 'B'], 'B is real']];
  all.push([['F'], 'full screen']);
  part('.keys').replaceChildren(...all.map(([keys, text]) => {
    const hint = make('span');
    for (const key of keys) hint.append(make('kbd', key), ' ');
    hint.append(text);
    return hint;
  }));
}

/** One request at a time. Python ignores what belongs to another question. */
function act(what, data = {}) {
  if (Date.now() < waiting) return;
  waiting = Date.now() + 4000;
  trigger('act', {what, question: props.value.question, ...data});
}
const answer = (letter) => !props.value.right && !props.value.rows.length && act('answer', {letter});

faces.forEach((face) => face.addEventListener('click', () => answer(face.dataset.letter)));
part('.next').addEventListener('click', () => act('next'));
part('.again').addEventListener('click', () => act('again'));
part('.whole').addEventListener('click', fullScreen);
part('.whole').hidden = !document.fullscreenEnabled;

/** The board alone, for the hall. */
async function fullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await part('.board').requestFullscreen();
}

const TYPING = 'input, textarea, select, [contenteditable=true], [role=listbox], [role=combobox]';
function pressed(event) {
  if (!element.isConnected) return document.removeEventListener('keydown', pressed, true);
  if (!seen() || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.(TYPING)) return;
  const inside = element.contains(event.target) || event.target === document.body;
  const key = event.key.toLowerCase(), value = props.value;
  const letter = {arrowleft: 'A', arrowright: 'B', a: 'A', b: 'B'}[key];
  if (letter && (inside || !key.startsWith('arrow'))) answer(letter);
  else if (key === 'enter' && inside && !event.target.closest?.('button')) {
    if (value.rows.length) act('again');
    else if (value.right) act('next');
    else return;
  } else if (key === 'f' && document.fullscreenEnabled) fullScreen();
  else return;
  event.preventDefault();
  event.stopPropagation(); // the gallery's own arrow keys move between tabs
}
document.addEventListener('keydown', pressed, true);

watch('value', draw);
draw();
