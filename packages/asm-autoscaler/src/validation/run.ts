import * as pulumi from "@pulumi/pulumi";

/** What stands for a run, by the clients of its monitor; and the newest one with the address of its monitor. */
const runs = new WeakMap<object, object>();
let newest: { readonly address: string; readonly run: object } | undefined;

/** What stands for the run of the program that is being evaluated. Components of one run can be compared with it. */
export function currentRun(): object | undefined {
  return runOf(pulumi.runtime.getMonitor());
}

/**
 * The run that a client of the monitor is of. In other languages each component is made with a client of its own, and
 * only the monitor's address says that they are of one run; another run may have that address later.
 */
function runOf(monitor: object | undefined): object | undefined {
  if (monitor === undefined || !isClient(monitor)) return monitor;
  const known = runs.get(monitor);
  if (known) return known;
  const address = monitor.getChannel().getTarget();
  if (newest?.address !== address) newest = { address, run: {} };
  runs.set(monitor, newest.run);
  return newest.run;
}

/** A client of gRPC; the monitor of a test is none. */
function isClient(monitor: object): monitor is { getChannel(): { getTarget(): string } } {
  return "getChannel" in monitor;
}
