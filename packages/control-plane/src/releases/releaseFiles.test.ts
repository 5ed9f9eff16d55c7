import { expect, test } from "@jest/globals";
import { programSets } from "../programs.ts";
import { onMirror, releaseFiles } from "./releaseFiles.ts";

const machine = { platform: "linux", arch: "arm64" } as const;
const urls = (...args: Parameters<typeof releaseFiles>) =>
  releaseFiles(...args).map(({ url, checksumUrl }) => [url, checksumUrl]);

test("the files are where each project publishes them", () => {
  expect(urls({ name: "etcd" }, "v3.7.3", ["etcd"], machine)).toEqual([
    [
      "https://github.com/etcd-io/etcd/releases/download/v3.7.3/etcd-v3.7.3-linux-arm64.tar.gz",
      "https://github.com/etcd-io/etcd/releases/download/v3.7.3/SHA256SUMS",
    ],
  ]);
  expect(urls({ name: "kubernetes" }, "v1.37.2", ["kube-apiserver", "kubectl"], machine)).toEqual([
    [
      "https://dl.k8s.io/release/v1.37.2/bin/linux/arm64/kube-apiserver",
      "https://dl.k8s.io/release/v1.37.2/bin/linux/arm64/kube-apiserver.sha256",
    ],
    [
      "https://dl.k8s.io/release/v1.37.2/bin/linux/arm64/kubectl",
      "https://dl.k8s.io/release/v1.37.2/bin/linux/arm64/kubectl.sha256",
    ],
  ]);
  // Module version v0.316.0 is release 3.16.0.
  expect(urls({ name: "prometheus" }, "v0.316.0", ["prometheus"], machine)).toEqual([
    [
      "https://github.com/prometheus/prometheus/releases/download/v3.16.0/prometheus-3.16.0.linux-arm64.tar.gz",
      "https://github.com/prometheus/prometheus/releases/download/v3.16.0/sha256sums.txt",
    ],
  ]);
  expect(urls({ name: "pulumi" }, "v3.259.0", ["pulumi"], { platform: "linux", arch: "x64" })).toEqual([
    [
      "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-linux-x64.tar.gz",
      "https://get.pulumi.com/releases/sdk/pulumi-3.259.0-checksums.txt",
    ],
  ]);
});

test("what this repository adds is in no release, and a machine without releases has none", () => {
  expect(releaseFiles({ name: "pulumi" }, "v3.259.0", ["sdk-generator"], machine)).toEqual([]);
  expect(releaseFiles({ name: "promql-oracle" }, "v0.316.0", ["promql-oracle"], machine)).toEqual([]);
  expect(programSets.flatMap((set) => releaseFiles(set, "v1.2.3", [], { platform: "linux", arch: "s390x" }))).toEqual(
    [],
  );
});

test("the preview's program is there for macOS too", () => {
  expect(urls({ name: "pulumi" }, "v3.259.0", ["pulumi"], { platform: "darwin", arch: "arm64" })[0]?.[0]).toBe(
    "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-darwin-arm64.tar.gz",
  );
});

test("a mirror has the sites' files below their host names", () => {
  const url = "https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubectl";
  expect(onMirror(url, "https://mirror.example/files/")).toBe(
    "https://mirror.example/files/dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubectl",
  );
  expect(onMirror(url, undefined)).toBe(url);
  expect(onMirror(url, "")).toBe(url);
});
