// Widgets on a page without a kernel and without another host. Loaded after require.js.
(() => {
  const here = new URL(".", document.currentScript.src).href;
  requirejs.config({
    waitSeconds: 0, // a slow network or machine is no error: else after 7 seconds a script counts as missing
    paths: {
      // These are inside embed-amd.js; the paths say where its icon fonts are.
      "@jupyter-widgets/html-manager/dist": here.replace(/\/$/, ""),
      "@jupyter-widgets/base": here + "base",
      "@jupyter-widgets/controls": here + "controls",
      anywidget: here + "anywidget",
    },
  });

  // html-manager speaks to MathJax 2, the page has MathJax 3.
  document.addEventListener("DOMContentLoaded", () => {
    const MJ = window.MathJax;
    if (MJ && MJ.startup && !MJ.Hub) {
      MJ.Hub = {Queue: (job) => MJ.startup.promise.then(() => MJ.typesetPromise([job[2]]))};
    }
  });

  // A slider's handle is announced by its name and value.
  const name = () => document.querySelectorAll(".widget-slider").forEach((slider) => {
    const label = slider.querySelector(".widget-label"), readout = slider.querySelector(".widget-readout");
    slider.querySelectorAll(".noUi-handle").forEach((handle) => {
      const set = (key, value) => value && handle.getAttribute(key) !== value && handle.setAttribute(key, value);
      set("aria-label", label && label.textContent);
      set("aria-valuetext", readout && readout.textContent);
    });
  });
  new MutationObserver(name).observe(document.documentElement, {childList: true, subtree: true, characterData: true});
})();
