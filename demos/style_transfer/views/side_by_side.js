// The browser's half of side_by_side.py: shows a value, and saves the picture as PNG.
const part = (selector) => element.querySelector(selector);
const image = part('img');

function draw() {
  const value = props.value ?? {}, picture = value.picture?.url ?? value.picture;
  element.hidden = !props.value;
  const [width, height] = value.size ?? [3, 2];
  part('.stage').style.aspectRatio = `${width} / ${height}`;
  image.hidden = !picture;
  if (picture && image.getAttribute('src') !== picture) image.src = picture;
  image.alt = value.alt ?? '';
  part('.missing').textContent = value.missing ?? '';
  part('.title').textContent = value.title ?? '';
  part('.about').textContent = value.about ?? '';
  part('.save').hidden = !value.saved;
  part('.save').setAttribute('aria-label', `Save PNG: ${value.title}`);
}

part('.save').addEventListener('click', () => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext('2d').drawImage(image, 0, 0);
  canvas.toBlob((blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${props.value.title.toLowerCase().replaceAll(' ', '-')}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, 'image/png');
});
watch('value', draw);
draw();
