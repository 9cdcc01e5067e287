// The drawing behind opinions.py.
const part = (name) => element.querySelector(name);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const percent = (share) => share >= 0.0995 || !share ? Math.round(100 * share) : (100 * share).toFixed(1);

function cell(share, visits, name) {
  const cell = make('td', name), track = make('span', 'track'), fill = make('i');
  if (share === null) return cell;
  fill.style.width = `${100 * share}%`;
  track.append(fill);
  cell.append(make('span', 'number', percent(share) + ' %'), track);
  if (visits) cell.append(make('span', 'visits', visits.toLocaleString('en')));
  return cell;
}

function draw() {
  const {sentence = '', rows = [], shown = 'felt'} = props.value ?? {};
  part('.sentence').textContent = sentence;
  const table = part('table');
  table.hidden = !rows.length;
  table.className = shown;
  part('tbody').replaceChildren(...rows.map((row, i) => {
    const line = make('tr', i ? '' : 'best'), head = make('th'), button = make('button', 'play', row.name);
    head.scope = 'row';
    button.type = 'button';
    button.title = `Play ${row.name}`;
    button.onclick = () => trigger('select', {move: row.move});
    head.append(button);
    line.append(head, cell(row.felt, null, 'felt'), cell(row.read, row.visits, 'read'));
    return line;
  }));
}
watch('value', draw);
draw();
