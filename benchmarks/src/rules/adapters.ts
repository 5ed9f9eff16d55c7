import { writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ControlPlane, ensureBinaries, startProcess } from "control-plane";
import { figuresOf, type ProcessFigures, startAdapter } from "../adapterProcess.ts";
import { RULES } from "./fleet.ts";

/** An adapter that serves the rules of the fleet. */
export interface RuleAdapter extends ProcessFigures {
  readonly port: number;
  stop(): Promise<void>;
}

/** What both adapters need. */
export interface Setting {
  readonly controlPlane: ControlPlane;
  readonly prometheusUrl: string;
}

/** As the chart of prometheus-adapter sets it. */
const RELIST = ["--metrics-relist-interval=1m"];
/**
 * By default, prometheus-adapter sends at most five requests per second to the API server, and each read of a Pods metric
 * needs one. The HPAs of this benchmark are read more often.
 */
const UNTHROTTLED = ["--client-qps=10000", "--client-burst=10000"];

export const ADAPTERS: Readonly<Record<"original" | "ours", (setting: Setting) => Promise<RuleAdapter>>> = {
  async original({ controlPlane, prometheusUrl }) {
    const { "prometheus-adapter": program } = await ensureBinaries(["prometheus-adapter"]);
    const { directory, kubeconfig } = controlPlane;
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const kubeconfigs = ["authentication", "authorization", "lister"].map(
      (what) => `--${what}-kubeconfig=${kubeconfig}`,
    );
    const process = await startProcess({
      ...{ name: "prometheus-adapter", program, logFile: join(directory, "prometheus-adapter.log") },
      args: [
        ...[`--bind-address=127.0.0.1`, `--secure-port=${port}`, `--cert-dir=${directory}/prometheus-adapter`],
        ...[`--prometheus-url=${prometheusUrl}`, `--config=${await configFile(controlPlane)}`],
        ...[...kubeconfigs, ...RELIST, ...UNTHROTTLED],
      ],
      env: { HOME: directory },
      isReady: async () => (await statusOf(port, "/readyz")) === 200,
      readyWithinSeconds: 60,
    });
    return { port, ...figuresOf(process.pid), stop: () => process.stop(0) };
  },

  async ours({ controlPlane, prometheusUrl }) {
    const { directory, kubeconfig } = controlPlane;
    const { certPem, keyPem } = await controlPlane.issueServingCertificate(["127.0.0.1"]);
    const [cert, key] = [join(directory, "ours.crt"), join(directory, "ours.key")];
    await writeFile(cert, certPem);
    await writeFile(key, keyPem, { mode: 0o600 });
    const flags = [
      ...[`--kubeconfig=${kubeconfig}`, `--tls-cert-file=${cert}`, `--tls-private-key-file=${key}`],
      ...[`--prometheus-server=${prometheusUrl}`, `--prometheus-adapter-config=${await configFile(controlPlane)}`],
    ];
    return startAdapter({ flags: [...flags, ...RELIST] });
  },
};

/** Waits until a path is answered with 200. */
export async function untilServed(
  adapter: RuleAdapter,
  path: string,
  tls: { cert: string; key: string },
): Promise<void> {
  const end = performance.now() + 120_000;
  let status = 0;
  while (performance.now() < end) {
    status = await statusOf(adapter.port, path, tls);
    if (status === 200) return;
    await delay(200);
  }
  throw new Error(`${path} is still answered with ${status}`);
}

/** JSON is YAML. */
async function configFile({ directory }: ControlPlane): Promise<string> {
  const file = join(directory, "rules.yaml");
  await writeFile(file, JSON.stringify(RULES));
  return file;
}

/** The status of an answer, 0 while nothing listens. */
function statusOf(port: number, path: string, tls: object = {}): Promise<number> {
  const headers = { "X-Remote-User": "system:serviceaccount:kube-system:horizontal-pod-autoscaler" };
  const options = { host: "127.0.0.1", port, path, headers, rejectUnauthorized: false, agent: false, ...tls };
  return new Promise((resolve) => {
    const asked = get(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", () => resolve(0));
  });
}
