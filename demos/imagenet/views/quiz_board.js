// The browser's half of the quiz: draws what Python decided, and sends what was typed.
// Reading guide: `draw` shows a value, `act` asks for another, `suggest` fills the list, the keys come last.
const part = (selector) => element.querySelector(selector);
const field = part("input"), list = part("#quiz-classes"), canvas = part("canvas");
let found = []; // the classes in the list
let chosen = -1; // the one that Enter takes
let waiting = 0; // until when an answer of the server is awaited, in milliseconds
let queue = []; // what was asked for meanwhile
let drawn = ""; // the question on show
let meant = ""; // the text that the list belongs to
let entered = Promise.resolve(); // what Enter set going, one after the other
let asked = 0; // number of the last request for suggestions

const finePointer = matchMedia("(pointer: fine)").matches;
const seen = () => element.offsetParent !== null;

function make(tag, text = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

// ---- drawing ----------------------------------------------------------------------------

function paint(source, pixels) {
  const image = new Image();
  image.onload = () => {
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = !pixels;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  };
  image.src = source;
  canvas.classList.toggle("pixels", pixels);
}

function rank(place, names, truth) {
  const rows = names.map(({ index, title, percent }) => {
    const row = make("li", "", index === truth ? "right" : "");
    row.append(make("span", title), make("em", percent ?? ""));
    return row;
  });
  while (rows.length < 5) rows.push(make("li", "", "empty"));
  place.replaceChildren(...rows);
}

function bar(place, { answered, top1, top5 }) {
  const percent = (n) => (answered ? Math.round((100 * n) / answered) : 0);
  part(`${place} .one`).style.width = `${percent(top1)}%`;
  part(`${place} .five`).style.width = `${percent(top5)}%`;
  part(`${place} span`).textContent = answered ? `top-1 ${percent(top1)} % · top-5 ${percent(top5)} %` : "top-1 – · top-5 –";
}

function draw() {
  const value = props.value, done = value.truth !== null;
  waiting = 0;
  paint(value.image, value.look === "Pixels");
  canvas.setAttribute("aria-label", done ? value.answer : `Photograph ${value.question}, to be named`);
  part("figcaption").textContent = `Photograph ${value.question} of ${value.count}, sequence ${value.seed}`;
  part(".answer").replaceChildren(...(done ? [value.answer, make("small", value.verdict)] : []));
  part(".asking").hidden = done;
  field.disabled = value.guesses.length >= 5;
  field.placeholder = field.disabled ? "Five guesses are made: R shows the answer" : "Type, or press the down arrow for all classes";
  part(".theirs").hidden = !done;
  rank(part(".mine ol"), value.guesses, value.truth);
  rank(part(".theirs ol"), value.network, value.truth);
  part(".reveal").hidden = done;
  bar(".people", value.people);
  bar(".network", value.machine);
  part(".lead").textContent = value.lead;
  hints(done);
  const question = `${value.seed}/${value.question}/${done}`;
  if (question !== drawn) {
    close();
    field.value = "";
    drawn = question;
  }
  if (queue.length) act(...queue.shift());
  if (document.activeElement === document.body || element.contains(document.activeElement)) settle(done);
}

/** The focus goes where the next key belongs; on a phone no keyboard jumps up unasked. */
function settle(done) {
  if (!seen() || !finePointer) return;
  if (done) part(".next").focus({ preventScroll: true });
  else if (field.disabled) part(".reveal").focus({ preventScroll: true });
  else field.focus({ preventScroll: true });
}

function hints(done) {
  const all = done
    ? [[["N"], "or"], [["Enter"], "next photograph"], [["F"], "full screen"]]
    : [
        [["↑", "↓"], "choose"], [["Enter"], "guess, or on an empty line show the answer"],
        [["Backspace"], "on an empty line take a guess back"], [["Esc"], "leave the line, then"],
        [["R"], "show the answer"], [["N"], "skip"], [["F"], "full screen"],
      ];
  part(".keys").replaceChildren(...all.map(([keys, text]) => {
    const hint = make("span");
    for (const key of keys) hint.append(make("kbd", key), " ");
    hint.append(text);
    return hint;
  }));
}

// ---- asking ---------------------------------------------------------------------------

/** One request at a time, in the order of the keys. Python ignores what belongs to another question. */
function act(what, data = { question: props.value.question }) {
  if (Date.now() < waiting) return queue.push([what, data]);
  waiting = Date.now() + 4000;
  if (what === "reveal") trigger("reveal", data);
  else trigger("act", { what, ...data });
}

function guess(index) {
  close();
  field.value = "";
  act("guess", { index, question: props.value.question });
}
const guessed = () => props.value.guesses.length > 0 || queue.length > 0 || Date.now() < waiting;

/** What Enter does. The line is cleared at once, so that nobody has to wait before typing on. */
async function enter(text, listed) {
  if (listed) return guess(listed.index);
  if (!text.trim()) return guessed() ? act("reveal") : undefined;
  const [best] = await matches(text);
  if (best) return act("guess", { index: best.index, question: props.value.question });
  if (!field.value) field.value = text;
  suggest(text);
}

/** The classes that a text may mean, without those guessed already. */
async function matches(text) {
  const taken = new Set(props.value.guesses.map(({ index }) => index));
  return (await server.suggest(text)).filter(({ index }) => !taken.has(index));
}

async function suggest(text) {
  const number = ++asked;
  const answer = await matches(text);
  if (number !== asked || field.disabled) return; // typed on since
  found = answer;
  meant = text;
  list.replaceChildren(...found.map(({ title, also }, i) => {
    const row = make("li", title);
    row.id = `quiz-class-${i}`;
    row.setAttribute("role", "option");
    if (also) row.append(make("small", also));
    return row;
  }));
  if (!found.length) {
    const none = make("li", "None of the 200 classes is called that");
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    list.append(none);
  }
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  choose(0);
}

function choose(index) {
  chosen = found.length ? (index + found.length) % found.length : -1;
  [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
  if (chosen >= 0) {
    field.setAttribute("aria-activedescendant", `quiz-class-${chosen}`);
    const row = list.children[chosen]; // scrolls the list alone, never the page
    if (row.offsetTop < list.scrollTop) list.scrollTop = row.offsetTop;
    const over = row.offsetTop + row.offsetHeight - list.scrollTop - list.clientHeight;
    if (over > 0) list.scrollTop += over;
  } else field.removeAttribute("aria-activedescendant");
}

function close() {
  asked++;
  found = [];
  chosen = -1;
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

// ---- keys and pointer --------------------------------------------------------------------

let pause = 0;
field.addEventListener("input", () => {
  clearTimeout(pause);
  if (!field.value.trim()) return close();
  pause = setTimeout(() => suggest(field.value), 40);
});
field.addEventListener("blur", () => setTimeout(close, 150)); // a click on the list comes first

field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    clearTimeout(pause);
    const text = field.value, listed = !list.hidden && meant === text ? found[chosen] : undefined;
    close();
    field.value = "";
    entered = entered.then(() => enter(text, listed)).catch(() => (field.value ||= text));
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) suggest(field.value);
    else choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Backspace" && !field.value) {
    if (guessed()) act("undo");
  } else if (event.key === "Escape") {
    if (list.hidden) field.blur();
    else close();
  } else return;
  event.stopPropagation();
});

