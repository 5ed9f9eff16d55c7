/** Makes an element with attributes and children; text is never read as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets an element's text where it differs, so that nothing is drawn or read aloud anew without a change. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** A text in which what stands between backticks is code. */
export function withCode(text: string): HTMLElement {
  const parts = text.split("`").map((part, index) => (index % 2 === 0 ? part : element("code", {}, part)));
  return element("span", {}, ...parts);
}

/** Sets the text of an element as `withCode` shows it. Text that has not changed stays. */
export function writeCode(target: HTMLElement, text: string): void {
  if (target.dataset["text"] === text) return;
  target.dataset["text"] = text;
  target.replaceChildren(withCode(text));
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}
