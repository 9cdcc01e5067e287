function draw() {
  const value = props.value || {sentence: '', offers: []};
  element.querySelector('.notice').hidden = !value.sentence;
  element.querySelector('.sentence').textContent = value.sentence;
  element.querySelector('.offers').replaceChildren(...value.offers.map((offer) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = offer;
    return button;
  }));
}
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const index = [...button.parentElement.children].indexOf(button);
  trigger('select', {index, value: props.value.offers[index], word: props.value.word});
});
watch('value', draw);
draw();
