// Pictures from files, and into files. Nothing here leaves the browser.

import {button, element} from "./elements.js";

const MOST = 100; // megapixels that are read, as in images.py
const HEIC = /^ftyp(hei|hev|mif|msf)/; // how the files of many phones begin, after four bytes
const HELP = "use PNG, JPEG, WebP, GIF, BMP or AVIF";

// Tells its size without its pixels: a browser decodes an image when it is shown.
const loaded = (address) => new Promise((resolve, reject) => {
  const image = new Image();
  image.onload = () => resolve(image);
  image.onerror = () => reject(new Error("not a picture"));
  image.src = address;
});

// The size of the picture in a file, in pixels, or null where the browser sees no picture.
const sizeOf = async (file) => {
  const address = URL.createObjectURL(file);
  const image = await loaded(address).catch(() => null);
  URL.revokeObjectURL(address);
  return image && {width: image.naturalWidth, height: image.naturalHeight};
};

// The scale that shrinks an image to at most `longest` pixels a side.
export const within = ({width, height}, longest) => Math.min(1, longest / Math.max(width, height));

// An image on white, at a scale.
export const onCanvas = (image, scale, round = Math.round) => {
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, round(side * scale)));
  const canvas = element("canvas", {width, height});
  const page = canvas.getContext("2d", {willReadFrequently: true});
  page.fillStyle = "white";
  page.fillRect(0, 0, width, height);
  page.imageSmoothingQuality = "high";
  page.drawImage(image, 0, 0, width, height);
  return canvas;
};

// The first of some files. An Error says that there is none, where somebody dropped or pasted something else.
export const firstOf = ([file], what) => {
  if (!file) throw new Error(`That holds no picture file. Save the ${what} first, then open it.`);
  return file;
};

// A button to open a picture with, and what it needs beside it; `bring` gets the files.
export const opener = (text, bring, attributes = {}) => {
  const input = element("input", {type: "file", accept: "image/*", hidden: true});
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value); // some are no properties
  input.onchange = () => {
    bring(input.files);
    input.value = ""; // or the same file could not be opened again
  };
  return [button(text, () => input.click()), input];
};

// The picture in a file, on white and upright, as a canvas of at most `longest` pixels a side. An Error says in one
// line what is wrong with the file, and what to do.
export const read = async (file, longest) => {
  const refuse = (why) => { throw new Error(`${file.name}: ${why}`); };
  if (!file.size) refuse("the file is empty; save or download it again");
  const size = await sizeOf(file);
  if (!size) {
    const start = await file.slice(4, 12).text();
    if (HEIC.test(start)) refuse("this browser does not read HEIC; export it as JPEG or PNG first");
    refuse(`not a picture that this browser reads, or damaged at its start; ${HELP}`);
  }
  if (size.width * size.height > MOST * 1e6) {
    refuse(`${size.width}x${size.height} has more than the ${MOST} megapixels that are read; make it smaller first`);
  }
  const whole = await createImageBitmap(file, {imageOrientation: "from-image"})
    .catch(() => refuse(`damaged or cut short; save or download it again, or ${HELP}`));
  const canvas = onCanvas(whole, within(whole, longest));
  whole.close();
  return canvas;
};

export const save = (canvas, name) => canvas.toBlob((blob) => {
  const link = element("a", {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
