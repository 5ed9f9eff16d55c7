import { Counter, Gauge, type Registry } from "prom-client";
import type { DelegateState } from "../delegates/delegate.ts";

/** Registers the metrics of each delegate. Every label has a limited number of values. */
export function registerDelegates(registry: Registry, states: () => readonly DelegateState[]): void {
  new Counter({
    name: "asm_metrics_adapter_delegate_reads_total",
    help: "Reads forwarded to a delegate, by the HTTP status of its answer or the code of the problem.",
    labelNames: ["delegate", "result"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, reads } of states())
        for (const [result, count] of reads) this.inc({ delegate: name, result }, count);
    },
  });
  new Counter({
    name: "asm_metrics_adapter_delegate_read_seconds_total",
    help: "Time that reads forwarded to a delegate took.",
    labelNames: ["delegate"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, seconds } of states()) this.inc({ delegate: name }, seconds);
    },
  });
  const gauge = (name: string, help: string, read: (state: DelegateState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["delegate"],
      registers: [registry],
      collect() {
        this.reset();
        for (const state of states()) this.set({ delegate: state.name }, read(state));
      },
    });
  gauge(
    "asm_metrics_adapter_delegate_up",
    "Whether reads are forwarded to a delegate: 0 while it does not answer.",
    ({ circuit }) => (circuit === "closed" ? 1 : 0),
  );
  gauge("asm_metrics_adapter_delegate_metrics", "Metrics that a delegate lists.", ({ metrics }) => metrics);
  gauge(
    "asm_metrics_adapter_delegate_list_timestamp_seconds",
    "When the metrics of a delegate were last listed, Unix time.",
    ({ listReadAt = 0 }) => Math.floor(listReadAt / 1000),
  );
}
