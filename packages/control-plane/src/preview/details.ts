import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";

/** The engine's mark of a value that is known only after the update (`Unknown` in the SDK's rpc.ts). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Inputs = Readonly<Record<string, unknown>>;

/**
 * The values of a planned resource that decide its size, version or cost, such as `2 replicas, grafana:12.1`. Empty for
 * types without such values. Values that are not known yet are left out.
 */
export function detailsOf(type: string, inputs: Inputs): string {
  const spec = record(inputs["spec"]);
  const parts = (detailsByType[type.split(":").at(-1) ?? ""] ?? (() => []))(inputs, spec);
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}

const detailsByType: Readonly<Record<string, (inputs: Inputs, spec: Inputs) => readonly (string | undefined)[]>> = {
  Network: ({ cidrBlock }) => [known(cidrBlock)],
  Switch: ({ cidrBlock, zoneId }) => [known(cidrBlock), known(zoneId)],
  ManagedKubernetes: ({ clusterSpec, version, serviceCidr, addons }) => [
    known(clusterSpec),
    known(version, "version "),
    known(serviceCidr, "services "),
    ...recordsIn(addons).flatMap(({ name, disabled }) => (disabled === true ? [] : [known(name)])),
  ],
  NodePool: ({ desiredSize, scalingConfig, instanceTypes, systemDiskCategory, systemDiskSize }) => {
    const { minSize, maxSize } = record(scalingConfig);
    const size = known(desiredSize) ?? (known(maxSize) && `${known(minSize) ?? 0} to ${known(maxSize)}`);
    const types = Array.isArray(instanceTypes) ? instanceTypes.map((one) => known(one)).join(" or ") : "";
    return [`${size ?? "?"} × ${types}`, known(systemDiskSize, "", ` GB ${known(systemDiskCategory) ?? ""}`)];
  },
  AutoscalingConfig: ({ utilizationThreshold, unneededDuration }) => [
    known(utilizationThreshold, "scales down below ", " of a node's capacity"),
    known(unneededDuration, "after "),
  ],
  ServiceMesh: ({ clusterSpec, version }) => [known(clusterSpec), known(version, "version ")],
  TrafficAutoscaler: ({ minReplicas, maxReplicas, metrics }) => [
    known(maxReplicas, `${known(minReplicas) ?? 1} to `, " replicas"),
    ...recordsIn(metrics).map(({ requestsPerSecond }) => known(requestsPerSecond, "", " requests per second per pod")),
  ],
  HorizontalPodAutoscaler: (_inputs, { minReplicas, maxReplicas }) => [
    known(maxReplicas, `${known(minReplicas) ?? 1} to `, " replicas"),
  ],
  Deployment: (_inputs, spec) => podDetails(spec),
  StatefulSet: (_inputs, spec) => podDetails(spec),
  Service: (_inputs, { type, ports }) => [
    known(type),
    ...recordsIn(ports).map(({ port, name }) => known(port, "port ", known(name) ? ` (${known(name)})` : "")),
  ],
  PersistentVolumeClaim: (_inputs, { resources, storageClassName }) => [
    known(record(record(resources)["requests"])["storage"]),
    known(storageClassName),
  ],
  PodDisruptionBudget: (_inputs, { maxUnavailable }) => [known(maxUnavailable, "at most ", " unavailable")],
  Namespace: ({ metadata }) => [
    known(record(metadata)["name"]),
    ...Object.entries(record(record(metadata)["labels"])).map(([label, value]) => known(value, `${label}=`)),
  ],
  ConfigMap: ({ data, binaryData }) => {
    const sizes = [...Object.values(record(data)), ...Object.values(record(binaryData))].map(
      (one) => String(one).length,
    );
    const kilobytes = sizes.reduce((sum, one) => sum + one, 0) / 1000;
    return sizes.length === 0
      ? []
      : [`${sizes.length} ${sizes.length === 1 ? "key" : "keys"}`, `${kilobytes.toFixed(0)} kB`];
  },
  kubernetes: ({ version }) => [known(version, "version ")],
};

function podDetails({ replicas, template }: Inputs): (string | undefined)[] {
  const containers = recordsIn(record(record(template)["spec"])["containers"]);
  return [
    known(replicas, "", replicas === 1 ? " replica" : " replicas"),
    ...containers.flatMap(({ image, resources }) => {
      const { cpu, memory } = record(record(resources)["requests"]);
      // Of docker.io/grafana/grafana:12.1@sha256:…, the name and the version.
      return [known(image)?.split("/").at(-1)?.split("@")[0], known(cpu, "", " CPU"), known(memory)];
    }),
  ];
}

function known(value: unknown, before = "", after = ""): string | undefined {
  if (value === UNKNOWN || (typeof value !== "string" && typeof value !== "number")) return undefined;
  return `${before}${value}${after}`;
}
