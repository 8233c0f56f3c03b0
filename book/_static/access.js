// What the theme leaves undone for readers who listen to the page (tests/browser/test_pages.py).
document.addEventListener("DOMContentLoaded", () => {
  // A control's name must have the words that stand on it. Without a label of their own these are called as they look.
  for (const control of document.querySelectorAll("summary[aria-label], .search-button-field[aria-label]")) {
    control.removeAttribute("aria-label");
  }
  // The parameters of a long signature are set as a list of definitions without terms.
  for (const parameters of document.querySelectorAll(".sig > dl")) {
    parameters.setAttribute("role", "none");
  }
  // A list has list items; the role that entries of a bibliography had is deprecated.
  for (const entry of document.querySelectorAll("[role=list] > [role=doc-biblioentry]")) {
    entry.setAttribute("role", "listitem");
  }
  // All that is on a page belongs to one of its regions; the title above the list of chapters belonged to none.
  for (const logo of document.querySelectorAll(".sidebar-primary-item:has(> .navbar-brand)")) {
    logo.setAttribute("role", "navigation");
    logo.setAttribute("aria-label", "Book");
  }
  // The corner of a table that heads nothing is a plain cell.
  for (const head of document.querySelectorAll("thead th")) {
    if (!head.textContent.trim() && !head.querySelector("img, svg")) {
      const corner = document.createElement("td");
      corner.className = head.className;
      head.replaceWith(corner);
    }
  }
  // Three icons, one of them seen, are on one button, which has a name. They are exchanged for drawings, soon or late.
  for (const button of document.querySelectorAll(".theme-switch-button")) {
    const mend = () => {
      for (const icon of button.children) {
        icon.removeAttribute("title");
        icon.setAttribute("aria-hidden", "true");
        icon.querySelector("title")?.remove();
      }
    };
    new MutationObserver(mend).observe(button, {childList: true});
    mend();
  }
});
