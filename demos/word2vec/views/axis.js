const make = (tag, name, text) => {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text || '';
  return node;
};
function draw() {
  const value = props.value || {low: '', high: '', words: [], places: []};
  element.querySelector('.low').textContent = '← ' + value.low;
  element.querySelector('.high').textContent = value.high + ' →';
  const widest = Math.max(1e-6, ...value.places.map(Math.abs)) * 1.05;
  element.querySelector('ul').replaceChildren(...value.words.map((word, i) => {
    const item = document.createElement('li'), track = make('div', 'track');
    const at = 50 + 50 * value.places[i] / widest;
    const bar = make('span', 'reach'), dot = make('span', 'dot');
    bar.style.left = Math.min(50, at) + '%';
    bar.style.width = Math.abs(at - 50) + '%';
    dot.style.left = at + '%';
    track.append(bar, dot);
    track.title = word + ': ' + value.places[i].toFixed(2);
    track.setAttribute('role', 'img');
    track.setAttribute('aria-label', value.places[i].toFixed(2) + ' on the way from ' + value.low + ' to ' + value.high);
    item.append(make('span', 'word', word), track);
    return item;
  }));
}
watch('value', draw);
draw();
