// What the pads share: how they look, the record of what was done, and a hand: mouse, finger, pen or keyboard.

import {button, element} from "./elements.js";

const STEP = 4; // pixels that an arrow key moves, 1 with Shift
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

export const LOOK = `
.s2s-pad { display: inline-grid; gap: 6px; max-width: 100%; padding: 4px; box-sizing: border-box;
  font: inherit; color: inherit; }
.s2s-pad canvas { width: 100%; aspect-ratio: 1; background: white; box-shadow: 0 0 0 1px #888; border-radius: 4px;
  touch-action: none; cursor: crosshair; }
.s2s-pad :focus-visible { outline: 2px solid #1f78d1; outline-offset: 2px; }
.s2s-pad .s2s-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; }
.s2s-pad label { display: inline-flex; align-items: center; gap: 4px; margin: 0 0 0 6px; }
.s2s-pad [hidden] { display: none !important; }
.s2s-pad button, .s2s-pad select { font: inherit; font-size: 0.85em; color: inherit; background: transparent;
  border: 1px solid #888; border-radius: 4px; padding: 2px 8px; cursor: pointer; }
.s2s-pad option { color: black; background: white; }
.s2s-pad button[aria-pressed=true] { background: #1f5fa8; border-color: #1f5fa8; color: white; }
.s2s-pad button:disabled { opacity: 0.4; cursor: default; }
.s2s-pad .s2s-hint { font-size: 0.8em; opacity: 0.8; margin: 0; }
@media print { .s2s-pad .s2s-tools, .s2s-pad .s2s-palette, .s2s-pad .s2s-hint { display: none; } }`;

// The record of what was done, model.get("strokes"), with its buttons. What of it is `seen` can be taken back, and what
// was taken back brought again until something else is done.
export const recorder = (model, seen = () => true) => {
  let undone = [];
  const change = (strokes, kept = []) => {
    undone = kept;
    model.set("strokes", strokes);
  };
  const add = (stroke) => change([...model.get("strokes"), stroke]);
  const back = () => {
    const strokes = model.get("strokes"), last = strokes.findLastIndex(seen);
    if (last >= 0) change(strokes.filter((_, i) => i !== last), [...undone, strokes[last]]);
  };
  const again = () => {
    if (undone.length) change([...model.get("strokes"), undone.at(-1)], undone.slice(0, -1));
  };
  const undo = button("Undo", back), redo = button("Redo", again);
  const enable = () => {
    undo.disabled = !model.get("strokes").some(seen);
    redo.disabled = !undone.length;
  };
  return {change, add, back, again, undo, redo, enable};
};

// Follows a pointer on the canvas, or the keyboard: arrow keys move a cursor, Space begins and ends, as the button of a
// mouse does. `begin` gets a place [x, y, pressure], in pixels of the sheet, and whether it is the other end of a pen;
// `move` the places that were passed; then comes `finish`, or where one leaves in the middle `giveUp`, if there is one.
// `keys` are what other keys do. The `mark` shows on a page where the cursor is.
export const hand = (canvas, size, record, {begin, move, finish, giveUp, show, keys = {}}) => {
  let pointer = null; // one at a time
  let cursor = null; // where the keyboard is, once an arrow key was pressed
  let holds = false; // whether something is under way
  const start = (...all) => (holds = true, begin(...all));
  const end = (how) => {
    const held = holds;
    holds = false;
    if (held) how();
  };
  const leave = () => end(giveUp ?? finish);
  const round = (v) => Math.round(v * 100) / 100;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    // A mouse has no pressure and says 0.5; so do fingers here, whose pressure is noise.
    return [round(x * size), round(y * size), event.pointerType === "pen" ? round(event.pressure) : 0.5];
  };
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button > 0 && event.button !== 5) return;
    event.preventDefault();
    leave(); // what the keyboard began
    canvas.focus({preventScroll: true});
    cursor = null;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    start(place(event), event.button === 5); // 5: the other end of the pen
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    move((passed.length ? passed : [event]).map(place));
  };
  const lift = (how) => (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    how();
  };
  canvas.onpointerup = lift(() => end(finish));
  canvas.onpointercancel = lift(leave);

  const middle = [size / 2, size / 2];
  const press = ({key, shiftKey, ctrlKey, metaKey}) => {
    if (key in ARROWS) {
      const far = shiftKey ? 1 : STEP, inside = (v) => Math.min(size, Math.max(0, v));
      cursor = (cursor ?? middle).map((v, i) => inside(v + far * ARROWS[key][i]));
      if (holds) move([[...cursor, 0.5]]);
    } else if (key === " ") {
      cursor ??= middle;
      if (holds) end(finish);
      else start([...cursor, 0.5], false);
    } else if (key.toLowerCase() === "z" && (ctrlKey || metaKey)) {
      if (shiftKey) record.again();
      else record.back();
    } else if (key === "Escape" && giveUp && holds) {
      leave();
    } else if (key in keys) {
      keys[key]();
    } else {
      return false;
    }
    return true;
  };
  canvas.onkeydown = (event) => {
    if (pointer !== null || !press(event)) return;
    event.preventDefault();
    show();
  };
  canvas.onblur = () => (leave(), show());
  canvas.onfocus = show;

  const mark = (page) => {
    if (!cursor || document.activeElement !== canvas) return;
    const scale = canvas.width / size;
    page.setTransform(scale, 0, 0, scale, 0, 0);
    page.strokeStyle = holds ? "#c1121f" : "#1f5fa8";
    page.lineWidth = 1;
    page.beginPath();
    page.arc(...cursor, 5, 0, 2 * Math.PI);
    page.stroke();
  };
  return {mark};
};

// A choice of what one can begin with.
export const beginnings = (names, lay) => {
  const choice = element("select", {}, new Option("Example ...", ""), ...names.map((name) => new Option(name)));
  choice.setAttribute("aria-label", "Load an example");
  choice.onchange = () => {
    if (choice.value) lay(choice.value);
    choice.value = "";
  };
  return choice;
};

// How many pixels of the screen a side of the canvas has.
export const sideOf = (canvas, size) => Math.round((canvas.clientWidth || size) * (window.devicePixelRatio || 1));

// Puts a pad on the page, and does what `changes` says when a value of the model changes. What it returns ends that.
export const mount = (el, style, pad, canvas, model, show, changes) => {
  pad.style.width = `${Math.max(model.get("size"), 256) * 1.25}px`;
  // JupyterLab's shortcuts must not act on what is typed here: two d would delete the cell.
  for (const control of pad.querySelectorAll("canvas, button, select, input")) {
    control.dataset.lmSuppressShortcuts = "true";
  }
  el.append(element("style", {textContent: style}), pad);
  const resized = new ResizeObserver(show);
  resized.observe(canvas);
  for (const [key, f] of Object.entries(changes)) model.on(`change:${key}`, f);
  return () => {
    resized.disconnect();
    for (const [key, f] of Object.entries(changes)) model.off(`change:${key}`, f);
  };
};
