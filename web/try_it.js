// The page try_it: a drawing becomes a picture and a painting in the reader's browser, by the package's own networks.
//
// web/models/NAME.onnx is the graph of a network, NAME.safetensors its weights, NAME.json its card (see
// s2s_helpers/export.py). ONNX Runtime computes in a worker, so the page stays awake.

import {button, element} from "./elements.js";
import {firstOf, onCanvas, opener, read as readFile, save, within} from "./files.js";
import labelPad, {EXAMPLE, mapOf} from "./labels.js";
import pad, {sheetOf} from "./sketchpad.js";

const SIZE = 256;
const LARGEST = 512, MULTIPLE = 4, SMALLEST = 16; // sides of a photo that is painted as it is, for the painter
const GENERATORS = {facade: "a drawn building", house: "a building, in your colors", photo: "anything else"};
const PALETTES = new URL("palettes.json", import.meta.url).href;
const NONE = []; // of its dots
const DOT = 10; // pixels of a side of a dot of a palette, as in data/palettes.py
const LABELS = "cmp_facades"; // the generator that takes rectangles in place of a drawing
GENERATORS[LABELS] = "a front of rectangles";
const PAINTER = "adjustable";
const ANY = "any_style", READER = "any_style_reader"; // for paintings that people bring, and what reads them
const READ_AT = 384; // pixels of the longer side at which a painting is read, as in pipeline/sketch_to_style.py
const OWN = "own"; // in the place of a style: the painting that was brought
// The weights of the losses beside a content weight of 1; the sliders go a decade up and down from these.
const WEIGHTS = {style: 3, tv: 0.1};
const EXAMPLES = ["house", "shop", "cat", "boat", "teapot"];
const RUNTIME = new URL("../ort/", import.meta.url).href;
const MODELS = new URL("../models/", import.meta.url).href;
const DRAWINGS = new URL("../drawings/", import.meta.url).href;
const MOST_THREADS = 4;
// A module with one SIMD instruction, i8x16.splat: valid only where there is SIMD.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
const TOO_OLD = "This browser cannot compute the networks: it lacks WebAssembly with SIMD. Chrome, Edge and Firefox have "
  + "it since 2021, Safari since version 16.4. You can still draw.";

const app = document.getElementById("s2s-try");
const words = (style) => style.replaceAll("_", " ");

// What anywidget gives a widget in a notebook: values, and word of their changes.
class Model {
  #values;
  #listeners = new Map();
  constructor(values) { this.#values = values; }
  get(key) { return this.#values[key]; }
  set(key, value) {
    this.#values[key] = value;
    this.#listeners.get(`change:${key}`)?.forEach((f) => f());
  }
  on(event, f) { this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), f]); }
  off(event, f) { this.#listeners.set(event, (this.#listeners.get(event) ?? []).filter((g) => g !== f)); }
  save_changes() {}
}

// --- the page

const option = (value, text) => new Option(text ?? value, value);
const canvas = () => {
  const made = element("canvas", {width: SIZE, height: SIZE});
  made.setAttribute("role", "img");
  return made;
};
const picture = canvas(), painting = canvas();
const generators = Object.entries(GENERATORS).map(([name, text]) => option(name, text));
const generator = element("select", {id: "s2s-generator"}, ...generators);
const first = element("select", {id: "s2s-first"}), second = element("select", {id: "s2s-second"});
const share = element("input", {id: "s2s-share", type: "range", min: 0, max: 100, value: 0});
const knob = (name) => element("input", {id: `s2s-${name}`, type: "range", min: -100, max: 100, value: 0});
const knobs = {style: knob("style-weight"), tv: knob("tv-weight")};
const strength = element("input", {id: "s2s-strength", type: "range", min: 0, max: 100, value: 100});
let bring = () => {}; // a painting, once there are networks
const opened = opener("Open a painting", (files) => bring(files));
const another = button("Another one"), ownColors = button("The network's own colors");
const palette = element("span", {hidden: true}, another, ownColors); // for networks that take colors
const asItIs = element("input", {id: "s2s-as-it-is", type: "checkbox"});
const savers = {picture: button("Save the picture"), painting: button("Save the painting")};
for (const saver of Object.values(savers)) saver.disabled = true;
const status = element("p", {className: "s2s-status"});
status.setAttribute("role", "status");
const bar = element("progress", {max: 1, hidden: true});
bar.setAttribute("aria-label", "Loading the networks");
const retry = button("Try again");
retry.hidden = true;

