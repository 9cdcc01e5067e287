// The browser's half of mask.py: a brush over the photograph. The mask travels as a small PNG, white on black.
const SIDE = 256;
const part = (name) => element.querySelector('.' + name);
const picture = part('picture'), ink = part('ink'), pen = ink.getContext('2d', {willReadFrequently: true});
let erasing = false, last = null, shown = null;

const colour = () => getComputedStyle(element).getPropertyValue('--color-accent').trim() || '#1b7a73';

/** A canvas of the mask's size, and its pen. */
function sheet(width = ink.width, height = ink.height) {
  const canvas = Object.assign(document.createElement('canvas'), {width, height});
  return [canvas, canvas.getContext('2d')];
}

/** The mask takes the photograph's proportions; what is painted keeps its place. */
function fit() {
  const {naturalWidth: width, naturalHeight: height} = picture;
  if (!width) return;
  part('stage').style.setProperty('--ratio', width / height);
  const scale = SIDE / Math.max(width, height);
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  if (w === ink.width && h === ink.height) return;
  const [copy, by] = sheet();
  by.drawImage(ink, 0, 0);
  [ink.width, ink.height] = [w, h];
  pen.drawImage(copy, 0, 0, w, h);
}

function draw() {
  const value = props.value ?? {}, source = value.picture?.url ?? value.picture ?? '';
  picture.hidden = !source;
  if (source && picture.getAttribute('src') !== source) picture.src = source;
  if (!value.mask || value.mask === shown) return;
  shown = value.mask;
  const image = new Image();
  image.onload = () => {
    const [copy, by] = sheet();
    by.drawImage(image, 0, 0, ink.width, ink.height);
    const grey = by.getImageData(0, 0, ink.width, ink.height), red = grey.data;
    for (let i = 0; i < red.length; i += 4) red[i + 3] = red[i];
    by.putImageData(grey, 0, 0);
    tint(by, colour());
    pen.clearRect(0, 0, ink.width, ink.height);
    pen.drawImage(copy, 0, 0);
  };
  image.src = value.mask;
}

/** Everything that is painted on a sheet gets one colour. */
function tint(by, style) {
  by.globalCompositeOperation = 'source-in';
  by.fillStyle = style;
  by.fillRect(0, 0, by.canvas.width, by.canvas.height);
  by.globalCompositeOperation = 'source-over';
}

/** What a hand did is done: tell the page. */
function tell() {
  const [white, by] = sheet();
  by.drawImage(ink, 0, 0);
  tint(by, 'white');
  const [mask, on] = sheet();
  on.fillStyle = 'black';
  on.fillRect(0, 0, mask.width, mask.height);
  on.drawImage(white, 0, 0);
  shown = mask.toDataURL('image/png');
  props.value = {...props.value, mask: shown};
  trigger('input');
}

function place(event) {
  const box = ink.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * ink.width, ((event.clientY - box.top) / box.height) * ink.height];
}

function brush(to) {
  pen.globalCompositeOperation = erasing ? 'destination-out' : 'source-over';
  Object.assign(pen, {strokeStyle: colour(), lineCap: 'round', lineJoin: 'round',
    lineWidth: (part('size').value / 100) * Math.max(ink.width, ink.height)});
  pen.beginPath();
  pen.moveTo(...last);
  pen.lineTo(to[0] + 0.01, to[1]);  // a mere point would leave nothing
  pen.stroke();
  pen.globalCompositeOperation = 'source-over';
  last = to;
}

ink.addEventListener('pointerdown', (event) => {
  if (event.button || !event.isPrimary) return;
  ink.setPointerCapture(event.pointerId);
  last = place(event);
  brush(last);
});
ink.addEventListener('pointermove', (event) => {
  if (!last || !event.isPrimary) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) brush(place(one));
});
for (const name of ['pointerup', 'pointercancel']) {
  ink.addEventListener(name, () => {
    if (!last) return;
    last = null;
    tell();
  });
}

function choose(erase) {
  erasing = erase;
  part('paint').setAttribute('aria-pressed', !erase);
  part('erase').setAttribute('aria-pressed', erase);
}
part('paint').addEventListener('click', () => choose(false));
part('erase').addEventListener('click', () => choose(true));
part('clear').addEventListener('click', () => {
  pen.clearRect(0, 0, ink.width, ink.height);
  choose(false);
  tell();
});
part('invert').addEventListener('click', () => {
  const [copy, by] = sheet();
  by.fillStyle = colour();
  by.fillRect(0, 0, copy.width, copy.height);
  by.globalCompositeOperation = 'destination-out';
  by.drawImage(ink, 0, 0);
  pen.clearRect(0, 0, ink.width, ink.height);
  pen.drawImage(copy, 0, 0);
  tell();
});
picture.addEventListener('load', fit);
watch('value', draw);
draw();