list.addEventListener("mousedown", (event) => {
  const row = event.target.closest("li");
  event.preventDefault();
  const index = [...list.children].indexOf(row);
  if (found[index]) guess(found[index].index);
});
part(".reveal").addEventListener("click", () => act("reveal"));
part(".next").addEventListener("click", () => act("go"));
part(".whole").addEventListener("click", fullScreen);

/** The board alone, for the hall. Where a browser has no full screen, its button is not shown. */
async function fullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else {
    await part(".board").requestFullscreen();
    await navigator.keyboard?.lock?.(["Escape"]); // here it leaves the line first; held down, the full screen
  }
  settle(props.value.truth !== null);
}
part(".whole").hidden = !document.fullscreenEnabled;

const TYPING = "input, textarea, select, [contenteditable=true], [role=listbox], [role=combobox]";
function anywhere(event) {
  if (!element.isConnected) return document.removeEventListener("keydown", anywhere);
  if (!seen() || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.(TYPING)) return;
  const key = event.key.toLowerCase(), done = props.value.truth !== null;
  const onControl = event.target.closest?.("button, a, summary, [role=tab], [role=radio]");
  if (key === "n" || (done && key === "enter" && !onControl)) act("go");
  else if (key === "r" && !done) act("reveal");
  else if (key === "f" && document.fullscreenEnabled) fullScreen();
  else if (key === "backspace" && !done && props.value.guesses.length) act("undo");
  else if (!done && /^\p{L}$/u.test(event.key) && !field.disabled) return field.focus({ preventScroll: true });
  else return;
  event.preventDefault();
}
document.addEventListener("keydown", anywhere);
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && document.activeElement === document.body) settle(props.value.truth !== null);
}).observe(element);

watch("value", draw);
draw();
