const part = (name) => element.querySelector('.' + name);
const make = (name, text) => {
  const node = document.createElement('div');
  node.className = name;
  node.textContent = text || '';
  return node;
};
const percent = (p) => p > 0 && p < 0.0005 ? '< 0.1 %' : (100 * p).toFixed(1) + ' %';

function choose(index, focus) {
  const value = props.value;
  if (!value || index < 0 || index >= value.guesses.length) return;
  mark(index);
  if (focus) part('rows').children[index].focus();
  if (index === value.selected) return;
  props.value = {...value, selected: index};
  trigger('select', {index: index, value: value.guesses[index].name});
}

function mark(selected) {
  [...part('rows').children].forEach((row, i) => {
    row.setAttribute('aria-checked', i === selected);
    row.tabIndex = i === selected ? 0 : -1;
  });
}

function draw() {
  const value = props.value || {guesses: [], selected: 0};
  const guesses = value.guesses;
  part('who').textContent = value.who || '';
  part('bracket').firstElementChild.textContent = 'top-' + guesses.length;
  part('rows').setAttribute('aria-label', 'The ' + guesses.length + ' most likely classes');
  part('rows').replaceChildren(...guesses.map((guess, i) => {
    const row = make(i === 0 ? 'row first' : 'row');
    row.setAttribute('role', 'radio');
    row.setAttribute('aria-label', 'Guess ' + (i + 1) + ': ' + guess.name + ', ' + percent(guess.probability));
    const track = make('track'), fill = make('fill');
    fill.style.width = 100 * guess.probability + '%';
    track.append(fill);
    row.append(make('name', guess.name), make('percent', percent(guess.probability)), track);
    return row;
  }));
  mark(value.selected);
  const rest = 1 - guesses.reduce((sum, guess) => sum + guess.probability, 0);
  part('rest').textContent = guesses.length ? 'All other classes together: ' + percent(Math.max(0, rest)) : '';
  part('spoken').textContent = guesses.length
    ? 'Most likely ' + guesses[0].name + ', ' + percent(guesses[0].probability) : '';
}

element.addEventListener('click', (event) => {
  const row = event.target.closest('[role=radio]');
  if (row) choose([...part('rows').children].indexOf(row), true);
});
element.addEventListener('keydown', (event) => {
  const row = event.target.closest('[role=radio]');
  if (!row) return;
  const rows = [...part('rows').children], at = rows.indexOf(row), last = rows.length - 1;
  const to = {ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1,
              Home: 0, End: last, ' ': at, Enter: at}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();  // the gallery's own arrow keys move between tabs
  choose((to + rows.length) % rows.length, true);
});
watch('value', draw);
draw();
