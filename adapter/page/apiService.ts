import type { ApiServiceView } from "../src/status/statusJson.ts";
import { showProblems } from "./detail.ts";
import { byId, element, write } from "./element.ts";

type State = NonNullable<ApiServiceView["takeOver"]>["state"];

const STATES: Readonly<Record<State, { badge: string; state: string }>> = {
  waiting: { badge: "The take-over waits", state: "waiting" },
  "taken-over": { badge: "Taken over", state: "steady" },
  "giving-back": { badge: "Being given back", state: "waiting" },
  unknown: { badge: "The take-over is unknown", state: "waiting" },
};

/** Shows the APIService above the neighbouring adapters; nothing without an order and without a problem. */
export function createApiService() {
  const root = byId("api-service", HTMLElement);
  const [badge, message] = [element("span", { class: "badge" }), element("span")];
  const problems = element("div");
  const line = element("p", {}, badge, " ", message);
  root.append(line, problems);
  return {
    show(apiService: ApiServiceView | undefined) {
      root.hidden = apiService === undefined;
      if (!apiService) return;
      const { takeOver } = apiService;
      line.hidden = takeOver === undefined;
      if (takeOver) {
        root.dataset["state"] = STATES[takeOver.state].state;
        write(badge, STATES[takeOver.state].badge);
        // The problem of an order that waits says the same.
        const isSaid = takeOver.state !== "taken-over" && apiService.problems.length > 0;
        write(message, isSaid ? "" : `${takeOver.message}.`);
      }
      showProblems(problems, apiService.problems);
    },
  };
}
