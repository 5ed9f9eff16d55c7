import { startAsking } from "../pulse.ts";
import { metricPath, type Stage } from "./stage.ts";

/** Every value that was served, with the time that it says it is of. */
export interface Ledger {
  /** Reads one metric of `default` every second until the ledger is closed. */
  close(): Promise<Verdict>;
}

/** What comparing the ledger with Prometheus gave. */
interface Verdict {
  served: number;
  refused: number;
  /** Values that Prometheus does not give for their own time, and values older than they may be. */
  wrong: string[];
}

interface Entry {
  value: string;
  /** Unix ms. */
  of: number;
  at: number;
}

/**
 * Keeps what is served for a query and compares it in the end: the same query, evaluated by the same Prometheus at the
 * reading's own time, must give the same to a thousandth, and no reading may be older than `oldestMs` when it is served.
 */
export function openLedger(stage: Stage, query: string, selector: string, oldestMs: number): Ledger {
  const entries: Entry[] = [];
  // A read also fails while the API server is down, which is one of the faults.
  const reads = startAsking(
    async () => {
      const { status, body } = await stage.read(metricPath("prometheus-query", selector));
      const [item] = body.items ?? [];
      if (status !== 200 || !item) return false;
      return entries.push({ value: item.value, of: Date.parse(item.timestamp), at: Date.now() }) > 0;
    },
    { pauseMs: 1_000 },
  );
  return {
    async close() {
      await reads.stop();
      const wrong: string[] = [];
      for (const { value, of, at } of entries) {
        const body = new URLSearchParams({ query, time: String(of / 1000) });
        const response = await fetch(`${stage.plane.prometheusUrl}/api/v1/query`, { method: "POST", body });
        const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
        const truth = Number(data.result[0]?.value[1]) * 1000;
        const told = value.endsWith("m") ? Number(value.slice(0, -1)) : Number(value.replace("k", "000")) * 1000;
        if (!(Math.abs(truth - told) <= 1)) wrong.push(`${value} at ${of}, and Prometheus says ${truth}m`);
        // A timestamp has whole seconds only.
        if (at - of > oldestMs + 1_000) wrong.push(`${value} was ${at - of} ms old`);
      }
      return { served: entries.length, refused: reads.take().failed, wrong };
    },
  };
}