const readings = Object.fromEntries(Object.entries(knobs).map(([name, {id}]) => [name, element("output", {htmlFor: id})]));
const label = (text, control) => element("label", {htmlFor: control.id, textContent: text});
const labeled = (text, ...controls) => element("span", {}, label(text, controls[0]), ...controls);
// What a style of the painter's own has, and what a painting has that was brought.
const learned = element("div", {className: "s2s-controls"},
  labeled("and", second), labeled("in between", share),
  labeled("Style weight", knobs.style, readings.style), labeled("Smoothness (TV weight)", knobs.tv, readings.tv));
const brought = element("div", {className: "s2s-controls", hidden: true}, labeled("Strength", strength));
const unchanged = element("span", {hidden: true}, asItIs, label("Paint the photo as it is", asItIs));
const panel = (title, ...children) => element("section", {}, element("h2", {textContent: title}), ...children);

const sheet = element("div"), front = element("div", {hidden: true}); // of lines and of rectangles
const isFront = () => generator.value === LABELS;

function build() {
  const examples = Object.fromEntries(EXAMPLES.map((name) => [name, `${DRAWINGS}${name}.png`]));
  const model = new Model({size: SIZE, examples, colors: false, strokes: [{example: EXAMPLES[0]}], pixels: null});
  const labels = new Model({size: SIZE, strokes: [EXAMPLE]});
  picture.setAttribute("aria-label", "The picture: nothing yet");
  painting.setAttribute("aria-label", "The painting: nothing yet");
  app.replaceChildren(
    panel("Your drawing", sheet, front, element("div", {className: "s2s-controls"}, labeled("This is", generator))),
    panel("The picture", picture, element("div", {className: "s2s-controls"}, palette, unchanged, savers.picture)),
    panel("The painting", painting, element("div", {className: "s2s-controls"},
      element("span", {}, label("Style", first), first, ...opened), learned, brought, savers.painting)),
    element("footer", {}, bar, retry, status),
  );
  read();
  pad.render({model, el: sheet});
  labelPad.render({model: labels, el: front});
  // What is pasted while nothing has the focus is for the pad too.
  const pasted = ({target, clipboardData}) => {
    if (target !== document.body || isFront()) return;
    sheet.lastChild.dispatchEvent(new ClipboardEvent("paste", {clipboardData}));
  };
  document.addEventListener("paste", pasted);
  return {model, labels};
}

// --- files and networks

// The bytes at an address; `seen` hears how many came so far, and of how many. A file that is cut short is an error.
async function bytes(address, size, seen) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  if (!response.headers.has("content-encoding")) size ??= Number(response.headers.get("content-length"));
  const reader = response.body.getReader(), parts = [];
  let length = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(value);
    seen(length += value.length, size);
  }
  if (size && length !== size) throw new Error(`${length} of ${size} bytes came`);
  const whole = new Uint8Array(length);
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

// What has been loaded stays, so a second attempt fetches only what is missing.
const kept = new Map();
const once = (key, make) => {
  if (!kept.has(key)) kept.set(key, make().catch((error) => (kept.delete(key), Promise.reject(error))));
  return kept.get(key);
};

const load = (name, file, size) => once(file, async () => {
  const show = (length, size) => {
    bar.hidden = false;
    if (size) bar.value = length / size;
    else bar.removeAttribute("value");
    const mega = (n) => (n / 1e6).toFixed(1);
    status.textContent = `Loading ${name}: ${mega(length)}${size ? ` of ${mega(size)}` : ""} MB`;
  };
  const found = await bytes(file, size, show);
  bar.hidden = true;
  return found;
});

const card = async (name) => JSON.parse(new TextDecoder().decode(await load(name, `${MODELS}${name}.json`)));

const runtime = () => once("runtime", async () => {
  const wasm = await load("ONNX Runtime", `${RUNTIME}ort-wasm-simd-threaded.wasm`);
  const ort = await import(`${RUNTIME}ort.wasm.min.mjs`);
  ort.env.wasm.wasmBinary = wasm.buffer;
  ort.env.wasm.wasmPaths = RUNTIME;
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
  ort.env.wasm.proxy = true;
  return ort;
});

