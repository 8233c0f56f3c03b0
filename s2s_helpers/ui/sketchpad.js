// A pad to draw on: dark ink on white paper, and below it colors, with mouse, finger, pen or keyboard.
//
// render({model, el}) is what anywidget calls in a notebook (s2s_helpers/ui/sketchpad.py); the page try_it calls it
// with a model of its own. The model has: size, pixels of a side; examples, {name: address of a picture}; colors, whether
// there is a brush beside the pen; strokes, what was drawn, one after the other; pixels, the gray values of the drawing,
// size x size bytes, or nothing for white paper, and behind them where something is colored the colors, RGBA, four bytes
// a pixel.
// A stroke is {pen, erase, points: [[x, y, pressure], ...]} in pixels, with a color if it is one of the brush ("" where
// that is erased), or a sheet that covers all before it: {example: name}, "" for a blank page, or what a person
// brought, {picture: its address, name: of the file, kind: "drawing" or "photo"}. Of that the pad finds the lines.

import {button, element} from "./elements.js";
import {firstOf, onCanvas, opener, read, save} from "./files.js";
import {darkOnWhite, sketchFromPhoto, split} from "./lines.js";
import {LOOK, beginnings, hand, mount, recorder, sideOf} from "./pad.js";

const INK = "rgb(28, 28, 28)", PAPER = "white";
const PENS = {fine: 1.5, medium: 2.5, broad: 4};
const ERASER = 5, BRUSH = 5; // times as wide as the pen
// The colors of houses and what is around them.
const PALETTE = {
  "warm white": "#f3ecdc", "gray": "#a3a29e", "slate": "#555c66", "sand": "#d8c199", "ocher": "#d79b3d",
  "orange": "#cf7038", "brick": "#a5493a", "red": "#bf2a2e", "brown": "#6b4a31", "grass": "#749c45", "fir": "#35583c",
  "sky": "#93bfe8", "blue": "#2f62a3",
};
const HINT = "Draw with mouse, finger or pen. By keyboard: arrow keys move, Space puts the pen down and lifts it.";
const BRING_HINT =
  "A picture can also be dropped here, or pasted (Ctrl+V). It lies whole on the sheet, with white beside.";
const KINDS = {drawing: "a drawing", photo: "a photo"};
const COLORS_HINT = "A stroke of the brush says what is to be of its color; nothing needs to be filled.";
const STYLE = `${LOOK}
.s2s-pad canvas.s2s-over { box-shadow: 0 0 0 4px #1f78d1; }
.s2s-pad .s2s-tools [role=radiogroup] { font-size: 0.85em; }
@media not (pointer: coarse) { .s2s-pad .s2s-camera { display: none; } }
.s2s-pad .s2s-palette { display: grid; grid-template-columns: repeat(7, 1fr); gap: 6px; }
.s2s-pad .s2s-palette input { appearance: none; width: 100%; height: 28px; margin: 0; box-sizing: border-box;
  border: 1px solid #888; border-radius: 4px; cursor: pointer; }
.s2s-pad .s2s-palette .s2s-chosen, .s2s-pad .s2s-palette :checked { box-shadow: 0 0 0 2px white, 0 0 0 4px #1f5fa8; }
.s2s-pad .s2s-palette [type=color] { padding: 5px; background: conic-gradient(red, yellow, lime, aqua, blue, magenta, red); }
.s2s-pad ::-webkit-color-swatch-wrapper { padding: 0; }
.s2s-pad ::-webkit-color-swatch, .s2s-pad ::-moz-color-swatch { border: 1px solid white; border-radius: 3px; }`;

// The drawing has two layers: lines, and below them colors. Each is a page of its own, measured in pixels of the drawing.
const layers = (options) => {
  const [lines, colors] = [0, 1].map(() => element("canvas").getContext("2d", options));
  return {lines, colors};
};
const layer = ({color}) => (color === undefined ? "lines" : "colors");

