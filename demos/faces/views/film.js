// The player behind film.py. Frames lie side by side in rows that arrive one after the other; it plays what is there.
const part = (name) => element.querySelector('.' + name);
const canvas = element.querySelector('canvas'), scrub = part('scrub'), button = part('play');
const context = canvas.getContext('2d');
let rows = [];  // {image, count}, loaded or about to be
let run = null, place = 0, step = 1, playing = false, before = 0;

const value = () => props.value ?? {};
const frames = () => value().frames ?? 1;
const address = (file) => file?.url ?? file;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

function update() {
  const {run: now, reels = [], line = '', at = -1, seek = -1} = value();
  if (now !== run) {
    [run, rows, step] = [now, [], 1];
    rest(at);
    play(at < 0 && !calm.matches);
  } else if (seek >= 0 && seek !== percent()) {  // from a link, while these frames are there already
    rest(seek);
    play(false);
  }
  for (const {picture, count} of reels.slice(rows.length)) {
    const image = new Image();
    image.onload = show;
    image.src = address(picture);
    rows.push({image, count});
  }
  scrub.max = frames() - 1;
  part('line').textContent = line;
  show();
}

function rest(percent) {
  place = Math.round(Math.max(0, percent) / 100 * (frames() - 1));
}

const ready = ({image}) => image.complete && image.naturalWidth;
const percent = () => Math.round(100 * place / Math.max(1, frames() - 1));

/** How many frames from the first on can be shown already. */
function there() {
  let sum = 0;
  for (const row of rows) {
    if (!ready(row)) break;
    sum += row.count;
  }
  return sum;
}

function show() {
  let left = Math.min(place, there() - 1);
  scrub.value = place;
  part('at').textContent = percent() + ' %';
  scrub.setAttribute('aria-valuetext', `${percent()} % of the way`);
  if (left < 0) return;
  for (const {image, count} of rows) {
    if (left < count) {
      const side = image.naturalHeight;
      if (canvas.width !== 4 * side) canvas.width = canvas.height = 4 * side;
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, left * side, 0, side, side, 0, 0, canvas.width, canvas.height);
      return;
    }
    left -= count;
  }
}

function tick(time) {
  if (!playing || !element.isConnected) return;
  requestAnimationFrame(tick);
  const due = Math.floor((time - before) * (value().rate ?? 24) / 1000);
  if (due < 1 || !canvas.offsetWidth) return;
  before = due > 4 ? time : before + due * 1000 / (value().rate ?? 24);
  const last = there() - 1, complete = last >= frames() - 1;
  if (step > 0 && place >= last) {
    if (!complete || last < 1) return;  // the rest is still being painted
    step = -1;
  } else if (step < 0 && place <= 0) step = 1;
  place = Math.min(last, Math.max(0, place + step));
  show();
}

function play(on) {
  const begins = on && !playing;
  playing = on;
  button.setAttribute('aria-pressed', on);
  button.setAttribute('aria-label', on ? 'Pause' : 'Play');
  if (begins) {
    before = performance.now();
    requestAnimationFrame(tick);
  }
}

/** Tell the page where the film stands, so that its link can: -1 while it plays. */
function told() {
  props.value = {...value(), at: playing ? -1 : percent(), seek: -1};
  trigger('input');
}

button.addEventListener('click', () => { play(!playing); told(); });
scrub.addEventListener('input', () => { play(false); place = +scrub.value; show(); });
scrub.addEventListener('change', told);
element.addEventListener('keydown', (event) => event.stopPropagation());  // arrows belong to the slider
watch('value', update);
update();
