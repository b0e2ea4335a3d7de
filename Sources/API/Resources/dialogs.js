// Questions that stand before the page. A modal dialog keeps the focus within by itself and gives it back at its end.

import { element } from "./elements.js";

function open(children, { onCancel }) {
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" }, ...children);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Resolves to whether the person meant it. Escape does not. */
export function confirm({ title, text, yes, no }) {
  return new Promise((resolve) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = open(
      [
        element("h2", { id: "dialog-title" }, title),
        element("p", {}, text),
        element(
          "div", { class: "dialog-buttons" },
          element("button", { type: "button", autofocus: true, on: { click: () => close(false) } }, no),
          element("button", { type: "button", class: "danger", on: { click: () => close(true) } }, yes)),
      ],
      { onCancel: () => close(false) });
  });
}

/** Resolves to a token. There is no way past it: without one the service tells nothing. */
export function askForToken(wasRefused) {
  return new Promise((resolve) => {
    const field = element("input", {
      id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true,
      "aria-describedby": "token-note",
    });
    const form = element(
      "form", { on: { submit: (event) => submit(event) } },
      element("h2", { id: "dialog-title" }, "This service asks for a token"),
      element("label", { for: "token" }, "Token"), field,
      element(
        "p", { id: "token-note", class: wasRefused ? "note fault" : "hint", role: "status" },
        wasRefused ? "That token does not open this service." : "It is kept until this tab is closed."),
      element("div", { class: "dialog-buttons" }, element("button", { type: "submit", class: "primary" }, "Open")));
    const submit = (event) => {
      event.preventDefault();
      const token = field.value.trim();
      if (!token) return;
      dialog.close();
      dialog.remove();
      resolve(token);
    };
    const dialog = open([form], { onCancel: () => field.focus() });
    field.focus();
  });
}
