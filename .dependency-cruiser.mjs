// Imports go down: a file may import what stands below it, never above it or in a circle. Types count too.

/** The adapter's layers from top to bottom, as regular expressions of paths below `adapter/src`. */
const adapterLayers = [
  ["main\\.ts", "run\\.ts"],
  ["serve\\.ts"],
  ["status/", "commands/"],
  [
    "externalMetrics\\.ts",
    "objectMetrics\\.ts",
    "perReplica\\.ts",
    "directReadings\\.ts",
    "anticipations\\.ts",
    "neighbourEvents\\.ts",
    "connectCluster\\.ts",
    "connectReadings\\.ts",
    "connectRules\\.ts",
    "firstList\\.ts",
    "firstReadings\\.ts",
    "requestLog\\.ts",
    "drain\\.ts",
  ],
  ["admission/", "events/", "takeOver/"],
  ["rules/"],
  ["readings/", "delegates/"],
  ["prometheus/", "direct/", "api/"],
  ["hpas/", "auth/"],
  ["serving/"],
  ["flags/", "fairWork\\.ts", "fileChanges\\.ts", "clock\\.ts", "version\\.ts"],
  ["kubernetes/"],
];

const ownTests = "\\.(test|testing)\\.ts$";
const inAdapter = (parts) => `^adapter/src/(${parts.join("|")})`;

/** Every layer against all that stand above it. */
const downOnly = adapterLayers.slice(1).map((layer, index) => ({
  name: `adapter-imports-go-down:${layer.join(",").replaceAll("\\", "")}`,
  comment: "A lower layer imports a higher one. Move what it needs down, or give it as an argument.",
  severity: "error",
  from: { path: inAdapter(layer), pathNot: ownTests },
  to: { path: inAdapter(adapterLayers.slice(0, index + 1).flat()) },
}));

/** The packages from top to bottom. */
const packages = [
  ["benchmarks/", "examples/"],
  ["packages/control-plane/"],
  ["adapter/"],
  ["packages/asm-autoscaler/"],
  ["packages/hpa-metrics/"],
];

export default {
  forbidden: [
    {
      name: "no-cycle",
      comment: "These files import each other. Move what they share into a file below both.",
      severity: "error",
      from: { pathNot: ownTests },
      to: { circular: true },
    },
    ...downOnly,
    ...packages.slice(1).map((layer, index) => ({
      name: `packages-import-down:${layer.join(",")}`,
      comment: "A package imports one that stands above it.",
      severity: "error",
      from: { path: `^(${layer.join("|")})[^/]*/?src/`, pathNot: ownTests },
      to: {
        path: `^(${packages
          .slice(0, index + 1)
          .flat()
          .join("|")})`,
      },
    })),
    {
      name: "adapter-and-library-are-apart",
      comment: "The adapter and the library share hpa-metrics alone.",
      severity: "error",
      from: { path: "^adapter/src/", pathNot: ownTests },
      to: { path: "^packages/asm-autoscaler/" },
    },
    {
      name: "one-kubernetes-client",
      comment: "Only adapter/src/kubernetes/client.ts uses client-node.",
      severity: "error",
      from: { path: "^adapter/src/", pathNot: "^adapter/src/kubernetes/client\\.ts$" },
      to: { path: "node_modules/@kubernetes/client-node" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/(dist|bundle)/|\\.d\\.ts$" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
