// A pad of labels: rectangles of windows, doors and balconies on a wall, with mouse, finger, pen or keyboard.
//
// render({model, el}) is what anywidget calls in a notebook (s2s_helpers/ui/labels.py); the page try_it calls it with a
// model of its own. The model has: size, pixels of a side; strokes, what was done, one after the other. A stroke is a
// rectangle that was laid over all before it, {label, box: [left, top, right, bottom]} in whole pixels; or what became
// of one that lies there, {of: its number, box: where it is now}, null where it was taken away; or a whole front,
// {front: its rectangles}.

import {button, element} from "./elements.js";
import {save} from "./files.js";
import {LOOK, beginnings, hand, mount, recorder, sideOf} from "./pad.js";

// The classes of the CMP facades in their colors, as data/cmp_facades.py has them.
const COLORS = {
  background: [0, 0, 221], facade: [0, 51, 255], window: [0, 128, 255], door: [0, 204, 255], cornice: [32, 255, 224],
  sill: [113, 255, 142], balcony: [193, 255, 62], blind: [255, 241, 0], deco: [255, 157, 0], molding: [255, 81, 0],
  pillar: [255, 0, 0], shop: [170, 0, 0],
};
const TITLES = {facade: "wall", deco: "decoration"}; // of classes whose names say less
const WALL = [0.04, 0.12, 0.96, 0.97]; // what stands on the background at first, in sides of the sheet
const LEAST = 2; // pixels of the side of a rectangle; less is a slip of the hand
const HINT = "Lay rectangles with mouse, finger or pen, from corner to corner; what is laid later lies above. "
  + "By keyboard: arrow keys move, Space sets one corner and then the other, Escape gives up. "
  + "Move picks up what lies there; Delete takes it away.";
const STYLE = `${LOOK}
.s2s-labels .s2s-classes { display: grid; grid-template-columns: repeat(auto-fill, minmax(7em, 1fr)); gap: 2px 6px; }
.s2s-labels .s2s-classes label { margin: 0; min-height: 28px; font-size: 0.85em; cursor: pointer; }
.s2s-labels .s2s-classes input { margin: 0; }
.s2s-labels .s2s-classes span { width: 1.4em; height: 1.4em; border: 1px solid #888; border-radius: 3px; }
@media (pointer: coarse) {
  .s2s-labels .s2s-classes label, .s2s-labels button, .s2s-labels select { min-height: 44px; min-width: 44px; }
}
@media print { .s2s-labels .s2s-classes { display: none; } }`;

// Fronts to begin with, drawn up by the authors for a sheet of 256; [label, left, top, right, bottom] each.
const several = (label, top, bottom, width, ...lefts) => lefts.map((left) => [label, left, top, left + width, bottom]);
const COLUMNS = [36, 88, 140, 192];
const FRONTS = {
  "a town house": [
    ["facade", 12, 22, 244, 248], ["molding", 12, 22, 244, 40],
    ...several("window", 56, 90, 28, ...COLUMNS), ...several("sill", 90, 95, 34, ...COLUMNS.map((x) => x - 3)),
    ...several("cornice", 106, 112, 36, ...COLUMNS.map((x) => x - 4)),
    ...several("window", 114, 156, 28, ...COLUMNS), ...several("balcony", 142, 162, 44, 80, 132),
    ...several("blind", 114, 156, 7, 29, 64, 185, 220), ["molding", 12, 172, 244, 180],
    ...several("window", 194, 228, 28, 36, 88, 192), ...several("sill", 228, 233, 34, 33, 85, 189),
    ["door", 141, 192, 167, 246], ["cornice", 137, 184, 171, 191],
  ],
  "shops with balconies": [
    ["facade", 6, 12, 250, 250], ["molding", 6, 12, 250, 26],
    ...[0, 62, 124].flatMap((down) => [
      ...several("window", 36 + down, 68 + down, 24, 24, 72, 160, 208),
      ...several("window", 36 + down, 68 + down, 30, 113),
      ...several("balcony", 58 + down, 74 + down, 88, 16, 152), ["balcony", 108, 58 + down, 148, 74 + down],
    ]),
    ["molding", 6, 202, 250, 209], ...several("pillar", 209, 250, 6, 10, 104, 146, 240),
    ["shop", 20, 212, 100, 250], ["door", 114, 212, 142, 250], ["shop", 156, 212, 236, 250],
  ],
};

const rounded = (size, box) => box.map((v) => Math.round(v * size));
// The rectangles of an example, for a sheet of `size`.
const front = (name, size) =>
  FRONTS[name].map(([label, ...box]) => ({label, box: rounded(size, box.map((v) => v / 256))}));
export const EXAMPLE = {front: front("a town house", 256)}; // to begin with

// The rectangles that lie on the sheet, the uppermost last.
const laidOn = (size, strokes) => strokes.reduce((laid, {label, box, of, front}) => {
  if (front) return front;
  if (label) return [...laid, {label, box}];
  return laid.flatMap((each, i) => (i !== of ? [each] : box ? [{...each, box}] : []));
}, [{label: "facade", box: rounded(size, WALL)}]);

const put = (page, size, laid) => {
  for (const {label, box: [left, top, right, bottom]} of [{label: "background", box: [0, 0, size, size]}, ...laid]) {
    page.fillStyle = `rgb(${COLORS[label]})`;
    page.fillRect(left, top, right - left, bottom - top);
  }
};

// The label map that the strokes of a model make, as a canvas of its size.
export const mapOf = (model) => {
  const size = model.get("size"), map = element("canvas", {width: size, height: size});
  put(map.getContext("2d", {willReadFrequently: true}), size, laidOn(size, model.get("strokes")));
  return map;
};

