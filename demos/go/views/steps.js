// The browser's half of steps.py. What is clicked shows at once; the server may correct it.
const part = (name) => element.querySelector('.' + name);
const slide = part('slide'), output = element.querySelector('output');
let number = 0, last = 0;

function show() {
  slide.max = Math.max(1, last);
  slide.value = number;
  slide.disabled = !last;
  output.textContent = `${number} / ${last}`;
  slide.setAttribute('aria-valuetext', `Move ${number} of ${last}`);
  for (const name of ['first', 'back']) part(name).disabled = number <= 0;
  for (const name of ['forward', 'last']) part(name).disabled = number >= last;
}

function go(goal) {
  number = Math.max(0, Math.min(last, goal));
  show();
  trigger('select', {number});
}

function update() {
  const value = props.value ?? {};
  [number, last] = [value.number ?? 0, value.last ?? 0];
  part('pass').hidden = value.may_pass === false;
  show();
}

part('first').onclick = () => go(0);
part('back').onclick = () => go(number - 1);
part('forward').onclick = () => go(number + 1);
part('last').onclick = () => go(last);
part('pass').onclick = () => trigger('play', {});
slide.oninput = () => go(+slide.value);
watch('value', update);
update();
