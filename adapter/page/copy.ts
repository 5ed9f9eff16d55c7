import { element } from "./element.ts";

/**
 * A text of a program with a button that copies it. Without a clipboard (a browser allows it only on `localhost` and over
 * HTTPS) there is no button.
 *
 * @param what What the button copies, such as `query`.
 */
export function copyable(text: string, what: string, ...more: readonly Node[]): HTMLElement {
  const said = element("span", { role: "status", class: "small" });
  const button = element("button", { type: "button" }, `Copy ${what}`);
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(
      () => said.replaceChildren("Copied"),
      () => said.replaceChildren("The browser does not allow it. Select the text instead."),
    );
  });
  const hasClipboard = "clipboard" in navigator;
  return element(
    "div",
    {},
    element("pre", { tabindex: "0" }, text),
    element("p", { class: "actions" }, ...(hasClipboard ? [button] : []), ...more, said),
  );
}
