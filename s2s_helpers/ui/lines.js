// The lines of a picture that a person brings: what data/sketches.py and data/hints.py do, in the browser. A test
// compares the two.
//
// A picture is {width, height, data}: opaque RGBA bytes, as of ImageData, up to 1024 pixels a side. A plane is {width,
// height, values}: one number a pixel, row by row; of a drawing the lightness, 0 to 1.

const FAINT = 0.75; // lightness of the darkest tenth of the ink of a drawing
const COLORED = 0.1, PAINT = 0.2, FEW = 0.002, CORE = 0.75, SPECK = 1e-4, ONE_INK = 0.95; // as in data/hints.py

const clip = (v) => Math.min(1, Math.max(0, v));
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const share = (values, has) => mean(values.map((v) => Number(has(v))));
const even = (v) => (v % 1 === 0.5 ? 2 * Math.round(v / 2) : Math.round(v)); // as Python rounds
const longest = ({width, height}) => Math.max(width, height);
const alike = ({width, height}, f) => ({width, height, values: new Float32Array(width * height).map((_, i) => f(i))});

// Like numpy's: between two values of the sorted ones as far as q says.
const quantile = (values, q) => {
  const sorted = values.slice().sort(), at = q * (sorted.length - 1), below = Math.floor(at);
  return sorted[below] + (at - below) * (sorted[Math.ceil(at)] - sorted[below]);
};

// --- filters

// `filter` makes a line of a line: of each column, and then of each row.
const separably = ({width, height, values}, filter) => {
  const pass = (from, count, length, stride, step) => {
    const made = new Float32Array(from.length), line = new Float32Array(length);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < length; i++) line[i] = from[k * stride + i * step];
      filter(line).forEach((v, i) => { made[k * stride + i * step] = v; });
    }
    return made;
  };
  return {width, height, values: pass(pass(values, width, height, 1, width), height, width, width, 1)};
};

// The Gaussian filter of scipy: as far as four sigma, over a picture that goes on mirrored.
const blurred = (plane, sigma) => {
  const radius = Math.floor(4 * sigma + 0.5);
  const bell = Float64Array.from({length: radius + 1}, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const total = bell.reduce((sum, v) => sum + 2 * v, -1);
  return separably(plane, (line) => {
    const n = line.length, wide = new Float64Array(n + 2 * radius);
    for (let i = 0; i < wide.length; i++) {
      const at = (((i - radius) % (2 * n)) + 2 * n) % (2 * n);
      wide[i] = line[at < n ? at : 2 * n - 1 - at];
    }
    return line.map((_, i) => {
      let sum = wide[i + radius];
      for (let j = 1; j <= radius; j++) sum += bell[j] * (wide[i + radius - j] + wide[i + radius + j]);
      return sum / total;
    });
  });
};

// The largest value in a square of `size` pixels.
const highest = (plane, size) => {
  const before = Math.floor(size / 2);
  return separably(plane, (line) => line.map((_, i) => {
    const end = Math.min(line.length, i - before + size);
    let most = -Infinity;
    for (let j = Math.max(0, i - before); j < end; j++) most = Math.max(most, line[j]);
    return most;
  }));
};

// Calls f(i) for each of the eight neighbors of a pixel that are in the plane, or of the four beside it.
const neighbors = ({width, height}, at, f, corners = true) => {
  const x = at % width, y = (at - x) / width;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
      if (inside && (dx || dy) && (corners || !dx || !dy)) f(at + dy * width + dx);
    }
  }
};

// A plane of 0 and 1 without connected parts, corners included, of fewer than `smallest` pixels.
const withoutSpecks = (inked, smallest) => {
  const seen = new Uint8Array(inked.values.length), kept = alike(inked, () => 0);
  inked.values.forEach((v, start) => {
    if (!v || seen[start]) return;
    const part = [start];
    seen[start] = 1;
    const join = (i) => {
      if (inked.values[i] && !seen[i]) seen[part[part.length] = i] = 1;
    };
    for (let k = 0; k < part.length; k++) neighbors(inked, part[k], join);
    if (part.length >= smallest) part.forEach((i) => { kept.values[i] = 1; });
  });
  return kept;
};

// --- drawings

