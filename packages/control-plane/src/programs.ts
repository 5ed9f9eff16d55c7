/** The programs of a control plane, and the programs that it works with. */
export type Program =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kubectl"
  | "prometheus"
  | "promql-oracle"
  | "promtool"
  | "kube-score"
  | "test-adapter"
  | "prometheus-adapter"
  | "keda"
  | "keda-adapter"
  | "keda-admission-webhooks"
  | "pulumi"
  | "pulumi-language-yaml"
  | "sdk-generator"
  | "dotnet-sdk"
  | "helm";

/** Programs of one Go module, `go/<name>` of this package. The module pins their versions. */
export interface ProgramSet {
  name:
    | "etcd"
    | "kubernetes"
    | "prometheus"
    | "promql-oracle"
    | "promtool"
    | "kube-score"
    | "custom-metrics-apiserver"
    | "prometheus-adapter"
    | "keda"
    | "pulumi"
    | "dotnet-sdk"
    | "helm";
  /** Go package of each program. */
  packages: Readonly<Partial<Record<Program, string>>>;
  /** Go source files of this repository in the module, relative to the folder of go.mod. */
  ownFiles?: readonly string[];
  /** The module whose version in go.mod is the version of the programs. */
  module: string;
  /** Flags of `go build`, except the output. `version` is the module's version, for example v1.37.2. */
  buildFlags(version: string): readonly string[];
  /** Core minutes that the first build of each program takes, for an estimate. Default: 1. */
  coreMinutes?: Readonly<Partial<Record<Program, number>>>;
  /** Required minor version of a program that is already on the machine. */
  minor: string;
  /** True if only a nightly test uses the programs. `npm run programs` does not build them. */
  nightly?: boolean;
  /** Matches the version that such a program prints. The first group is the major and minor version. */
  versionOf: RegExp;
}

const small = "-s -w"; // without symbol and debug tables

/** Of the service discoveries, only Kubernetes is built in, besides files and HTTP. This is a third of the code. */
const fewDiscoveries = "remove_all_sd,enable_kubernetes_sd";

