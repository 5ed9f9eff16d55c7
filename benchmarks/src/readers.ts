import { Agent, request } from "node:https";
import { metricPath } from "./standIn.ts";

/**
 * Reads metrics as the aggregation layer does for the HPA controller, over kept-alive TLS connections with the front
 * proxy's certificate. A process of its own, so that its work is not the adapter's: it takes a job from its parent and
 * sends the result.
 */
export interface ReadJob {
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly connections: number;
  /** Metrics 0 to hpas - 1 are read in turn. */
  readonly hpas: number;
  /** Name of a metric that is read in place of theirs. */
  readonly metric?: string;
  /** Paths that are read in turn, in place of those of external metrics. */
  readonly paths?: readonly string[];
  readonly seconds: number;
  /** The first seconds, whose reads are not part of the result: the adapter learns when it is read. */
  readonly learnSeconds?: number;
  /** Reads per second over all connections; as many as can be without it. */
  readonly rate?: number;
}

/** Reads per second, latencies in ms, age in seconds of the oldest value, and reads that were not answered with 200. */
export interface ReadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly oldestSeconds: number;
  readonly failed: number;
}

async function run(job: ReadJob): Promise<ReadResult> {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: job.connections,
    cert: job.certPem,
    key: job.keyPem,
    rejectUnauthorized: false,
  });
  const latencies: number[] = [];
  let failed = 0;
  let oldestSeconds = 0;
  let next = 0;
  const readOne = (): Promise<void> =>
    new Promise((resolve) => {
      const began = performance.now();
      const headers = { "X-Remote-User": "system:serviceaccount:kube-system:horizontal-pod-autoscaler" };
      const index = next++ % job.hpas;
      const path = job.paths?.[index] ?? metricPath(index, job.metric);
      const asked = request({ host: "127.0.0.1", port: job.port, path, agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => {
          latencies.push(performance.now() - began);
          if (response.statusCode !== 200) failed++;
          const at = /"timestamp":"([^"]+)"/.exec(text)?.[1];
          if (at) oldestSeconds = Math.max(oldestSeconds, (Date.now() - Date.parse(at)) / 1000);
          resolve();
        });
      });
      asked.on("error", () => {
        failed++;
        resolve();
      });
      asked.end();
    });
  const began = performance.now();
  const learnSeconds = job.learnSeconds ?? 0;
  const end = began + (learnSeconds + job.seconds) * 1000;
  setTimeout(() => {
    latencies.length = 0;
    [failed, oldestSeconds] = [0, 0];
  }, learnSeconds * 1000);
  const lane = async (number: number) => {
    for (let turn = 0; performance.now() < end; turn++) {
      if (job.rate) {
        const due = began + ((turn * job.connections + number) * 1000) / job.rate;
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
      await readOne();
    }
  };
  await Promise.all(Array.from({ length: job.connections }, (_, number) => lane(number)));
  const seconds = (performance.now() - began) / 1000 - learnSeconds;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), most: at(1), oldestSeconds, failed };
}

process.on("message", (job: ReadJob) => {
  void run(job).then((result) => process.send?.(result));
});
