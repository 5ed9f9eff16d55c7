import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { isPodAddress } from "./podAddress.ts";

/** The parts of one pod that the adapter uses. The rest of the object is dropped. */
export interface Pod {
  readonly uid: string;
  readonly name: string;
  /** Address of the pod. Empty before it has one. */
  readonly address: string;
  /** Whether the pod has an address that the adapter does not connect to. */
  readonly isRefused: boolean;
  /** Port of the sidecar's metrics. Undefined for a pod without a sidecar. */
  readonly port: number | undefined;
  /** Creation time in Unix ms. NaN if the object has none. */
  readonly createdAt: number;
  readonly isReady: boolean;
  /** Whether the sidecar's container has started, so that it may have sent something. True if that is not known. */
  readonly hasStarted: boolean;
  readonly isTerminating: boolean;
  /** How often the sidecar's container has restarted. */
  readonly restarts: number;
}

/** Istio's default, unless `ENVOY_PROMETHEUS_PORT` is set (pilot/cmd/pilot-agent/options/options.go). */
const DEFAULT_PORT = 15_090;

/**
 * Parses a pod. Returns undefined for a pod that has ended. A pod of the host's network has no sidecar here: its
 * address is that of the node, and the port could be any program's.
 *
 * @param apiServer URL of the API server, see `isPodAddress`
 */
export function parsePod(object: unknown, apiServer: string): Pod | undefined {
  const { metadata, spec, status } = record(object);
  const { uid, name, annotations, creationTimestamp, deletionTimestamp } = record(metadata);
  const { phase, podIP, conditions, containerStatuses, initContainerStatuses } = record(status);
  if (typeof uid !== "string" || typeof name !== "string" || phase === "Succeeded" || phase === "Failed")
    return undefined;
  const { containers, initContainers, hostNetwork } = record(spec);
  const sidecar = [...recordsIn(containers), ...recordsIn(initContainers)].find(isProxy);
  // The injector's annotation, for a mesh that names the container differently.
  const isInjected = sidecar !== undefined || record(annotations)["sidecar.istio.io/status"] !== undefined;
  const running = [...recordsIn(containerStatuses), ...recordsIn(initContainerStatuses)].find(isProxy);
  const restarts = running?.["restartCount"];
  const { waiting } = record(running?.["state"]);
  const address = typeof podIP === "string" ? podIP : "";
  const isRefused = address !== "" && !isPodAddress(address, apiServer);
  return {
    uid,
    name,
    address: isRefused ? "" : address,
    isRefused,
    port: isInjected && hostNetwork !== true ? portOf(sidecar ?? {}) : undefined,
    createdAt: typeof creationTimestamp === "string" ? Date.parse(creationTimestamp) : Number.NaN,
    isReady: recordsIn(conditions).some((one) => one["type"] === "Ready" && one["status"] === "True"),
    hasStarted: waiting === undefined || (typeof restarts === "number" && restarts > 0),
    isTerminating: deletionTimestamp !== undefined,
    restarts: typeof restarts === "number" ? restarts : 0,
  };
}

function isProxy({ name }: Readonly<Record<string, unknown>>): boolean {
  return name === "istio-proxy";
}

function portOf({ ports }: Readonly<Record<string, unknown>>): number {
  const port = recordsIn(ports).find(({ name }) => name === "http-envoy-prom")?.["containerPort"];
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : DEFAULT_PORT;
}