// A network by its graph; those of any_style share their weights. These are copied: what goes to the worker is gone here.
const network = (name, graph = name) => once(`network ${graph}`, async () => {
  const ort = await runtime(), facts = await card(name);
  const model = await load(graph, `${MODELS}${graph}.onnx`);
  const data = (await load(name, `${MODELS}${name}.safetensors`, facts.bytes)).slice();
  return ort.InferenceSession.create(model, {externalData: [{path: `${name}.safetensors`, data}]});
});

// --- from drawing to painting

// An image is {data, width, height}: the values of (1, channels, height, width), in [0, 1].

const square = {width: SIZE, height: SIZE};

// The gray bytes as an image of three channels.
const gray = (pixels) => {
  const n = SIZE * SIZE;
  const data = Float32Array.from({length: 3 * n}, (_, i) => pixels.getUint8(i % n) / 255);
  return {...square, data};
};

// The colors behind the gray bytes, if there are any, as hints of four channels: RGB, and 1 where a pixel is at least
// half opaque, 0 elsewhere (as data.hints.from_picture in the package).
const hints = (pixels) => {
  const n = SIZE * SIZE, data = new Float32Array(4 * n);
  for (let i = 0; i < n && pixels.byteLength > n; i++) {
    if (pixels.getUint8(n + 4 * i + 3) < 128) continue;
    for (let c = 0; c < 3; c++) data[c * n + i] = pixels.getUint8(n + 4 * i + c) / 255;
    data[3 * n + i] = 1;
  }
  return {...square, data};
};

// The palettes of data/palettes.json: dots [x, y, color] each.
const palettes = () => once("palettes", async () => JSON.parse(new TextDecoder().decode(await load("palettes", PALETTES))));

// Hints with the dots of a palette below them (as data.palettes.palette_hints).
const over = (own, dots) => {
  const n = SIZE * SIZE, below = {...square, data: new Float32Array(4 * n)};
  for (const [x, y, color] of dots) {
    const [left, top] = [x, y].map((at) => Math.max(0, Math.floor(at * SIZE - DOT / 2 + 0.5)));
    const values = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16) / 255);
    for (let i = top; i < Math.min(SIZE, top + DOT); i++) {
      for (let j = left; j < Math.min(SIZE, left + DOT); j++) {
        [...values, 1].forEach((value, c) => { below.data[c * n + i * SIZE + j] = value; });
      }
    }
  }
  below.data.forEach((_, i) => { if (own.data[3 * n + i % n]) below.data[i] = own.data[i]; });
  return below;
};

// The pixels of a canvas as an image of three channels.
const ofCanvas = (canvas) => {
  const {width, height} = canvas, n = width * height;
  const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const data = Float32Array.from({length: 3 * n}, (_, i) => bytes[4 * (i % n) + Math.floor(i / n)] / 255);
  return {data, width, height};
};

// The photo at an address, of sides that the painter takes.
const photo = async (address) => {
  const image = Object.assign(new Image(), {src: address});
  await image.decode();
  const fitting = (side) => Math.max(SMALLEST, MULTIPLE * Math.round(side / MULTIPLE));
  return ofCanvas(onCanvas(image, within(image, LARGEST), fitting));
};

// A picture as it is read for its style: the longer side has READ_AT pixels.
const toRead = (canvas) => {
  const side = (length) => Math.max(SMALLEST, Math.round(length));
  return ofCanvas(onCanvas(canvas, READ_AT / Math.max(canvas.width, canvas.height), side));
};

// The values are copied: those of a tensor go to the worker and are gone here.
const tensor = (ort, {data, width, height}) =>
  new ort.Tensor("float32", data.slice(), [1, data.length / width / height, height, width]);

const put = (target, {data, width, height}) => {
  const n = width * height, image = new ImageData(width, height);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(255 * data[c * n + i]);
    image.data[4 * i + 3] = 255;
  }
  Object.assign(target, {width, height}).getContext("2d").putImageData(image, 0, 0);
};

// The weight of each style; the slider mixes two of them.
const mixture = (ort) => {
  const weights = new Float32Array(second.options.length);
  weights[second.selectedIndex] += share.value / 100;
  weights[first.selectedIndex] += 1 - share.value / 100;
  return new ort.Tensor("float32", weights, [1, weights.length]);
};

