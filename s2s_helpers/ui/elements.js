// Elements of a page.

export const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

export const button = (textContent, onclick) => element("button", {type: "button", textContent, onclick});