/** The program sets in build order: the programs that most users wait for come first. */
export const programSets: readonly ProgramSet[] = [
  {
    name: "etcd",
    packages: { etcd: "go.etcd.io/etcd/server/v3" },
    module: "go.etcd.io/etcd/server/v3",
    buildFlags: () => ["-ldflags", small],
    coreMinutes: { etcd: 3 },
    minor: "3.7",
    versionOf: /etcd Version: (\d+\.\d+)\./,
  },
  {
    name: "kubernetes",
    packages: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    module: "k8s.io/kubernetes",
    // Without a version, the API server reports v0.0.0-master, which kubectl cannot parse.
    buildFlags: (version) => {
      const [major, minor] = version.slice(1).split(".");
      const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
      const versions = [set("gitVersion", version), set("gitMajor", major), set("gitMinor", minor)];
      return ["-ldflags", [small, ...versions, set("gitTreeState", "clean")].join(" ")];
    },
    coreMinutes: { "kube-apiserver": 10, "kube-controller-manager": 2, kubectl: 2 },
    minor: "1.37",
    versionOf: /(?:Kubernetes|Client Version:) v(\d+\.\d+)\./,
  },
  {
    name: "prometheus",
    packages: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
    module: "github.com/prometheus/prometheus",
    buildFlags: () => ["-ldflags", small, "-tags", fewDiscoveries],
    coreMinutes: { prometheus: 6 },
    minor: "3.16", // module version v0.316.x
    versionOf: /prometheus, version (\d+\.\d+)\./,
  },
  {
    name: "promtool",
    packages: { promtool: "github.com/prometheus/prometheus/cmd/promtool" },
    module: "github.com/prometheus/prometheus",
    buildFlags: () => ["-ldflags", small, "-tags", fewDiscoveries],
    coreMinutes: { promtool: 2 },
    minor: "3.16",
    versionOf: /promtool, version (\d+\.\d+)\./,
    nightly: true,
  },
  {
    name: "kube-score",
    packages: { "kube-score": "github.com/zegl/kube-score/cmd/kube-score" },
    module: "github.com/zegl/kube-score",
    buildFlags: (version) => ["-ldflags", `${small} -X main.version=${version.slice(1)}`],
    minor: "1.20",
    versionOf: /kube-score version: (\d+\.\d+)\./,
    nightly: true,
  },
  {
    // The PromQL parser of Prometheus. It has a module of its own, because it needs few packages of Prometheus and so
    // builds in seconds.
    name: "promql-oracle",
    packages: { "promql-oracle": "asm-autoscaler/control-plane/promql-oracle" },
    ownFiles: ["main.go", "shape.go", "corpus.go"],
    module: "github.com/prometheus/prometheus",
    buildFlags: () => ["-ldflags", small],
    minor: "3.16", // as Prometheus above; the program cannot print its version, so it is always built
    versionOf: /promql-oracle, version (\d+\.\d+)\./,
  },
  {
    name: "pulumi",
    packages: {
      pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      // The other two programs need little code beyond the CLI's. The CLI looks for its language hosts in its own
      // folder. The two cannot print a version, so they are always built.
      "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      "sdk-generator": "asm-autoscaler/control-plane/pulumi/sdk-generator",
    },
    ownFiles: ["sdk-generator/main.go", "../dotnet-sdk/sdk/sdk.go", "../dotnet-sdk/sdk/references.go"],
    module: "github.com/pulumi/pulumi/pkg/v3",
    buildFlags: (version) => [
      "-ldflags",
      `${small} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
    ],
    coreMinutes: { pulumi: 8 },
    minor: "3.259",
    versionOf: /^v(\d+\.\d+)\./,
  },
  {
    // Apart from the CLI, because only an older version of Pulumi's module has the generator of .NET SDKs.
    name: "dotnet-sdk",
    packages: { "dotnet-sdk": "asm-autoscaler/control-plane/dotnet-sdk" },
    ownFiles: ["main.go", "sdk/sdk.go", "sdk/references.go"],
    module: "github.com/pulumi/pulumi/pkg/v3",
    buildFlags: () => ["-ldflags", small],
    minor: "3.225", // the program cannot print its version, so it is always built
    versionOf: /dotnet-sdk, version (\d+\.\d+)\./,
    nightly: true,
  },
  {
    // The test adapter of the library that most Go adapters are made of: a real neighbour that serves fixed metrics.
    name: "custom-metrics-apiserver",
    packages: { "test-adapter": "sigs.k8s.io/custom-metrics-apiserver/test-adapter" },
    module: "sigs.k8s.io/custom-metrics-apiserver",
    buildFlags: () => ["-ldflags", small],
    minor: "1.37", // it cannot print its version, so it is always built
    versionOf: /test-adapter, version (\d+\.\d+)\./,
  },
  {
    name: "prometheus-adapter",
    packages: { "prometheus-adapter": "sigs.k8s.io/prometheus-adapter/cmd/adapter" },
    module: "sigs.k8s.io/prometheus-adapter",
    buildFlags: () => ["-ldflags", small],
    minor: "0.12", // as above
    versionOf: /prometheus-adapter, version (\d+\.\d+)\./,
    nightly: true,
  },
  {
    // The operator, the metrics server and the admission webhook, with the names that they have in KEDA's images: the
    // API server notes them as the writers of objects.
    name: "keda",
    packages: {
      keda: "github.com/kedacore/keda/v2/cmd/operator",
      "keda-adapter": "github.com/kedacore/keda/v2/cmd/adapter",
      "keda-admission-webhooks": "github.com/kedacore/keda/v2/cmd/webhooks",
    },
    module: "github.com/kedacore/keda/v2",
    // Without a version, the programs report "main".
    buildFlags: (version) => [
      "-ldflags",
      `${small} -X github.com/kedacore/keda/v2/version.Version=${version.slice(1)}`,
    ],
    coreMinutes: { keda: 8 },
    minor: "2.20", // they cannot print their version, so they are always built
    versionOf: /keda, version (\d+\.\d+)\./,
    nightly: true,
  },
  {
    name: "helm",
    packages: { helm: "helm.sh/helm/v3/cmd/helm" },
    module: "helm.sh/helm/v3",
    // Without the version of Kubernetes, `helm template` assumes 1.20.
    buildFlags: () => [
      "-ldflags",
      `${small} -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37`,
    ],
    coreMinutes: { helm: 2 },
    minor: "3.22",
    versionOf: /v(\d+\.\d+)/,
  },
];

/** Arguments with which a program prints its version and exits. */
export function versionArgs(program: Program): readonly string[] {
  if (program === "kubectl") return ["version", "--client"];
  return ["pulumi", "helm", "kube-score"].includes(program) ? ["version"] : ["--version"];
}