// The weights of content, style and total variation that the knobs say.
const weight = (name) => WEIGHTS[name] * 10 ** (knobs[name].value / 100);
const weights = (ort) => new ort.Tensor("float32", Float32Array.of(1, weight("style"), weight("tv")), [1, 3]);

const read = () => {
  for (const name of Object.keys(knobs)) {
    readings[name].value = weight(name).toPrecision(2);
    knobs[name].setAttribute("aria-valuetext", readings[name].value);
  }
};

// The painting that was brought, {name, image, told}: as it is read, and what the network is told of it.
let own = null;
const isOwn = () => first.value === OWN;

const told = async (ort, image) => (await (await network(ANY, READER)).run({painting: tensor(ort, image)})).style.data;

// The style that the network is told: that of the painting, and as far as the strength lacks that of the picture.
const ownStyle = async (ort) => {
  own.told ??= await told(ort, own.image);
  const part = strength.value / 100, rest = part < 1 ? await told(ort, toRead(picture)) : own.told;
  const style = own.told.map((value, i) => part * value + (1 - part) * rest[i]);
  return new ort.Tensor("float32", style, [1, style.length]);
};

// What is painted of an image, in the style that is chosen.
const paint = async (ort, image) => {
  if (isOwn()) return (await network(ANY)).run({picture: tensor(ort, image), style: await ownStyle(ort)});
  return (await network(PAINTER)).run({picture: tensor(ort, image), style: mixture(ort), weights: weights(ort)});
};

const mixed = () => {
  if (isOwn()) return own.name;
  const [a, b] = [first, second].map((choice) => words(choice.value));
  if (a === b || share.value === "0") return a;
  return share.value === "100" ? b : `${100 - share.value} % ${a}, ${share.value} % ${b}`;
};

// The address of the photo that lies on the pad of lines, if that is in use and one does.
const photoOn = (model) => {
  if (isFront()) return "";
  const sheet = sheetOf(model.get("strokes"));
  return sheet?.kind === "photo" ? sheet.picture : "";
};

// Computes what is out of date. What changes meanwhile is seen to afterwards; what is overtaken is never computed.
function pipeline({model, labels}) {
  let made = null, of = []; // the picture, and what it was made of
  let running = false, again = false;
  let choice = null; // the number of the palette, if one is asked for

  async function step() {
    const name = generator.value; // which may change meanwhile
    const colors = Boolean((await card(name)).arguments.hints);
    const rectangles = name === LABELS;
    if (!rectangles && model.get("colors") !== colors) model.set("colors", colors); // the pad shows or hides its palette
    const known = colors ? await palettes() : [];
    const ort = await runtime();
    const maker = await network(name);
    await (isOwn() ? network(ANY) : network(PAINTER)); // loaded before the time is taken
    const loaded = performance.now(), drawn = rectangles ? labels.get("strokes") : model.get("pixels");
    const dots = colors && choice !== null ? known[choice % known.length] : NONE;
    const address = asItIs.checked ? photoOn(model) : "";
    const source = address ? [address] : [drawn, name, dots];
    palette.hidden = !colors || Boolean(address);
    ownColors.disabled = choice === null;
    let pictured = loaded;
    if (source.some((part, i) => part !== of[i])) {
      const more = colors ? {hints: tensor(ort, over(hints(drawn), dots))} : {};
      const sketch = () => tensor(ort, rectangles ? ofCanvas(mapOf(labels)) : gray(drawn));
      made = address
        ? await photo(address)
        : {...square, data: (await maker.run({sketch: sketch(), ...more})).made.data};
      of = source;
      put(picture, made);
      pictured = performance.now();
    }
    const inColors = dots === NONE ? "" : `, in the colors of palette ${choice % known.length + 1}`;
    const style = mixed();
    const painted = await paint(ort, made);
    put(painting, {...made, data: painted.made.data});
    const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;
    const threads = ort.env.wasm.numThreads;
    status.textContent = `Picture ${seconds(loaded, pictured)}, painting ${seconds(pictured, performance.now())}, `
      + `${threads} thread${threads > 1 ? "s" : ""}.`;
    picture.setAttribute("aria-label", address ? "The photo" : `The picture that the network made of the drawing${inColors}`);
    painting.setAttribute("aria-label", `The picture painted in this style: ${style}`);
    for (const button of Object.values(savers)) button.disabled = false;
  }

  async function update() {
    again = true;
    if (running || !first.options.length || !model.get("pixels")) return;
    running = true;
    retry.hidden = true;
    app.ariaBusy = "true";
    try {
      while (again) {
        again = false;
        await step();
      }
    } catch (error) {
      bar.hidden = true;
      retry.hidden = false;
      status.textContent = `That failed: ${error.message}. Your drawing is still there.`;
    }
    running = false;
    app.ariaBusy = "false";
  }

  another.onclick = () => {
    choice = choice === null ? 0 : choice + 1;
    update();
  };
  ownColors.onclick = () => {
    choice = null;
    update();
  };
  return update;
}

