// The drawing behind contact_sheet.py: cells cut out of one picture, some of them large, and one that is chosen.
const contact = element.querySelector('.contact'), large = element.querySelector('.large'), small = element.querySelector('.small');
const value = () => props.value ?? {cells: []};

function cell(index, tag) {
  const {cells, columns, picture} = value(), rows = Math.ceil(cells.length / columns);
  const {title = '', about = '', alt = ''} = cells[index];
  const node = document.createElement(tag), face = document.createElement('i');
  node.className = 'cell';
  if (tag === 'button') node.type = 'button';
  if (alt) {
    const across = columns > 1 ? 100 * (index % columns) / (columns - 1) : 0;
    const down = rows > 1 ? 100 * Math.floor(index / columns) / (rows - 1) : 0;
    face.style.backgroundImage = `url("${picture?.url ?? picture}")`;
    face.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
    face.style.backgroundPosition = `${across}% ${down}%`;
    face.setAttribute('role', 'img');
    face.setAttribute('aria-label', alt);
  } else node.classList.add('gap');
  node.append(face);
  for (const [name, text] of [['b', title], ['span', about]]) {
    if (text) node.appendChild(document.createElement(name)).textContent = text;
  }
  return node;
}

function draw() {
  const {cells, columns = 1, chosen = null, shown = [], line = ''} = value();
  const focused = [...small.children].indexOf(small.getRootNode().activeElement);
  small.style.setProperty('--columns', columns);
  large.style.setProperty('--columns', Math.max(1, shown.length));
  large.replaceChildren(...shown.map((index) => cell(index ?? chosen, 'figure')));
  small.replaceChildren(...cells.map((_, index) => {
    const node = cell(index, chosen === null ? 'figure' : 'button');
    if (chosen !== null) node.setAttribute('aria-pressed', index === chosen);
    return node;
  }));
  if (focused >= 0) small.children[focused]?.focus();
  element.querySelector('.line').textContent = line;
}

small.addEventListener('click', (event) => {
  const index = [...small.children].indexOf(event.target.closest('button'));
  if (index < 0) return;
  props.value = {...value(), chosen: index};
  draw();
  trigger('input');
});
watch('value', draw);
draw();
