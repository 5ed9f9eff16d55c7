import type { DelegateView } from "../src/status/statusJson.ts";
import { byId, element, write, writeCode } from "./element.ts";
import { ago, amount, timestamp, withTimestamps } from "./words.ts";

const STATES: Readonly<Record<DelegateView["circuit"], { badge: string; state: string }>> = {
  closed: { badge: "Reads are forwarded", state: "steady" },
  "half-open": { badge: "Tried again", state: "waiting" },
  open: { badge: "Does not answer", state: "problem" },
};

/** Shows the neighbouring adapters below the list; nothing without any. */
export function createDelegates() {
  const root = byId("delegates", HTMLElement);
  const body = root.querySelector("tbody") ?? root;
  const rows: DelegateRow[] = [];
  return {
    /** @param now Unix ms. */
    show(delegates: readonly DelegateView[], now: number) {
      root.hidden = delegates.length === 0;
      while (rows.length < delegates.length) {
        const row = createDelegateRow();
        rows.push(row);
        body.append(row.root);
      }
      rows.forEach((row, index) => {
        const delegate = delegates[index];
        row.root.hidden = delegate === undefined;
        if (delegate) row.show(delegate, now);
      });
    },
  };
}

type DelegateRow = ReturnType<typeof createDelegateRow>;

function createDelegateRow() {
  const line = (name = "small") => element("div", { class: name });
  const [name, service] = [line("cut"), line("small cut")];
  const [badge, unverified] = [element("span", { class: "badge" }), line()];
  const [count, age] = [line("big"), line()];
  const [code, message, remedy, when] = [element("strong"), element("span"), element("div"), line()];
  const root = element(
    "tr",
    {},
    element("th", { scope: "row" }, name, service),
    element("td", {}, badge, unverified),
    element("td", {}, count, age),
    element("td", {}, element("div", {}, code, message), remedy, when),
  );
  return {
    root,
    show(delegate: DelegateView, now: number) {
      const { badge: words, state } = STATES[delegate.circuit];
      const [lasting] = delegate.problems;
      const problem = lasting ?? delegate.lastProblem;
      root.dataset["state"] = state;
      write(name, delegate.name);
      write(service, delegate.service);
      write(badge, words);
      write(unverified, delegate.isVerified ? "" : "Its certificate is not verified");
      write(count, delegate.listReadAt === undefined ? "–" : amount(delegate.metrics));
      write(age, delegate.listReadAt === undefined ? "not listed yet" : `listed ${ago(delegate.listReadAt, now)}`);
      write(code, problem ? `${problem.code}: ` : "");
      writeCode(message, problem ? withTimestamps(problem.message) : "None since the adapter started");
      writeCode(remedy, problem ? `What to do: ${problem.remedy}` : "");
      write(when, lasting ? "It lasts" : delegate.lastProblem ? `At ${timestamp(delegate.lastProblem.at)}` : "");
    },
  };
}
