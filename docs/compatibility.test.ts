import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const page = read("docs/reference/compatibility.md");

/** The cells of the first row that begins with this text: tested, should work, cannot work. */
function row(title: string): string[] {
  const line = page.split("\n").find((one) => one.startsWith(`| ${title} |`)) ?? "";
  return line.split(" | ").slice(1);
}

/** The version of a Go module that the local control plane builds. */
function goVersion(folder: string, module: string): string {
  const found = new RegExp(`^\\t${module} v(\\S+)`, "m").exec(read(`packages/control-plane/go/${folder}/go.mod`));
  return found?.[1] ?? "";
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const library = JSON.parse(read("packages/asm-autoscaler/package.json")) as Manifest;

test("the tested programs are those that the local control plane builds", () => {
  const kubernetes = goVersion("kubernetes", "k8s.io/kubernetes");
  expect(row("Kubernetes, for `TrafficAutoscaler` and HPAs")[0]).toBe(kubernetes);
  expect(row("Kubernetes, for `MetricsAdapter` and the Helm chart")[0]).toBe(kubernetes);
  expect(row("Pulumi CLI")[0]).toBe(goVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3"));
  expect(row("Pulumi YAML")[0]).toBe(goVersion("pulumi", "github.com/pulumi/pulumi-yaml"));
  expect(row("Helm")[0]).toBe(goVersion("helm", "helm.sh/helm/v3"));
  // Prometheus 3.16.0 is the module v0.316.0.
  const [, minor = ""] = /^0\.(\d+)\./.exec(goVersion("prometheus", "github.com/prometheus/prometheus")) ?? [];
  expect(row("Prometheus")[0]).toBe(`${minor.slice(0, 1)}.${Number(minor.slice(1))}`);
});

test.each(["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/alicloud"])(
  "%s has the versions of the package",
  (name) => {
    const [tested = "", works] = row(`\`${name}\``);
    expect(tested.split(",")[0]).toBe(library.devDependencies[name]);
    expect(works).toBe(library.peerDependencies[name]);
  },
);

test("the versions of Node and of Kubernetes are those that the package, the image and the chart require", () => {
  expect(`>=${row("Node, for programs")[1]?.split(" ")[0]}`).toBe(library.engines.node);
  const [, image] = /node:(\S+)-alpine/.exec(read("adapter/Dockerfile")) ?? [];
  expect(page).toContain(`The image of the adapter contains Node ${image}.`);
  const [, chart] = /kubeVersion: ">=(\d+\.\d+)/.exec(read("deploy/chart/asm-metrics-adapter/Chart.yaml")) ?? [];
  expect(row("Kubernetes, for `MetricsAdapter` and the Helm chart")[1]).toBe(`${chart} and later`);
});