// One stroke, or from its point number `from` on, on its layer. The line runs from middle to middle of the points, bent
// by the point between.
const ink = (pages, stroke, from = 1) => {
  const {pen, erase, color, points} = stroke, page = pages[layer(stroke)];
  const pressed = (pressure) => (color === undefined ? 0.4 + 1.2 * pressure : BRUSH);
  const width = (pressure) => pen * (erase ? ERASER : pressed(pressure));
  const middle = (k) => (k < 1 ? points[0] : [0, 1].map((c) => (points[k - 1][c] + points[k][c]) / 2)).slice(0, 2);
  page.globalCompositeOperation = erase ? "destination-out" : "source-over";
  page.strokeStyle = page.fillStyle = color || INK;
  page.lineCap = page.lineJoin = "round";
  if (points.length === 1) { // a tap
    const [x, y, pressure] = points[0];
    page.beginPath();
    page.arc(x, y, width(pressure) / 2, 0, 2 * Math.PI);
    page.fill();
  }
  for (let i = from; i < points.length; i++) {
    if (i === from || points[i][2] !== points[i - 1][2]) { // one path as long as the width stays
      if (i > from) page.stroke();
      page.lineWidth = width(points[i][2]);
      page.beginPath();
      page.moveTo(...middle(i - 1));
    }
    page.quadraticCurveTo(...points[i - 1].slice(0, 2), ...middle(i));
    if (i === points.length - 1) {
      page.lineTo(...points[i].slice(0, 2));
      page.stroke();
    }
  }
};

// What covers all before it; the last one is what is drawn on.
const covers = (stroke) => "example" in stroke || "picture" in stroke;
export const sheetOf = (strokes) => strokes.findLast(covers);

// A picture in the middle of the page, as large as fits.
const lay = (page, size, image) => {
  const scale = size / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  page.drawImage(image, (size - width) / 2, (size - height) / 2, width, height);
};

// The layers as one picture, on all of the page; without colors the lines alone.
const compose = (page, {lines, colors}) => {
  const {canvas} = lines;
  const {width, height} = page.canvas; // a new one has 300 x 150
  if (width !== canvas.width || height !== canvas.width) page.canvas.width = page.canvas.height = canvas.width;
  page.setTransform(1, 0, 0, 1, 0, 0);
  page.fillStyle = PAPER;
  page.fillRect(0, 0, canvas.width, canvas.width);
  if (colors) page.drawImage(colors.canvas, 0, 0);
  page.globalCompositeOperation = "multiply";
  page.drawImage(canvas, 0, 0);
  page.globalCompositeOperation = "source-over";
};

// Bytes RGBA on a page of their size; of a plane of lightness its grays.
const painted = ({width, height, data, values}) => {
  const page = element("canvas", {width, height}).getContext("2d");
  data ??= Uint8ClampedArray.from({length: 4 * values.length}, (_, i) => (i % 4 === 3 ? 255 : 255 * values[i >> 2]));
  page.putImageData(new ImageData(data, width, height), 0, 0);
  return page.canvas;
};

