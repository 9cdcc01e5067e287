// The browser's half of finding.py: two faces and how far it is.
const part = (selector) => element.querySelector(selector);
const image = part('.found');

function show(place, source) {
  if (source && place.getAttribute('src') !== source) place.src = source;
  place.hidden = !source;
}

function draw() {
  const value = props.value ?? {};
  show(part('.portrait'), value.portrait);
  show(image, value.found);
  image.alt = value.found ? 'The nearest face that the generator can make, so far' : '';
  part('.none').textContent = value.found ? '' : 'Nobody yet';
  part('.line').textContent = value.line ?? '';
  const bar = part('.track'), share = value.share;
  bar.style.visibility = share === null || share === undefined ? 'hidden' : '';
  bar.setAttribute('aria-valuenow', Math.round(100 * (share ?? 0)));
  bar.firstElementChild.style.width = `${100 * (share ?? 0)}%`;
}
watch('value', draw);
draw();
