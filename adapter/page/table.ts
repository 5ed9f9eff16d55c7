import type { StatusList } from "../src/status/statusJson.ts";
import { type Address, pathOf } from "./address.ts";
import { createApiServices } from "./apiService.ts";
import { spanOf, spanWords } from "./changes.ts";
import { createDelegates } from "./delegates.ts";
import { byId, write } from "./element.ts";
import { createRow, deciding, type Row } from "./row.ts";
import { createRules } from "./rules.ts";
import { amount } from "./words.ts";

/** Shows a page of the list. Rows are filled anew where they are; the keyboard's focus follows its HPA. */
export function createTable(go: (change: Partial<Address>) => void) {
  const root = byId("list", HTMLElement);
  const body = root.querySelector("tbody") ?? root;
  const [found, page] = [byId("found", HTMLElement), byId("page", HTMLElement)];
  const [before, after] = [byId("before", HTMLButtonElement), byId("after", HTMLButtonElement)];
  const span = byId("span", HTMLElement);
  const search = byId("search", HTMLInputElement);
  const headings = [...root.querySelectorAll("thead button")].filter((made) => made instanceof HTMLButtonElement);
  const rows: Row[] = [];
  const [apiServices, rules, delegates] = [createApiServices(), createRules(), createDelegates()];
  let address: Address | undefined;

  byId("tools", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", () => go({ search: search.value, page: 1 }));
  before.addEventListener("click", () => go({ page: (address?.page ?? 2) - 1 }));
  after.addEventListener("click", () => go({ page: (address?.page ?? 0) + 1 }));
  for (const heading of headings) {
    heading.addEventListener("click", () => {
      const sort = heading.dataset["sort"] ?? "";
      // Numbers are looked at from the greatest down.
      const first = sort === "pods" || sort === "load" ? "desc" : "asc";
      const isSame = address?.sort === sort;
      go({ sort, order: isSame ? (address?.order === "asc" ? "desc" : "asc") : first, page: 1 });
    });
  }
  return {
    root,
    /** Shows which part of the list is asked for, at once. */
    point(next: Address) {
      address = next;
      if (search.value !== next.search) search.value = next.search;
      for (const heading of headings) {
        const order = next.order === "asc" ? "ascending" : "descending";
        heading.closest("th")?.setAttribute("aria-sort", heading.dataset["sort"] === next.sort ? order : "none");
      }
    },
    /** @param entered The HPA from which the reader comes back: the keyboard goes on from there. */
    show(list: StatusList, shown: Address, now: number, entered?: string) {
      const focused = rows.find(({ link }) => link === document.activeElement)?.link.getAttribute("href");
      while (rows.length < list.items.length) {
        const row = createRow();
        rows.push(row);
        body.append(row.root);
      }
      const shownSpan = spanOf(list.items.map(deciding));
      write(span, spanWords(shownSpan));
      rows.forEach((row, index) => {
        const hpa = list.items[index];
        row.root.hidden = hpa === undefined;
        if (hpa) row.show(hpa, pathOf({ ...shown, hpa: `${hpa.namespace}/${hpa.name}` }), now, shownSpan);
      });
      if (focused)
        rows.find(({ root: row, link }) => !row.hidden && link.getAttribute("href") === focused)?.link.focus();
      const back = list.items.findIndex(({ namespace, name }) => `${namespace}/${name}` === entered);
      if (entered !== undefined) (rows[back]?.link ?? search).focus();
      apiServices.show(list.apiServices ?? []);
      rules.show(list.rules, now);
      delegates.show(list.delegates ?? [], now);
      write(found, foundText(list, shown));
      write(page, `Page ${amount(list.page)} of ${amount(list.pages)}`);
      before.disabled = list.page <= 1;
      after.disabled = list.page >= list.pages;
    },
  };
}

function foundText({ isSynced, hpas, faulty, matching }: StatusList, { search }: Address): string {
  if (!isSynced) return "The adapter has not listed the autoscalers yet";
  const all = `${amount(hpas)} ${hpas === 1 ? "workload" : "workloads"}, ${faulty === 0 ? "none" : amount(faulty)} with a fault`;
  return search.trim() === "" ? all : `${amount(matching)} of ${all}`;
}
