// The drawing behind FilmStrip. All moments travel in one picture, so looking at another needs no server.
const part = (name) => element.querySelector('.' + name);
const strip = part('strip'), page = part('page'), scrub = part('scrub'), play = part('play');
const SIDE = 28, ROWS = 6, BETWEEN = 700;  // milliseconds between two moments of a film that plays
let sheet = null, source = '', turn = 0, timer = 0;

const value = () => props.value ?? {};
const at = () => Math.max(0, (value().moments ?? []).indexOf(value().moment));

async function update() {
  const {sheet: file, moments = [], read = []} = value(), address = file?.url ?? file;
  scrub.max = moments.length - 1;
  if (strip.children.length !== moments.length) {
    strip.replaceChildren(...moments.map((moment) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(document.createElement('canvas'), document.createElement('b'), document.createElement('span'));
      return button;
    }));
  }
  [...strip.children].forEach((button, i) => {
    const [, step, share] = button.children;
    step.textContent = Number(moments[i]).toLocaleString('en');
    share.textContent = read[i];
    button.setAttribute('aria-label', `Step ${moments[i]}, the judge reads ${read[i]}`);
  });
  if (address && address !== source) {
    const image = new Image(), mine = ++turn;
    image.src = address;
    try { await image.decode(); } catch { return; }
    if (mine !== turn) return;  // a newer one overtook it
    [sheet, source] = [image, address];
    [...strip.querySelectorAll('canvas')].forEach((canvas, i) => {
      // Two columns and two rows out of the middle of each page.
      canvas.width = canvas.height = 2 * SIDE;
      canvas.getContext('2d').drawImage(sheet, -2 * SIDE, -i * ROWS * SIDE);
    });
  }
  show();
}

function show() {
  const {across = 10, moments = [], told = [], columns = '', which = ''} = value(), now = at();
  [...strip.children].forEach((button, i) => button.setAttribute('aria-pressed', i === now));
  const pressed = strip.children[now];  // on a phone not all fit
  if (pressed) strip.scrollLeft = pressed.offsetLeft - (strip.clientWidth - pressed.offsetWidth) / 2;
  scrub.value = now;
  scrub.setAttribute('aria-valuetext', `step ${moments[now]}`);
  element.querySelector('output').textContent = `step ${Number(moments[now]).toLocaleString('en')}`;
  part('told').textContent = told[now] ?? '';
  page.setAttribute('aria-label',
    `60 ${which} drawn after ${moments[now]} steps. Six rows, each from one noise; ten columns: ${columns}`);
  part('columns').textContent = `Columns: ${columns}. Rows: one noise each.`;
  if (!sheet) return;
  page.width = across * SIDE;
  page.height = ROWS * SIDE;
  page.getContext('2d').drawImage(sheet, 0, -now * ROWS * SIDE);
}

function look(index) {
  const moment = value().moments?.[index];
  if (moment === undefined || moment === value().moment) return;
  props.value = {...value(), moment};
  show();
  trigger('select', {index, value: moment});
}

function rest() {
  clearInterval(timer);
  timer = 0;
  play.textContent = 'Play';
}

function tick() {
  if (!element.isConnected || at() >= value().moments.length - 1) rest();
  else look(at() + 1);
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button !== play) {
    rest();
    look([...strip.children].indexOf(button));
  } else if (timer) rest();
  else {
    if (at() === value().moments.length - 1) look(0);
    play.textContent = 'Pause';
    timer = setInterval(tick, BETWEEN);
  }
});
scrub.addEventListener('input', () => { rest(); look(+scrub.value); });
element.addEventListener('keydown', (event) => event.stopPropagation());  // arrows belong to the slider
watch('value', update);
update();
