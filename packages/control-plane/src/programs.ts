/** The programs that a control plane consists of or works with. */
export type Program =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kubectl"
  | "prometheus"
  | "pulumi"
  | "pulumi-language-yaml"
  | "python-sdk";

/** Programs built together from one Go module, `go/<name>` of this package, which pins their versions. */
export interface ProgramSet {
  name: "etcd" | "kubernetes" | "prometheus" | "pulumi";
  /** Go packages by the program they become. */
  packages: Readonly<Partial<Record<Program, string>>>;
  /** Go files of our own among them, relative to the folder of go.mod. */
  ownFiles?: readonly string[];
  /** The module whose version in go.mod is the programs' version. */
  module: string;
  /** Flags of `go build` besides the output; `version` is the module's, for example v1.37.2. */
  buildFlags(version: string): readonly string[];
  /** Minor version that a program of this set found on the machine must have to be used. */
  minor: string;
  /** How such a program prints its version; its first group is major and minor. */
  versionOf: RegExp;
}

const small = "-s -w"; // without symbol and debug tables

/** Built in this order: what most users wait for comes first. */
export const programSets: readonly ProgramSet[] = [
  {
    name: "etcd",
    packages: { etcd: "go.etcd.io/etcd/server/v3" },
    module: "go.etcd.io/etcd/server/v3",
    buildFlags: () => ["-ldflags", small],
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
    // Without its version the API server says v0.0.0-master, which kubectl cannot read.
    buildFlags: (version) => {
      const [major, minor] = version.slice(1).split(".");
      const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
      const versions = [set("gitVersion", version), set("gitMajor", major), set("gitMinor", minor)];
      return ["-ldflags", [small, ...versions, set("gitTreeState", "clean")].join(" ")];
    },
    minor: "1.37",
    versionOf: /(?:Kubernetes|Client Version:) v(\d+\.\d+)\./,
  },
  {
    name: "prometheus",
    packages: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
    module: "github.com/prometheus/prometheus",
    // Of the service discoveries only Kubernetes, besides files and HTTP, which are always in: a third of the code.
    buildFlags: () => ["-ldflags", small, "-tags", "remove_all_sd,enable_kubernetes_sd"],
    minor: "3.16", // module version v0.316.x
    versionOf: /prometheus, version (\d+\.\d+)\./,
  },
  {
    name: "pulumi",
    packages: {
      pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      // The other two need little that the CLI does not. The CLI looks for its language hosts beside itself; neither of
      // the two can print a version, so that they are always built.
      "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      "python-sdk": "asm-autoscaler/control-plane/pulumi/python-sdk",
    },
    ownFiles: ["python-sdk/main.go", "python-sdk/references.go"],
    module: "github.com/pulumi/pulumi/pkg/v3",
    buildFlags: (version) => [
      "-ldflags",
      `${small} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
    ],
    minor: "3.259",
    versionOf: /^v(\d+\.\d+)\./,
  },
];

/** Arguments that make a program print its version and end. */
export function versionArgs(program: Program): readonly string[] {
  if (program === "kubectl") return ["version", "--client"];
  return program === "pulumi" ? ["version"] : ["--version"];
}
