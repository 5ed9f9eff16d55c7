import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { ensureBinaries } from "../src/binaries.ts";
import type { ControlPlane } from "../src/controlPlane.ts";
import { answersOk } from "../src/probe.ts";
import { lastLines, type RunningProcess, startProcess } from "../src/processes.ts";
import type { Asked } from "./neighbourReads.ts";
import { read } from "./neighbourReads.ts";

/** The real KEDA: its operator, its metrics server and its admission webhook, outside of the cluster's pods. */

const KEDA = "keda";
const METRICS_SERVICE = "keda-metrics-apiserver";
export const KEDA_SERVICE = `${KEDA}/${METRICS_SERVICE}`;
/** The Secret that KEDA's operator creates, with its CA and the certificate of all its parts. */
const KEDA_CERTS = "kedaorg-certs";
const CERTIFICATE_FILES = ["ca.crt", "tls.crt", "tls.key"];
const PORTS = { metrics: 6443, grpc: 9666 };
const MODULE = "github.com/kedacore/keda/v2";
const moduleFolder = fileURLToPath(new URL("../go/keda", import.meta.url));
const run = promisify(execFile);

export interface Keda extends Asked {
  /** The present CA of all its certificates (PEM), which its operator writes into the APIService. */
  readonly ca: string;
  readonly operator: KedaPart;
  readonly metricsServer: KedaPart;
  readonly webhook: KedaPart;
  /** Starts its operator again, with or without its writes to the APIService. */
  restartOperator(options: { patching: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** One program of KEDA. */
interface KedaPart {
  start(...args: string[]): Promise<void>;
  stop(graceSeconds?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  log(): Promise<string>;
}

/**
 * Installs KEDA's CRDs, Services and webhook, and starts its three programs with the rights of the admin, and with the
 * flags of its manifests. There is no APIService for its metrics server.
 * @param options.patching Whether its operator writes its CA into the APIService, which is KEDA's default.
 */
export async function startKeda(controlPlane: ControlPlane, { patching }: { patching: boolean }): Promise<Keda> {
  const programs = await ensureBinaries(["keda", "keda-adapter", "keda-admission-webhooks"]);
  const { kubeconfig, addresses, kubectl } = controlPlane;
  const source = await kedaSource();
  const [metricsHost, operatorHost, webhookHost] = [42, 43, 44].map((number) => addresses.component(number));
  const webhookPort = await freePort();
  await kubectl(["apply", "--server-side", "-f", join(source, "config/crd/bases")]);
  const services = {
    [METRICS_SERVICE]: metricsHost,
    "keda-operator": operatorHost,
    "keda-admission-webhooks": webhookHost,
  };
  await kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: KEDA } },
        ...Object.entries(services).map(([name, externalName]) => service(name, externalName)),
        ...(await webhooks(source, webhookPort)),
      ],
    }),
  );
  await kubectl(["wait", "--for=condition=Established", "crd/scaledobjects.keda.sh", "--timeout=30s"]);

  const directory = join(controlPlane.directory, "keda");
  const certs = join(directory, "certs");
  await mkdir(certs, { recursive: true });
  const env = {
    HOME: directory,
    KUBECONFIG: kubeconfig,
    WATCH_NAMESPACE: "",
    POD_NAMESPACE: KEDA,
    KEDA_CLUSTER_OBJECT_NAMESPACE: KEDA,
  };
  const flags = (enablePatching: boolean) => [
    ...["--metrics-bind-address=0", `--health-probe-bind-address=${operatorHost}:8081`],
    ...[`--metrics-service-bind-address=${operatorHost}:${PORTS.grpc}`, `--cert-dir=${certs}`],
    ...["--enable-cert-rotation=true", `--enable-apiservice-patching=${enablePatching}`, "--zap-encoder=console"],
  ];
  // It creates the Secret and exits, because a pod that starts again has the Secret's files.
  await run(programs.keda, flags(patching), { env: { ...process.env, ...env }, timeout: 60_000 });
  const secret = JSON.parse(await kubectl(["-n", KEDA, "get", "secret", KEDA_CERTS, "-o", "json"]));
  const text = (key: string) => Buffer.from(secret.data[key], "base64").toString();
  for (const file of CERTIFICATE_FILES) await writeFile(join(certs, file), text(file), { mode: 0o600 });
  const ca = text("ca.crt");

  const part = (name: string, program: string, args: string[], isReady: (signal: AbortSignal) => Promise<boolean>) => {
    const logFile = join(directory, `${name}.log`);
    let running: RunningProcess | undefined;
    return {
      async start(...more: string[]) {
        const spec = { name, program, env, logFile, isReady, readyWithinSeconds: 60 };
        running = await startProcess({ ...spec, args: [...args, ...more] });
      },
      stop: async (graceSeconds?: number) => running?.stop(graceSeconds),
      signal: (signalName: NodeJS.Signals) => void (running && process.kill(running.pid, signalName)),
      log: () => lastLines(logFile, 100_000),
    };
  };
  const operator = part("operator", programs.keda, [], () => isListening(operatorHost ?? "", PORTS.grpc));
  const url = `https://${metricsHost}:${PORTS.metrics}`;
  const serverName = `${METRICS_SERVICE}.${KEDA}.svc`;
  const metricsServer = part(
    "metrics-server",
    programs["keda-adapter"],
    [
      ...[`--bind-address=${metricsHost}`, `--secure-port=${PORTS.metrics}`, `--client-ca-file=${certs}/ca.crt`],
      ...[`--tls-cert-file=${certs}/tls.crt`, `--tls-private-key-file=${certs}/tls.key`, `--cert-dir=${certs}`],
      ...["authentication", "authorization", "lister"].map((what) => `--${what}-kubeconfig=${kubeconfig}`),
      ...[`--metrics-service-address=${operatorHost}:${PORTS.grpc}`, `--port=0`],
      ...[`--metrics-service-grpc-authority=keda-operator.${KEDA}.svc`, "--zap-encoder=console"],
    ],
    async () => (await read(`${url}/healthz`, { ca, servername: serverName, agent: false })).status === 200,
  );
  const webhook = part(
    "webhook",
    programs["keda-admission-webhooks"],
    [
      ...["--metrics-bind-address=0", `--health-probe-bind-address=${webhookHost}:8081`],
      ...[`--port=${webhookPort}`, `--cert-dir=${certs}`, "--zap-encoder=console"],
    ],
    (signal) => answersOk(`http://${webhookHost}:8081/readyz`, signal),
  );
  await Promise.all([operator.start(...flags(patching)), metricsServer.start(), webhook.start()]);
  return {
    ...{ url, ca, serverName, operator, metricsServer, webhook },
    async restartOperator(options) {
      await operator.stop(0);
      await operator.start(...flags(options.patching));
    },
    async stop() {
      for (const each of [webhook, metricsServer, operator]) await each.stop(0);
    },
  };
}

/** The folder of KEDA's Go module, with its manifests, which is downloaded if it is not there. */
async function kedaSource(): Promise<string> {
  const env = { ...process.env, GOWORK: "off", GOFLAGS: "" };
  const { stdout } = await run("go", ["mod", "download", "-json", MODULE], { cwd: moduleFolder, env });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function service(name: string, externalName: string | undefined) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: KEDA },
    spec: { type: "ExternalName", externalName },
  };
}

interface WebhookConfiguration {
  webhooks: { clientConfig: { service: object } }[];
}

/** KEDA's webhook configuration, with the port on which the webhook listens here. */
async function webhooks(source: string, port: number): Promise<object[]> {
  const text = await readFile(join(source, "config/webhooks/validation_webhooks.yaml"), "utf8");
  return parseAllDocuments(text).map((document) => {
    const object = document.toJS() as WebhookConfiguration;
    for (const { clientConfig } of object.webhooks) clientConfig.service = { ...clientConfig.service, port };
    return object;
  });
}

/** A port that no program uses on any address: KEDA's webhook listens on all. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}