const gray = (picture) => {
  const {data} = picture;
  return alike(picture, (i) => (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255);
};
const colorfulness = (picture) => {
  const {data} = picture;
  const spread = (...channels) => (Math.max(...channels) - Math.min(...channels)) / 255;
  return alike(picture, (i) => spread(data[4 * i], data[4 * i + 1], data[4 * i + 2]));
};

const isClean = (light, color) => {
  const paper = light.values.filter((v) => v > 0.5), ink = light.values.filter((v) => v < 0.9);
  if (paper.length < 0.2 * light.values.length || share(paper, (v) => v > 0.98) < 0.2) return false;
  if (!ink.length) return true;
  const faint = longest(light) >= 128 && quantile(ink, 0.1) > FAINT;
  return !faint && mean(color.values.filter((_, i) => light.values[i] < 0.9)) < 0.1;
};

const isLightOnDark = (light) => {
  if (quantile(light.values, 0.5) > 0.5) return false;
  const around = blurred(light, longest(light) / 16);
  return quantile(light.values, 0.8) < 0.35 || mean(light.values.map((v, i) => (v - around.values[i]) ** 3)) > 0;
};

const whitePaper = (light) => {
  const reach = longest(light) / 8;
  const paper = blurred(highest(blurred(light, reach / 16), even(reach) + 1), reach / 2);
  const ratio = alike(light, (i) => light.values[i] / Math.max(paper.values[i], 0.02));
  const ink = ratio.values.filter((v) => v < 0.88);
  const black = ink.length ? Math.min(quantile(ink, 0.1), 0.8) : 0.5;
  const white = Math.max(0.85, 0.65 + 0.35 * black);
  return alike(light, (i) => clip((ratio.values[i] - black) / (white - black)));
};

const straightened = (light, color) => {
  if (isClean(light, color)) return {lines: light, done: "dark on white already"};
  const done = "made dark on white";
  if (!isLightOnDark(light)) return {lines: whitePaper(light), done};
  const turned = alike(light, (i) => 1 - light.values[i]);
  const clean = isClean(turned, alike(turned, () => 0));
  return {lines: clean ? turned : whitePaper(turned), done: `light on dark, turned and ${done}`};
};

// A drawing, {lines: a plane, dark on white; done: what was done to it, in words}.
export const darkOnWhite = (picture) => straightened(gray(picture), colorfulness(picture));

// --- drawings with colors

const middles = (strength, mask) => {
  const most = highest(strength, 2 * Math.max(1, even(longest(strength) / 256)) + 1);
  return alike(strength, (i) => Number(mask(i) && strength.values[i] >= CORE * most.values[i]));
};

const median = (values) => values.sort()[(values.length - 1) >> 1]; // torch's: of two the lower

// The channels of a picture divided by its paper, and how light that is.
const onWhite = (picture) => {
  const light = gray(picture), bright = quantile(light.values, 0.9);
  const channels = [0, 1, 2].map((c) => alike(picture, (i) => picture.data[4 * i + c] / 255));
  const paper = channels.map(({values}) => median(values.filter((_, i) => light.values[i] >= bright)));
  if (Math.min(...paper) < 0.5 || Math.max(...paper) - Math.min(...paper) > 0.15) return {channels, paper: 1};
  return {channels: channels.map((one, c) => alike(one, (i) => clip(one.values[i] / paper[c]))), paper: mean(paper)};
};

// Whether all that is colored has one hue, as a direction in the plane of the channels' differences.
const isOneInk = ([red, green, blue], where) => {
  let x = 0, y = 0, lengths = 0;
  where.values.forEach((v, i) => {
    if (!v) return;
    const [r, g, b] = [red.values[i], green.values[i], blue.values[i]];
    const [dx, dy] = [r - (g + b) / 2, ((g - b) * Math.sqrt(3)) / 2];
    x += dx;
    y += dy;
    lengths += Math.hypot(dx, dy);
  });
  return Math.hypot(x, y) > ONE_INK * lengths;
};

// A colored drawing, {lines, done} as of darkOnWhite, and if it has colors that are no ink {colors: a picture of them,
// transparent where there is none}.
export const split = (picture) => {
  const {channels, paper} = onWhite(picture);
  const [red, green, blue] = channels.map(({values}) => values);
  const most = alike(picture, (i) => Math.max(red[i], green[i], blue[i]));
  const least = alike(picture, (i) => Math.min(red[i], green[i], blue[i]));
  const color = alike(picture, (i) => most.values[i] - least.values[i]);
  const pure = alike(picture, (i) => color.values[i] / (1 - least.values[i] + 0.05));
  const painted = middles(color, (i) => color.values[i] > COLORED && pure.values[i] > PAINT);
  const where = withoutSpecks(painted, even(SPECK * color.values.length) + 1);
  const lines = alike(picture, (i) => 1 - (1 - most.values[i]) * clip(2 - (2 * pure.values[i]) / PAINT));
  const hasInk = share(lines.values, (v) => v < 0.5) > FEW;
  if (!where.values.includes(1) || (!hasInk && isOneInk(channels, where))) return darkOnWhite(picture);
  const inked = alike(lines, (i) => paper * lines.values[i]);
  const {lines: drawn, done} = hasInk ? straightened(inked, alike(inked, () => 0)) : darkOnWhite(picture);
  const data = new Uint8ClampedArray(4 * where.values.length);
  where.values.forEach((v, i) => v && data.set([255 * red[i], 255 * green[i], 255 * blue[i], 255], 4 * i));
  const {width, height} = picture;
  return {lines: drawn, done: `${done}, its colors taken apart`, colors: {width, height, data}};
};

// --- photos

const inkLines = (light, sigma) => {
  const [sharpness, threshold, softness, ratio] = [18, 0.62, 12, 1.6]; // of `Ink` in data/sketches.py
  const around = blurred(light, 6 * sigma);
  const flat = alike(light, (i) => 0.8 * Math.min(1.2, (light.values[i] + 0.04) / (around.values[i] + 0.04)));
  const [fine, coarse] = [sigma, ratio * sigma].map((width) => blurred(flat, width));
  return alike(light, (i) => {
    const sharpened = (1 + sharpness) * fine.values[i] - sharpness * coarse.values[i];
    return sharpened >= threshold ? 1 : 1 + Math.tanh(softness * (sharpened - threshold));
  });
};

// The ink lines of a photo, {lines, done} as of darkOnWhite: sketch_from_photo in the package.
export const sketchFromPhoto = (picture) => {
  const sigma = Math.max(0.7, longest(picture) / 250);
  const lines = inkLines(gray(picture), sigma), inked = alike(lines, (i) => Number(lines.values[i] < 0.6));
  const kept = withoutSpecks(inked, even(20 * sigma ** 2));
  const blank = (i) => !kept.values[i] && (lines.values[i] = 1);
  inked.values.forEach((v, i) => {
    if (!v || kept.values[i]) return;
    neighbors(lines, i, blank, false);
    blank(i);
  });
  return {lines, done: "ink drawn along its edges"};
};
