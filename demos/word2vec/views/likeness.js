const cell = (tag, text) => {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
};
function draw() {
  const value = props.value || {words: [], rows: []};
  const head = document.createElement('tr');
  head.append(cell('td', ''), ...value.words.map((word) => {
    const top = cell('th', '');
    top.scope = 'col';
    top.append(cell('span', word));
    return top;
  }));
  head.firstChild.style.background = 'none';
  element.querySelector('thead').replaceChildren(head);
  element.querySelector('tbody').replaceChildren(...value.words.map((word, i) => {
    const row = document.createElement('tr'), side = cell('th', word);
    side.scope = 'row';
    row.append(side, ...value.rows[i].map((cosine, j) => {
      const one = cell('td', i === j ? '·' : cosine.toFixed(2));
      one.style.setProperty('--heat', i === j ? 0 : Math.max(0, Math.min(1, cosine * 1.4)));
      one.title = word + ' and ' + value.words[j] + ': ' + cosine.toFixed(3);
      return one;
    }));
    return row;
  }));
}
watch('value', draw);
draw();
