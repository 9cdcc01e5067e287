const part = (name) => element.querySelector('.' + name);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
};
function draw() {
  const value = props.value || {terms: '', guesses: []};
  part('round').textContent = value.round;
  part('score').textContent = value.score;
  part('message').textContent = value.message;
  part('equation').replaceChildren(value.terms, make('span', 'hidden', value.answer || '?'));
  part('guesses').replaceChildren(...value.guesses.map((guess) => {
    const item = document.createElement('li');
    item.append(make('span', 'word', guess.word),
                make('span', 'place', 'number ' + guess.place.toLocaleString('en')),
                make('span', 'points', guess.points + ' points'));
    return item;
  }));
}
watch('value', draw);
draw();
