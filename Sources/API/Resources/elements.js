// Building and changing the document. Text only ever goes in as text: names of files are hostile.

const SVG = "http://www.w3.org/2000/svg";

/** `element("button", { class: "quiet", on: { click } }, "Pause")`; null and false leave an attribute or a child out. */
export function element(name, attributes = {}, ...children) {
  return assemble(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return assemble(document.createElementNS(SVG, name), attributes, children);
}

/** One of the symbols at the end of index.html. It is decoration: a word always stands beside it. */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#icon-${name}` }));
}

function assemble(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Writes only what has changed, so that an unchanged number costs no layout. */
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else {
    const wanted = value === true ? "" : String(value);
    if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
  }
}

export function setIcon(node, name) {
  setAttribute(node.firstElementChild, "href", `#icon-${name}`);
}
