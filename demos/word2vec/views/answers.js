const part = (name) => element.querySelector('.' + name);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text ?? '';
  return node;
};

function draw() {
  const value = props.value || {rows: []};
  part('who').textContent = value.who || '';
  part('verdict').textContent = value.verdict || '';
  part('rows').replaceChildren(...value.rows.map((row) => {
    const item = make('li', 'row');
    item.classList.toggle('first', row.place === 1);
    item.classList.toggle('expected', Boolean(row.expected));
    item.classList.toggle('far', Boolean(row.far));
    item.value = row.place;
    const track = make('div', 'track'), fill = make('div', 'fill');
    fill.style.width = 100 * Math.max(0, Math.min(1, row.similarity)) + '%';
    track.append(fill);
    const word = make('button', 'word', row.word);
    word.type = 'button';
    word.title = 'Show the words around “' + row.word + '”';
    item.append(make('span', 'place', row.place.toLocaleString('en') + '.'), word,
                make('span', 'number', row.similarity.toFixed(3)), track);
    return item;
  }));
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('.word');
  if (!button) return;
  const index = [...part('rows').children].indexOf(button.closest('.row'));
  trigger('select', {index, value: props.value.rows[index].word});
});
watch('value', draw);
draw();
