import { Counter, Gauge, type Registry } from "prom-client";
import type { CaBundleContest } from "../serving/caBundleContest.ts";
import type { TakeOver, TakeOverState } from "../takeOver/takeOver.ts";

/** Where the metrics and the status page read what happens to the APIService. */
export interface ApiServiceSources {
  takeOver: TakeOver["state"];
  contest: Pick<CaBundleContest, "problem" | "writeBacks">;
}

const STATES: readonly TakeOverState["state"][] = ["waiting", "taken-over", "giving-back", "unknown"];

/** Registers the metrics about the APIService. */
export function registerTakeOver(registry: Registry, { takeOver, contest }: ApiServiceSources): void {
  new Gauge({
    name: "asm_metrics_adapter_take_over",
    help: "The state of the order to take the APIService over: 1 for the present state, 0 for the others. Absent without an order.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      this.reset();
      const present = takeOver()?.state;
      for (const state of present ? STATES : []) this.set({ state }, state === present ? 1 : 0);
    },
  });
  new Counter({
    name: "asm_metrics_adapter_take_overs_total",
    help: "How often the APIService was taken over since the order was given, by all replicas. If it increases, another program gives the APIService back to another Service.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(takeOver()?.takeOvers ?? 0);
    },
  });
  new Counter({
    name: "asm_metrics_adapter_ca_bundle_write_backs_total",
    help: "How often this adapter wrote its CA into the APIService again, because another program had removed it.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(contest.writeBacks());
    },
  });
}
