import type { ApiServiceView } from "../src/status/statusJson.ts";
import { showProblems } from "./detail.ts";
import { byId, element, write } from "./element.ts";

type State = NonNullable<ApiServiceView["takeOver"]>["state"];

const STATES: Readonly<Record<State, { badge: string; state: string }>> = {
  waiting: { badge: "The take-over waits", state: "waiting" },
  "taken-over": { badge: "Taken over", state: "steady" },
  "giving-back": { badge: "Being given back", state: "waiting" },
  absent: { badge: "Nobody has registered it", state: "waiting" },
  unknown: { badge: "The take-over is unknown", state: "waiting" },
};

/** Shows the API groups above the neighbouring adapters; nothing without an order and without a problem. */
export function createApiServices() {
  const root = byId("api-services", HTMLElement);
  const groups: ReturnType<typeof createGroup>[] = [];
  return {
    show(apiServices: readonly ApiServiceView[]) {
      root.hidden = apiServices.length === 0;
      while (groups.length < apiServices.length) {
        const group = createGroup();
        groups.push(group);
        root.append(group.root);
      }
      for (const [index, group] of groups.entries()) group.show(apiServices[index]);
    },
  };
}

function createGroup() {
  const [name, badge, message] = [element("strong"), element("span", { class: "badge" }), element("span")];
  const problems = element("div");
  const line = element("span", {}, badge, " ", message);
  const root = element("div", {}, element("p", {}, name, " ", line), problems);
  return {
    root,
    show(view: ApiServiceView | undefined) {
      root.hidden = view === undefined;
      if (!view) return;
      const { group, takeOver } = view;
      write(name, group);
      line.hidden = takeOver === undefined;
      if (takeOver) {
        root.dataset["state"] = STATES[takeOver.state].state;
        write(badge, STATES[takeOver.state].badge);
        // The problem of an order that waits says the same.
        const isSaid = takeOver.state !== "taken-over" && view.problems.length > 0;
        write(message, isSaid ? "" : `${takeOver.message}.`);
      }
      showProblems(problems, view.problems);
    },
  };
}
