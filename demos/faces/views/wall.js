// The browser's half of wall.py: one large face or a wall of small ones, and saves what is there as PNG.
const part = (selector) => element.querySelector(selector);
const grid = part('.grid');

function place(many) {
  const holder = document.createElement(many ? 'button' : 'div');
  if (many) {
    holder.type = 'button';
    holder.className = 'face';
  }
  return holder;
}

function draw() {
  const {faces, places, columns, chosen, title, about, file} = props.value, many = places > 1;
  grid.style.setProperty('--columns', columns);
  grid.classList.toggle('alone', !many);
  if (grid.children.length !== places) grid.replaceChildren(...Array.from({length: places}, () => place(many)));
  [...grid.children].forEach((holder, i) => {
    const face = faces[i], source = face && (face.picture.url ?? face.picture);
    if (many) holder.disabled = !face;
    holder.toggleAttribute('aria-current', many && face?.seed === chosen);
    if (!face) return holder.replaceChildren();
    const image = holder.firstElementChild ?? holder.appendChild(new Image());
    if (image.getAttribute('src') !== source) image.src = source;
    image.alt = face.alt;
    holder.dataset.seed = face.seed;
    if (many) holder.title = face.alt;
  });
  part('.title').textContent = title;
  part('.about').textContent = about;
  part('.save').hidden = !file;
}

grid.addEventListener('click', (event) => {
  const button = event.target.closest('button.face');
  if (button && !button.disabled) trigger('pick', {seed: button.dataset.seed});
});

part('.save').addEventListener('click', () => {
  const images = [...grid.querySelectorAll('img')], columns = props.value.columns;
  const side = images[0].naturalWidth, canvas = document.createElement('canvas');
  canvas.width = side * columns;
  canvas.height = side * Math.ceil(images.length / columns);
  const paint = canvas.getContext('2d');
  images.forEach((image, i) => paint.drawImage(image, i % columns * side, Math.floor(i / columns) * side));
  canvas.toBlob((blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = props.value.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, 'image/png');
});
watch('value', draw);
draw();
