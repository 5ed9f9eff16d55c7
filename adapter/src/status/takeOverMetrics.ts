import { Counter, Gauge, type Registry } from "prom-client";
import type { CaBundleContests } from "../serving/caBundleContest.ts";
import type { MissingApi } from "../serving/missingApi.ts";
import type { TakeOverState } from "../takeOver/finding.ts";
import type { TakeOver } from "../takeOver/takeOver.ts";

/** Where the metrics and the status page read what happens to the APIServices. */
export interface ApiServiceSources {
  takeOver: TakeOver["state"];
  contests: CaBundleContests;
  missingApi: Pick<MissingApi, "problem">;
}

/** Without `absent`: the order then changes nothing. */
const STATES: readonly TakeOverState["state"][] = ["waiting", "taken-over", "giving-back", "unknown"];

/** Registers the metrics about the APIServices. */
export function registerTakeOver(
  registry: Registry,
  { takeOver, contests }: Pick<ApiServiceSources, "takeOver" | "contests">,
): void {
  new Gauge({
    name: "asm_metrics_adapter_take_over",
    help: "The state of the order to take the APIServices of a group over: 1 for the present state, 0 for the others. Absent without an order.",
    labelNames: ["group", "state"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { group, state: present } of takeOver())
        for (const state of present === "absent" ? [] : STATES) this.set({ group, state }, state === present ? 1 : 0);
    },
  });
  new Counter({
    name: "asm_metrics_adapter_take_overs_total",
    help: "How often the APIServices of a group were taken over since the order was given, by all replicas. If it increases, another program gives one back to another Service.",
    labelNames: ["group"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { group, takeOvers } of takeOver()) this.inc({ group }, takeOvers);
    },
  });
  new Counter({
    name: "asm_metrics_adapter_ca_bundle_write_backs_total",
    help: "How often this adapter wrote its CA into an APIService again, because another program had removed it.",
    labelNames: ["apiservice"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [apiservice, { writeBacks }] of contests) this.inc({ apiservice }, writeBacks());
    },
  });
}
