// A pad to draw on: dark ink on white paper, with mouse, finger, pen or keyboard.
//
// render({model, el}) is what anywidget calls in a notebook (s2s_helpers/ui/sketchpad.py); the page try_it calls it
// with a model of its own. The model has: size, pixels of a side; examples, {name: address of a picture}; strokes, what was
// drawn, one after the other; pixels, the gray values of the drawing, size x size bytes, or nothing for white paper.
// A stroke is {pen, erase, points: [[x, y, pressure], ...]} in pixels, or {example: name}, "" for a blank page.

const INK = "rgb(28, 28, 28)", PAPER = "white";
const PENS = {fine: 1.5, medium: 2.5, broad: 4};
const ERASER = 5; // times as wide as the pen
const STEP = 4; // pixels that an arrow key moves, 1 with Shift
const HINT = "Draw with mouse, finger or pen. By keyboard: arrow keys move, Space puts the pen down and lifts it.";
const STYLE = `
.s2s-pad { display: inline-grid; gap: 6px; max-width: 100%; padding: 4px; box-sizing: border-box;
  font: inherit; color: inherit; }
.s2s-pad canvas { width: 100%; aspect-ratio: 1; background: white; box-shadow: 0 0 0 1px #888; border-radius: 4px;
  touch-action: none; cursor: crosshair; }
.s2s-pad :focus-visible { outline: 2px solid #1f78d1; outline-offset: 2px; }
.s2s-pad .s2s-tools { display: flex; flex-wrap: wrap; gap: 4px; }
.s2s-pad button, .s2s-pad select { font: inherit; font-size: 0.85em; color: inherit; background: transparent;
  border: 1px solid #888; border-radius: 4px; padding: 2px 8px; cursor: pointer; }
.s2s-pad option { color: black; background: white; }
.s2s-pad button[aria-pressed=true] { background: #1f5fa8; border-color: #1f5fa8; color: white; }
.s2s-pad button:disabled { opacity: 0.4; cursor: default; }
.s2s-pad .s2s-hint { font-size: 0.8em; opacity: 0.8; margin: 0; }
@media print { .s2s-pad .s2s-tools, .s2s-pad .s2s-hint { display: none; } }`;

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// One stroke, or from its point number `from` on, on a page that is measured in pixels of the drawing. The line runs
// from middle to middle of the points, bent by the point between.
const ink = (page, {pen, erase, points}, from = 1) => {
  const width = (pressure) => pen * (erase ? ERASER : 0.4 + 1.2 * pressure);
  const middle = (k) => (k < 1 ? points[0] : [0, 1].map((c) => (points[k - 1][c] + points[k][c]) / 2)).slice(0, 2);
  page.strokeStyle = page.fillStyle = erase ? PAPER : INK;
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

// A picture in the middle of the page, as large as fits.
const lay = (page, size, image) => {
  const scale = size / Math.max(image.naturalWidth, image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  page.drawImage(image, (size - width) / 2, (size - height) / 2, width, height);
};

function render({model, el}) {
  const size = model.get("size"), examples = model.get("examples");
  const images = new Map();
  const canvas = element("canvas", {tabIndex: 0});
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Drawing pad. ${HINT}`);
  const page = canvas.getContext("2d");
  let stroke = null; // the one that is being drawn
  let cursor = null; // where the keyboard's pen is, once an arrow key was pressed

  const image = (name) => {
    if (!images.has(name)) {
      const loaded = Object.assign(new Image(), {src: examples[name]});
      images.set(name, loaded.decode().then(() => loaded));
    }
    return images.get(name);
  };

  const paint = async (target, scale) => {
    const strokes = model.get("strokes");
    const start = strokes.findLastIndex((s) => "example" in s);
    const name = start < 0 ? "" : strokes[start].example;
    const background = name in examples ? await image(name) : null;
    if (strokes !== model.get("strokes")) return false; // something newer is being painted
    target.setTransform(scale, 0, 0, scale, 0, 0);
    target.fillStyle = PAPER;
    target.fillRect(0, 0, size, size);
    if (background) lay(target, size, background);
    strokes.slice(start + 1).forEach((s) => ink(target, s));
    return true;
  };

  const show = async () => {
    const width = Math.round((canvas.clientWidth || size) * (window.devicePixelRatio || 1));
    if (canvas.width !== width || canvas.height !== width) canvas.width = canvas.height = width;
    if (!(await paint(page, width / size))) return;
    if (stroke) ink(page, stroke);
    if (cursor && document.activeElement === canvas) {
      page.strokeStyle = stroke ? "#c1121f" : "#1f5fa8";
      page.lineWidth = 1;
      page.beginPath();
      page.arc(...cursor, 5, 0, 2 * Math.PI);
      page.stroke();
    }
  };

  // What was drawn, as gray values; to Python it goes together with the strokes, in one message.
  const store = async () => {
    const canvas = element("canvas", {width: size, height: size});
    const page = canvas.getContext("2d", {willReadFrequently: true});
    if (!(await paint(page, 1))) return;
    const colors = page.getImageData(0, 0, size, size).data;
    model.set("pixels", new DataView(Uint8Array.from({length: size * size}, (_, i) => colors[4 * i]).buffer));
    model.save_changes();
  };
  const change = (strokes) => model.set("strokes", strokes);
  const changed = () => {
    undo.disabled = clear.disabled = !model.get("strokes").length;
    show();
    store();
  };

  const press = (button, on) => button.setAttribute("aria-pressed", on);
  const pen = element("button", {type: "button", textContent: "Pen", onclick: () => choose(false)});
  const eraser = element("button", {type: "button", textContent: "Eraser", onclick: () => choose(true)});
  const choose = (erase) => (press(pen, !erase), press(eraser, erase));
  const erasing = () => eraser.getAttribute("aria-pressed") === "true";
  choose(false);
  const width = element("select", {}, ...Object.keys(PENS).map((name) => new Option(name, name)));
  width.value = "medium";
  width.setAttribute("aria-label", "Width of the pen");
  const undo = element("button", {type: "button", textContent: "Undo"});
  undo.onclick = () => change(model.get("strokes").slice(0, -1));
  const clear = element("button", {type: "button", textContent: "Clear"});
  clear.onclick = () => change([...model.get("strokes"), {example: ""}]);
  const tools = element("div", {className: "s2s-tools"}, pen, eraser, width, undo, clear);
  if (Object.keys(examples).length) {
    const names = Object.keys(examples).map((name) => new Option(name));
    const example = element("select", {}, new Option("Example ...", ""), ...names);
    example.setAttribute("aria-label", "Load an example");
    example.onchange = () => {
      if (example.value) change([...model.get("strokes"), {example: example.value}]);
      example.value = "";
    };
    tools.append(example);
  }

  const begin = (x, y, pressure, erase) => (stroke = {pen: PENS[width.value], erase, points: [[x, y, pressure]]});
  const finish = () => {
    const done = stroke;
    stroke = null;
    if (done) change([...model.get("strokes"), done]);
  };
  const round = (v) => Math.round(v * 100) / 100;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    // A mouse has no pressure and says 0.5; so do fingers here, whose pressure is noise.
    return [round(x * size), round(y * size), event.pointerType === "pen" ? round(event.pressure) : 0.5];
  };
  let pointer = null; // one at a time
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button > 0 && event.button !== 5) return;
    event.preventDefault();
    finish(); // what the keyboard began
    canvas.focus({preventScroll: true});
    cursor = null;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    begin(...place(event), erasing() || event.button === 5); // 5: the other end of the pen
    ink(page, stroke);
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer) return;
    const from = stroke.points.length;
    const passed = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(passed.length ? passed : [event]).map(place));
    ink(page, stroke, from);
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    finish();
  };

  const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  canvas.onkeydown = (event) => {
    if (pointer !== null) return;
    if (event.key in arrows) {
      const far = event.shiftKey ? 1 : STEP;
      const inside = (v) => Math.min(size, Math.max(0, v));
      cursor = (cursor ?? [size / 2, size / 2]).map((v, i) => inside(v + far * arrows[event.key][i]));
      stroke?.points.push([...cursor, 0.5]);
      show();
    } else if (event.key === " ") {
      cursor ??= [size / 2, size / 2];
      if (stroke) finish();
      else begin(...cursor, 0.5, erasing());
      show();
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      undo.click();
    } else {
      return;
    }
    event.preventDefault();
  };
  canvas.onblur = () => (finish(), show());
  canvas.onfocus = show;

  const hint = element("p", {className: "s2s-hint", textContent: HINT});
  const pad = element("div", {className: "s2s-pad"}, canvas, tools, hint);
  pad.style.width = `${Math.max(size, 256) * 1.25}px`;
  // JupyterLab's shortcuts must not act on what is typed here: two d would delete the cell.
  for (const control of pad.querySelectorAll("canvas, button, select")) control.dataset.lmSuppressShortcuts = "true";
  el.append(element("style", {textContent: STYLE}), pad);

  undo.disabled = clear.disabled = !model.get("strokes").length;
  const resized = new ResizeObserver(show);
  resized.observe(canvas);
  model.on("change:strokes", changed);
  if (model.get("strokes").length && !model.get("pixels")) store();
  return () => {
    resized.disconnect();
    model.off("change:strokes", changed);
  };
}

export default {render};
