// Pictures from files, and into files. Nothing here leaves the browser.

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

// An image on white, shrunk to at most `longest` pixels a side.
export const onCanvas = (image, longest, round = Math.round) => {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), {width, height});
  const page = canvas.getContext("2d", {willReadFrequently: true});
  page.fillStyle = "white";
  page.fillRect(0, 0, width, height);
  page.imageSmoothingQuality = "high";
  page.drawImage(image, 0, 0, width, height);
  return canvas;
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
  const canvas = onCanvas(whole, longest);
  whole.close();
  return canvas;
};

export const save = (canvas, name) => canvas.toBlob((blob) => {
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
