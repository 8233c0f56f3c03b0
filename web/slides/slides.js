// Begins the show when formulas are set. MathJax and reveal.js come after this.
const WIDTH = 1280, HEIGHT = 720;

// A formula that is wider than its slide becomes smaller. Only the slide that is seen has a width.
function fit(slide) {
  for (const formula of slide.querySelectorAll('mjx-container[display="true"]')) {
    const part = formula.parentElement.clientWidth / formula.querySelector("svg").clientWidth;
    if (part < 1) formula.style.fontSize = `${Math.floor(100 * part)}%`;
  }
}

window.MathJax = {
  tex: { inlineMath: [["$", "$"], ["\\(", "\\)"]], processEscapes: true },
  svg: { fontCache: "local", matchFontHeight: false },
  options: { enableMenu: false },
  startup: {
    pageReady: async () => {
      await MathJax.startup.defaultPageReady();
      await Reveal.initialize({
        width: WIDTH, height: HEIGHT, margin: 0.02, center: false, hash: true, slideNumber: "c/t",
        transition: "none", backgroundTransition: "none", plugins: [RevealNotes],
      });
      fit(Reveal.getCurrentSlide());
      Reveal.on("slidechanged", (event) => fit(event.currentSlide));
      document.documentElement.dataset.ready = "yes";
    },
  },
};
