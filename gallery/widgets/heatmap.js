const part = (name) => element.querySelector('.' + name);
// Black over violet and orange to yellow (the "inferno" map), readable for the colour-blind too.
const RAMP = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
function colour(heat) {
  const at = Math.min(0.9999, Math.max(0, heat)) * (RAMP.length - 1), low = Math.floor(at), share = at - low;
  return RAMP[low].map((c, i) => c + (RAMP[low + 1][i] - c) * share);
}

function paint() {
  const value = props.value, canvas = part('paint'), strength = part('strength').value / 100;
  const map = value && value.maps && value.maps[value.selected];
  canvas.width = canvas.height = map ? 192 : 1;
  if (!map) return;
  const {width: w, height: h} = value, size = canvas.width, context = canvas.getContext('2d');
  const pixels = context.createImageData(size, size);
  // Heat is interpolated between the centres of the network's cells, colour only after that.
  for (let y = 0, to = 0; y < size; y++) {
    const v = Math.min(h - 1, Math.max(0, (y + .5) / size * h - .5)), top = Math.floor(v), down = v - top;
    for (let x = 0; x < size; x++, to += 4) {
      const u = Math.min(w - 1, Math.max(0, (x + .5) / size * w - .5)), left = Math.floor(u), over = u - left;
      const right = Math.min(w - 1, left + 1), below = Math.min(h - 1, top + 1);
      const heat = (map[top * w + left] * (1 - over) + map[top * w + right] * over) * (1 - down)
                 + (map[below * w + left] * (1 - over) + map[below * w + right] * over) * down;
      const [r, g, b] = colour(heat);
      pixels.data[to] = r; pixels.data[to + 1] = g; pixels.data[to + 2] = b;
      pixels.data[to + 3] = 255 * strength;
    }
  }
  context.putImageData(pixels, 0, 0);
}

const address = (file) => file && (file.url || file);
function draw() {
  const value = props.value, picture = part('picture');
  picture.hidden = !value;
  part('empty').textContent = value ? '' : 'The picture appears here.';
  element.querySelector('.coarse').style.display = value && value.seen ? '' : 'none';
  if (value) {
    const raw = part('pixels').checked && value.seen;
    const source = address(raw ? value.seen : value.picture);
    if (picture.getAttribute('src') !== source) picture.src = source;
    picture.classList.toggle('raw', Boolean(raw));
    picture.alt = value.alt || 'The part of the picture that the network saw';
    element.querySelector('.coarse span').textContent =
      'As the network got it: ' + value.side + ' x ' + value.side + ' pixels';
    const label = value.labels[value.selected];
    part('caption').textContent = label ? 'What speaks for "' + label + '"' : '';
  } else part('caption').textContent = '';
  paint();
}

const context = part('scale').getContext('2d');
for (let x = 0; x < 256; x++) {
  context.fillStyle = 'rgb(' + colour(x / 255).map(Math.round) + ')';
  context.fillRect(x, 0, 1, 1);
}
element.addEventListener('input', (event) => event.target.matches('.pixels') ? draw() : paint());
element.addEventListener('keydown', (event) => event.stopPropagation());  // arrows belong to the slider
watch('value', draw);
draw();
