// The browser's half of snapshot.py: makes a picture smaller and sends it as a text, never as a file.
const part = (selector) => element.querySelector(selector);
const drop = part('.drop'), video = part('video'), input = part('input');
const say = (text) => (part('.said').textContent = text);
let stream = null;

function small(source, width, height) {
  const scale = Math.min(1, props.longest / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'white'; // where it is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.92);
}

async function take(file) {
  if (!file) return;
  say('');
  try {
    const image = await createImageBitmap(file); // upright, as the camera was held
    trigger('picture', {source: small(image, image.width, image.height)});
    image.close();
  } catch {
    say('This file is not a picture that your browser can read: use JPEG, PNG or WebP.');
  }
}

function live(on) {
  video.hidden = part('.take').hidden = part('.leave').hidden = !on;
  part('.camera').hidden = part('.choose').hidden = part('.hint').hidden = on;
}

async function camera() {
  say('');
  try {
    stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'user'}});
    video.srcObject = stream;
    await video.play();
    live(true);
    part('.take').focus();
  } catch {
    leave();
    say('There is no camera that this page may use.');
  }
}

function leave() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = video.srcObject = null;
  live(false);
}

part('.choose').addEventListener('click', () => input.click());
input.addEventListener('change', () => {
  take(input.files[0]);
  input.value = '';
});
part('.camera').addEventListener('click', camera);
part('.take').addEventListener('click', () => {
  const source = small(video, video.videoWidth, video.videoHeight);
  leave();
  trigger('picture', {source});
});
part('.leave').addEventListener('click', leave);
for (const name of ['dragover', 'dragleave', 'drop']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', name === 'dragover');
    if (name === 'drop') take([...event.dataTransfer.files].find((file) => file.type.startsWith('image/')) ?? event.dataTransfer.files[0]);
  });
}
function pasted(event) {
  if (!element.isConnected) return document.removeEventListener('paste', pasted);
  if (element.offsetParent === null) return;
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith('image/'));
  if (!file) return;
  event.preventDefault();
  take(file);
}
document.addEventListener('paste', pasted);
// Nobody is filmed by a part of the page that is not seen.
new IntersectionObserver(([place]) => !place.isIntersecting && stream && leave()).observe(element);