function render({model, el}) {
  const size = model.get("size");
  const canvas = element("canvas", {tabIndex: 0});
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Pad of rectangles. ${HINT}`);
  const page = canvas.getContext("2d"), record = recorder(model);
  const laid = () => laidOn(size, model.get("strokes"));
  const name = (label) => TITLES[label] ?? label;
  const note = element("p", {className: "s2s-hint"});
  note.setAttribute("role", "status");
  const at = ([left, top, right, bottom]) => `${left} to ${right} across, ${top} to ${bottom} down`;
  const say = (text) => { note.textContent = text; };

  let label = "window", moves = false; // in the hand: a label to lay, or what moves and removes
  let held = null; // what is under way: {label, from, box}, and `of` if it lies there already and was at `was`
  let chosen = null; // the number of the rectangle that Delete takes away

  const outline = ([left, top, right, bottom]) => {
    for (const [dash, color] of [[[], "black"], [[3, 3], "white"]]) {
      page.setLineDash(dash);
      page.strokeStyle = color;
      page.strokeRect(left, top, right - left, bottom - top);
    }
    page.setLineDash([]);
  };
  const show = () => {
    const rectangles = laid();
    canvas.width = canvas.height = sideOf(canvas, size);
    page.scale(canvas.width / size, canvas.width / size);
    if (held) rectangles[held.of ?? rectangles.length] = held;
    put(page, size, rectangles);
    const marked = held ?? rectangles[chosen];
    if (marked) outline(marked.box);
    laying.mark(page);
  };

  const whole = ([x, y]) => [x, y].map((v) => Math.min(size, Math.max(0, Math.round(v))));
  const begin = (place) => {
    const [x, y] = whole(place), inside = ({box: [l, t, r, b]}) => l <= x && x < r && t <= y && y < b;
    const of = moves ? laid().findLastIndex(inside) : -1;
    chosen = of < 0 ? null : of;
    if (!moves) held = {label, from: [x, y], box: [x, y, x, y]};
    else if (of >= 0) held = {...laid()[of], of, from: [x, y], was: laid()[of].box};
    const there = moves ? at(held?.box ?? []) : `first corner at ${x} across, ${y} down`;
    say(held ? `${name(held.label)}: ${there}` : "");
    enable();
    show();
  };
  // A rectangle that is moved stays on the sheet.
  const moved = ([l, t, r, b], [dx, dy]) => {
    const [x, y] = [Math.min(size - r, Math.max(-l, dx)), Math.min(size - b, Math.max(-t, dy))];
    return [l + x, t + y, r + x, b + y];
  };
  const move = (places) => {
    if (!held) return;
    const {from: [left, top], was} = held, [x, y] = whole(places.at(-1));
    held.box = was
      ? moved(was, [x - left, y - top])
      : [Math.min(left, x), Math.min(top, y), Math.max(left, x), Math.max(top, y)];
    show();
  };
  const finish = () => {
    const {label, box, of, was} = held ?? {}, [l, t, r, b] = box ?? [0, 0, 0, 0];
    held = null;
    if (was && String(was) !== String(box)) {
      record.add({of, box});
      chosen = of;
    } else if (!was && Math.min(r - l, b - t) >= LEAST) {
      record.add({label, box});
    }
    if (box) say(`${name(label)}: ${at(box)}`);
    enable();
    show();
  };
  const giveUp = () => {
    held = null;
    say("");
    show();
  };
  const take = () => {
    if (chosen === null) return;
    held = null;
    record.add({of: chosen, box: null});
    say("It is taken away.");
  };
  const keys = {Delete: take, Backspace: take};
  const laying = hand(canvas, size, record, {begin, move, finish, giveUp, show, keys});

  const group = `s2s-label-${Math.random()}`; // of this pad
  const classes = Object.entries(COLORS).map(([key, color]) => {
    const checked = key === label, onclick = () => choose(false, key), chip = element("span");
    chip.style.background = `rgb(${color})`;
    return element("label", {}, element("input", {type: "radio", name: group, checked, onclick}), chip, name(key));
  });
  const palette = element("div", {className: "s2s-classes"}, ...classes);
  palette.setAttribute("role", "radiogroup");
  palette.setAttribute("aria-label", "What the rectangle is");
  const tools = {lay: button("Lay", () => choose(false)), move: button("Move", () => choose(true))};
  const choose = (moving, key = label) => {
    [moves, label] = [moving, key];
    for (const [tool, on] of [[tools.lay, !moves], [tools.move, moves]]) tool.setAttribute("aria-pressed", on);
    chosen = null;
    enable();
    show();
  };
  const remove = button("Delete", take);
  const clear = button("Clear", () => record.add({front: laidOn(size, [])}));
  const keep = button("Save the labels", () => save(mapOf(model), "labels.png"));
  const enable = () => {
    record.enable();
    remove.disabled = chosen === null;
    clear.disabled = !model.get("strokes").length;
  };
  const example = beginnings(Object.keys(FRONTS), (name) => record.add({front: front(name, size)}));
  const row = element("div", {className: "s2s-tools"},
    ...Object.values(tools), remove, record.undo, record.redo, clear, example, keep);
  const hint = element("p", {className: "s2s-hint", textContent: HINT});
  const pad = element("div", {className: "s2s-pad s2s-labels"}, canvas, row, palette, note, hint);

  const changed = () => {
    chosen = null;
    enable();
    show();
    model.save_changes();
  };
  const removed = mount(el, STYLE, pad, canvas, model, show, {strokes: changed});
  choose(false);
  return removed;
}

export default {render};
