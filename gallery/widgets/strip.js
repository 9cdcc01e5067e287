const strip = element.querySelector('.strip');
function mark() {
  [...strip.children].forEach((button, i) => button.setAttribute('aria-pressed', i === props.value.selected));
}
function draw() {
  strip.setAttribute('aria-label', props.value.label);
  strip.replaceChildren(...props.value.examples.map((example) => {
    const button = document.createElement('button'), image = document.createElement('img');
    button.type = 'button';
    image.loading = 'lazy';
    image.alt = '';  // the name stands below
    image.src = example.picture.url;
    button.append(image, example.name);
    return button;
  }));
  mark();
}
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const index = [...strip.children].indexOf(button);
  props.value = {...props.value, selected: index};
  mark();
  trigger('select', {index: index, value: props.value.examples[index].name});
});
watch('value', draw);
draw();