function render({model, el}) {
  const size = model.get("size"), examples = model.get("examples");
  const images = new Map();
  const canvas = element("canvas", {tabIndex: 0});
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Drawing pad. ${HINT}`);
  const page = canvas.getContext("2d"), shown = layers();
  let stroke = null; // the one that is being drawn

  const once = (key, make) => {
    if (!images.has(key)) images.set(key, make());
    return images.get(key);
  };
  const image = (address) => once(address, async () => {
    const loaded = Object.assign(new Image(), {src: address});
    await loaded.decode();
    return loaded;
  });

  // What a sheet puts on the layers, {lines, colors}, and if a person brought it, what was done to it, in words.
  const laid = async (sheet) => {
    const {example, picture, kind} = sheet ?? {};
    if (!picture) return example in examples ? {lines: await image(examples[example])} : {};
    const find = kind === "photo" ? sketchFromPhoto : model.get("colors") ? split : darkOnWhite;
    return once(`${find.name} ${picture}`, async () => {
      const page = onCanvas(await image(picture), 1).getContext("2d");
      const {lines, colors, done} = find(page.getImageData(0, 0, page.canvas.width, page.canvas.height));
      return {lines: painted(lines), colors: colors && painted(colors), done};
    });
  };

  // Paints all strokes; false if something newer is being painted.
  const paint = async (pages, side) => {
    const strokes = model.get("strokes"), colored = model.get("colors");
    const below = await laid(sheetOf(strokes));
    if (strokes !== model.get("strokes") || colored !== model.get("colors")) return false;
    for (const page of Object.values(pages)) {
      page.canvas.width = page.canvas.height = side; // which clears it
      page.scale(side / size, side / size);
    }
    for (const [name, page] of Object.entries(pages)) if (below[name]) lay(page, size, below[name]);
    strokes.slice(strokes.findLastIndex(covers) + 1).forEach((s) => ink(pages, s));
    return true;
  };

  // Colors that count for nothing are not shown.
  const counted = ({lines, colors}) => (model.get("colors") ? {lines, colors} : {lines});
  const look = () => {
    compose(page, counted(shown));
    drawing.mark(page);
  };
  const show = async () => {
    if (!(await paint(shown, sideOf(canvas, size)))) return;
    if (stroke) ink(shown, stroke);
    look();
  };

  // What was drawn, as bytes; to Python it goes together with the strokes, in one message.
  const store = async () => {
    const pages = layers({willReadFrequently: true}), n = size * size;
    if (!(await paint(pages, size))) return;
    const bytes = ({canvas}) => canvas.getContext("2d").getImageData(0, 0, size, size).data;
    const colors = bytes(pages.colors);
    const colored = model.get("colors") && colors.some((value, i) => i % 4 === 3 && value);
    const paper = element("canvas").getContext("2d", {willReadFrequently: true});
    compose(paper, {lines: pages.lines});
    const pixels = new Uint8Array(colored ? 5 * n : n);
    bytes(paper).forEach((value, i) => i % 4 || (pixels[i / 4] = value));
    if (colored) pixels.set(colors, n);
    model.set("pixels", new DataView(pixels.buffer));
    model.save_changes();
  };

  const seen = (s) => model.get("colors") || layer(s) === "lines";
  const record = recorder(model, seen), {add, change} = record;
  const enable = () => {
    record.enable();
    clear.disabled = !model.get("strokes").length;
  };
  const changed = () => (enable(), show(), store(), tell());

  // A picture of a file, of the first of several, becomes the sheet; what cannot be read is told and changes nothing.
  const bring = async (files) => {
    try {
      const file = firstOf(files, "picture");
      note.textContent = `Reading ${file.name} ...`;
      const picture = (await read(file, Math.min(2 * size, 1024))).toDataURL(); // as fine as it is shown
      add({picture, name: file.name, kind});
    } catch (error) {
      note.textContent = error.message;
    }
  };
  let kind = "drawing"; // of what is brought
  const take = (name) => {
    kind = name;
    const strokes = model.get("strokes"), sheet = sheetOf(strokes);
    if (sheet?.picture) change(strokes.map((s) => (s === sheet ? {...s, kind} : s)));
  };
  // What was done to the sheet, once it is known.
  const tell = async () => {
    const strokes = model.get("strokes"), sheet = sheetOf(strokes), {done} = await laid(sheet);
    if (strokes !== model.get("strokes")) return;
    kind = sheet?.kind ?? kind;
    kinds[kind].checked = true;
    note.textContent = done ? `${sheet.name}: ${done}.` : "";
  };

  const tools = {
    pen: button("Pen", () => choose("pen")),
    brush: button("Brush", () => choose("brush")),
    eraser: button("", () => choose("eraser")),
  };
  let tool, coloring = false; // on which layer, also for the eraser
  const choose = (name) => {
    tool = name;
    if (name !== "eraser") coloring = name === "brush";
    tools.eraser.textContent = coloring ? "Color eraser" : "Eraser";
    for (const [name, button] of Object.entries(tools)) button.setAttribute("aria-pressed", name === tool);
  };
  choose("pen");
  const width = element("select", {}, ...Object.keys(PENS).map((name) => new Option(name, name)));
  width.value = "medium";
  width.setAttribute("aria-label", "Width of the pen");
  const clear = button("Clear", () => add({example: ""}));
  const keep = button("Save the drawing", async () => {
    const pages = layers(), whole = element("canvas").getContext("2d");
    if (!(await paint(pages, 4 * size))) return;
    compose(whole, counted(pages));
    save(whole.canvas, "drawing.png");
  });
  const row = element("div", {className: "s2s-tools"}, ...Object.values(tools), width, record.undo, record.redo, clear);
  const names = Object.keys(examples);
  if (names.length) row.append(beginnings(names, (example) => add({example})));
  row.append(keep);

  const camera = element("span", {className: "s2s-camera"}, ...opener("Camera", bring, {capture: "environment"}));
  const kinds = {}, taken = `s2s-kind-${Math.random()}`; // of this pad
  const choice = element("span", {textContent: "as"}, ...Object.entries(KINDS).map(([name, text]) => {
    kinds[name] = element("input", {type: "radio", name: taken, checked: name === kind, onclick: () => take(name)});
    return element("label", {}, kinds[name], text);
  }));
  choice.setAttribute("role", "radiogroup");
  choice.setAttribute("aria-label", "What the picture is");
  const door = element("div", {className: "s2s-tools"}, ...opener("Open a picture", bring), camera, choice);
  const note = element("p", {className: "s2s-hint"});
  note.setAttribute("role", "status");

  const palette = element("div", {className: "s2s-palette"});
  palette.setAttribute("role", "group");
  palette.setAttribute("aria-label", "Color of the brush");
  const group = `s2s-color-${Math.random()}`; // of this pad
  const swatches = Object.entries(PALETTE).map(([title, value]) => {
    const made = element("input", {type: "radio", name: group, title, value, onclick: () => dip(made)});
    made.setAttribute("aria-label", title);
    made.style.background = value;
    return made;
  });
  const free = element("input", {type: "color", value: "#8a5aa8", title: "another color", oninput: () => dip(free)});
  free.setAttribute("aria-label", "another color");
  free.onclick = () => dip(free);
  palette.append(...swatches, free);
  let dye;
  const dip = (source) => {
    dye = source.value;
    for (const swatch of swatches) swatch.checked = swatch === source;
    free.classList.toggle("s2s-chosen", source === free);
    choose("brush");
  };
  dip(swatches[4]);
  choose("pen");
  const offer = () => {
    const on = Boolean(model.get("colors"));
    tools.brush.hidden = palette.hidden = more.hidden = !on;
    if (!on && coloring) choose("pen");
  };

  const begin = (place, otherEnd) => {
    const erase = tool === "eraser" || otherEnd;
    stroke = {pen: PENS[width.value], erase, points: [place]};
    if (coloring) stroke.color = erase ? "" : dye;
    ink(shown, stroke);
    look();
  };
  const move = (places) => {
    const from = stroke.points.length;
    stroke.points.push(...places);
    ink(shown, stroke, from);
    look();
  };
  const finish = () => {
    const done = stroke;
    stroke = null;
    add(done);
  };
  const drawing = hand(canvas, size, record, {begin, move, finish, show});

  const hint = element("p", {className: "s2s-hint", textContent: `${HINT} ${BRING_HINT}`});
  const more = element("p", {className: "s2s-hint", textContent: COLORS_HINT});
  const pad = element("div", {className: "s2s-pad"}, canvas, row, palette, door, note, hint, more);
  const over = (event, on) => {
    event.preventDefault(); // or the browser would leave the page for the file
    canvas.classList.toggle("s2s-over", on);
  };
  pad.ondragover = (event) => over(event, true);
  pad.ondragleave = (event) => over(event, false);
  pad.ondrop = (event) => {
    over(event, false);
    bring(event.dataTransfer.files);
  };
  pad.onpaste = (event) => {
    event.preventDefault();
    bring(event.clipboardData.files);
  };
  const offered = () => (offer(), changed());
  offer();
  enable();
  tell();
  const removed = mount(el, STYLE, pad, canvas, model, show, {strokes: changed, colors: offered});
  if (model.get("strokes").length && !model.get("pixels")) store();
  return removed;
}

export default {render};
