import type { HpaView, StatusList } from "../src/status/statusJson.ts";
import { showAbout, titleOf } from "./about.ts";
import { type Address, pathOf, readAddress, sourceOf } from "./address.ts";
import { createDetail } from "./detail.ts";
import { byId, write } from "./element.ts";
import { createTable } from "./table.ts";
import { timestamp } from "./words.ts";

/** Time between two looks, ms: readings are at most so old. */
const LOOK_MS = 3_000;
const LATE_MS = 10_000;

const [table, detail] = [createTable(go), createDetail()];
const [trouble, updated] = [byId("trouble", HTMLElement), byId("updated", HTMLElement)];
let address = readAddress(new URLSearchParams(location.search));
let timer: number | undefined;
/** The HPA that is shown. */
let entered: string | undefined;
/** Ends the look under way when another one is wanted. */
let under: AbortController | undefined;

function go(change: Partial<Address>): void {
  turn({ ...address, ...change });
  // A search is one place to go back to, not one for each letter.
  history[change.search === undefined ? "pushState" : "replaceState"](null, "", pathOf(address));
}

function turn(next: Address): void {
  address = next;
  table.point(next);
  void look();
}

async function look(): Promise<void> {
  clearTimeout(timer);
  under?.abort();
  const own = new AbortController();
  under = own;
  try {
    if (!document.hidden) await show(AbortSignal.any([own.signal, AbortSignal.timeout(LATE_MS)]));
  } catch (error) {
    if (own.signal.aborted) return;
    write(
      trouble,
      `The adapter does not answer (${error instanceof Error ? error.message : error}). Is the port still forwarded? What stands here is old.`,
    );
  }
  timer = setTimeout(look, LOOK_MS);
}

async function show(signal: AbortSignal): Promise<void> {
  const asked = address;
  const [response] = await Promise.all([fetch(sourceOf(asked), { signal }), showAbout(signal)]);
  const body: unknown = await response.json();
  if (signal.aborted) return;
  const now = Date.parse(response.headers.get("date") ?? "") || Date.now();
  const isOne = asked.hpa !== "";
  if (table.root.hidden !== isOne) {
    table.root.hidden = isOne;
    detail.root.hidden = !isOne;
    if (!isOne) detail.clear();
  }
  if (!response.ok) {
    if (isOne) detail.clear();
    write(
      trouble,
      isOne && response.status === 404
        ? `There is no autoscaler ${asked.hpa} with a metric of this adapter, of its rules or of its delegates.`
        : `The adapter answered ${response.status}.`,
    );
    return;
  }
  write(trouble, "");
  if (isOne) detail.show(body as HpaView, asked, now);
  // Where the keyboard was is gone with what was shown.
  else table.show(body as StatusList, asked, now, document.activeElement === document.body ? entered : undefined);
  entered = isOne ? asked.hpa : undefined;
  document.title = titleOf(asked.hpa);
  write(updated, `As of ${timestamp(now)}`);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!link || !isPlain || link.classList.contains("skip") || link.origin !== location.origin) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  scrollTo(0, 0);
  turn(readAddress(new URL(link.href).searchParams));
});
addEventListener("popstate", () => turn(readAddress(new URLSearchParams(location.search))));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
turn(address);
