import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane } from "../src/controlPlane.ts";
import { createAuthority, type KeyPair } from "../src/pki.ts";
import { answersOk } from "../src/probe.ts";
import { lastLines, type RunningProcess, startProcess } from "../src/processes.ts";

/** A real adapter that runs beside ours, outside of the cluster's pods. */
export interface Neighbour {
  /** `https://ADDRESS:6443`, and the CA (PEM) of its certificate. */
  readonly url: string;
  readonly ca: string;
  /** Where it listens, and its serving certificate, for a server in its place. */
  readonly host: string;
  readonly port: number;
  readonly certificate: KeyPair;
  /** What it has printed. */
  log(): Promise<string>;
  start(): Promise<void>;
  stop(graceSeconds?: number): Promise<void>;
  /** Process id, 0 while it does not run. */
  pid(): number;
  /** Sends a signal to its process, such as SIGSTOP. */
  signal(name: NodeJS.Signals): void;
}

const PORT = 6443;
export const NAMESPACE = "neighbours";

/** The flags that the adapters made with custom-metrics-apiserver have in common. */
export interface NeighbourSpec {
  readonly name: string;
  readonly program: string;
  /** Number of its address in the control plane's block. */
  readonly component: number;
  readonly args?: readonly string[];
}

/**
 * Starts an adapter, with a Service in the namespace `neighbours` that leads to it and a Secret `NAME-ca` with its CA. It
 * has the rights of the admin.
 */
export async function startNeighbour(controlPlane: ControlPlane, spec: NeighbourSpec): Promise<Neighbour> {
  const { name, program, component, args = [] } = spec;
  const address = controlPlane.addresses.component(component);
  const directory = join(controlPlane.directory, name);
  await mkdir(directory, { recursive: true });
  const authority = await createAuthority(`${name} CA`);
  const certificate = await authority.issueServer(name, [address, `${name}.${NAMESPACE}.svc`]);
  const [cert, key, logFile] = [join(directory, "tls.crt"), join(directory, "tls.key"), join(directory, "log")];
  await writeFile(cert, certificate.certPem);
  await writeFile(key, certificate.keyPem, { mode: 0o600 });
  const ca = authority.certPem;
  await controlPlane.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects(name, address, ca) }),
  );

  const { kubeconfig } = controlPlane;
  const url = `https://${address}:${PORT}`;
  const kubeconfigs = ["authentication", "authorization", "lister"].map((what) => `--${what}-kubeconfig=${kubeconfig}`);
  let running: RunningProcess | undefined;
  const start = async () => {
    running = await startProcess({
      ...{ name, program, logFile },
      args: [
        ...[
          `--bind-address=${address}`,
          `--secure-port=${PORT}`,
          `--tls-cert-file=${cert}`,
          `--tls-private-key-file=${key}`,
        ],
        ...[...kubeconfigs, "--v=4", ...args],
      ],
      env: { HOME: directory },
      isReady: (signal) => answersOk(`${url}/healthz`, signal, ca),
      readyWithinSeconds: 60,
    });
  };
  await start();
  return {
    ...{ url, ca, certificate, host: address, port: PORT },
    start,
    log: () => lastLines(logFile, 100_000),
    stop: async (graceSeconds) => running?.stop(graceSeconds),
    pid: () => running?.pid ?? 0,
    signal: (name) => {
      if (running) process.kill(running.pid, name);
    },
  };
}

function objects(name: string, address: string, ca: string): object[] {
  const metadata = { name, namespace: NAMESPACE };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "Service", metadata, spec: { type: "ExternalName", externalName: address } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { ...metadata, name: `${name}-ca` },
      stringData: { "ca.crt": ca, "ca.key": "the key of the CA, which nobody needs" },
    },
  ];
}