async function start() {
  const models = build(), {model, labels} = models;
  // Which pad is seen; each keeps what is on it.
  const choosePad = () => {
    [sheet.hidden, front.hidden] = [isFront(), !isFront()];
    unchanged.hidden = !photoOn(model);
  };
  generator.onchange = choosePad;
  if (!globalThis.WebAssembly?.validate(Uint8Array.from(SIMD))) {
    status.textContent = TOO_OLD;
    return;
  }
  const update = pipeline(models);
  const choose = () => {
    [learned.hidden, brought.hidden] = [isOwn(), !isOwn()];
    update();
  };
  // A painting becomes the style; what cannot be read is told and changes nothing.
  bring = async (files) => {
    try {
      const chosen = firstOf(files, "painting");
      own = {name: chosen.name.replace(/\.\w+$/, ""), image: toRead(await readFile(chosen, 2 * READ_AT))};
    } catch (error) {
      status.textContent = error.message;
      return;
    }
    first.querySelector(`[value=${OWN}]`)?.remove();
    first.add(option(OWN, own.name));
    first.value = OWN;
    choose();
  };
  const begin = async () => {
    retry.hidden = true;
    try {
      const {styles} = await card(PAINTER);
      const options = () => styles.map((style) => option(style, words(style)));
      for (const choice of [first, second]) choice.replaceChildren(...options());
      second.selectedIndex = 1 % styles.length;
      retry.onclick = update;
      update();
    } catch (error) {
      bar.hidden = true;
      retry.hidden = false;
      status.textContent = `The list of styles could not be loaded: ${error.message}.`;
    }
  };
  retry.onclick = begin;
  model.on("change:pixels", update);
  labels.on("change:strokes", update);
  model.on("change:strokes", choosePad);
  generator.onchange = () => (choosePad(), update());
  for (const control of [second, asItIs]) control.onchange = update;
  for (const control of [share, strength]) control.oninput = update;
  first.onchange = choose;
  painting.ondragover = (event) => event.preventDefault(); // or the browser would leave the page for the file
  painting.ondrop = (event) => {
    event.preventDefault();
    bring(event.dataTransfer.files);
  };
  for (const control of Object.values(knobs)) control.oninput = () => (read(), update());
  savers.picture.onclick = () => save(picture, "picture.png");
  savers.painting.onclick = () => save(painting, `${mixed().replace(/[^a-z0-9]+/g, "_")}.png`);
  begin();
}

// Threads need a page that is isolated from others. Where the server does not see to it, web/isolation.js does, from
// the next load on; so on the first visit the page is loaded twice, at once.
async function isolated(patient) {
  const attempted = "s2s isolation attempted";
  if (crossOriginIsolated || !isSecureContext || !navigator.serviceWorker || navigator.hardwareConcurrency < 2) return;
  if (sessionStorage.getItem(attempted)) return;
  sessionStorage.setItem(attempted, "yes");
  await navigator.serviceWorker.register(new URL("../../isolation.js", import.meta.url));
  await navigator.serviceWorker.ready;
  if (!patient()) return; // the reader draws already: threads come with the next visit
  location.reload();
  await new Promise(() => {}); // this page is over
}

if (app) {
  let started = false;
  const begin = () => {
    if (!started) start();
    started = true;
  };
  setTimeout(begin, 3000);
  // If it does not work: one thread. Not awaited here, for until a module has ended the page counts as not loaded.
  isolated(() => !started).catch(() => {}).then(begin);
}
