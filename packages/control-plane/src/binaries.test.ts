import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ensureBinaries, findOffered, pinnedVersion } from "./binaries.ts";
import { type Program, programSets } from "./programs.ts";

const goMod = (set: string) => readFile(fileURLToPath(new URL(`../go/${set}/go.mod`, import.meta.url)), "utf8");

function setOf(program: Program) {
  const set = programSets.find((one) => program in one.packages);
  if (set === undefined) throw new Error(program);
  return set;
}

test.each(programSets)("the minor version of $name is the one that its go.mod pins", async (set) => {
  const version = pinnedVersion(await goMod(set.name), set.module);
  // Prometheus 3.16 is module version v0.316: its module never took part in the major version.
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  expect(set.module.endsWith("/prometheus") ? `3.${Number(minor) - 300}` : `${major}.${minor}`).toBe(set.minor);
});

test.each(programSets)("every program of $name is a tool of its go.mod", async (set) => {
  const text = await goMod(set.name);
  for (const goPackage of Object.values(set.packages)) expect(text).toMatch(new RegExp(`(tool |\t)${goPackage}\n`));
});

test("the PromQL parser of the tests is that of the Prometheus of the tests", async () => {
  const module = "github.com/prometheus/prometheus";
  const [oracle, prometheus] = await Promise.all([goMod("promql-oracle"), goMod("prometheus")]);
  expect(pinnedVersion(oracle, module)).toBe(pinnedVersion(prometheus, module));
});

test("a go.mod without the module is named", () => {
  expect(() => pinnedVersion("module x\n", "k8s.io/kubernetes")).toThrow(/ASM_GO_MODULE: .*k8s.io\/kubernetes/);
});

describe("programs that the machine offers", () => {
  const { PATH, KUBEBUILDER_ASSETS, XDG_CACHE_HOME, RELEASE_MIRROR } = process.env;
  let folder = "";
  const offer = async (program: Program, output: string) => {
    await writeFile(join(folder, program), `#!/bin/sh\ncat <<'TEXT'\n${output}\nTEXT\n`);
    await chmod(join(folder, program), 0o755);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "asm-binaries-"));
    process.env["KUBEBUILDER_ASSETS"] = folder;
    process.env["XDG_CACHE_HOME"] = join(folder, "cache");
    process.env["RELEASE_MIRROR"] = "http://127.0.0.1:1"; // nothing listens there
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries({ PATH, KUBEBUILDER_ASSETS, XDG_CACHE_HOME, RELEASE_MIRROR })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true });
  });

  test.each<[Program, string]>([
    ["etcd", "etcd Version: 3.7.0\nGit SHA: 1a2b3c\nGo Version: go1.26.1"],
    ["kube-apiserver", "Kubernetes v1.37.0"],
    ["kubectl", "Client Version: v1.37.9\nKustomize Version: v5.8.0"],
    ["prometheus", "prometheus, version 3.16.1 (branch: HEAD, revision: 1a2b3c)\n  build user: root"],
    ["pulumi", "v3.259.4"],
  ])("%s of the pinned minor version is taken", async (program, output) => {
    await offer(program, output);
    await expect(findOffered(program, setOf(program))).resolves.toBe(join(folder, program));
    await expect(ensureBinaries([program])).resolves.toEqual({ [program]: join(folder, program) });
  });

  test.each<[Program, string]>([
    ["etcd", "etcd Version: 3.4.30"],
    ["kubectl", "Client Version: v1.36.2"],
    ["kube-apiserver", "Kubernetes v1.370.0"],
    ["prometheus", "prometheus, version  (branch: , revision: unknown)"],
    ["pulumi", "error: no"],
  ])("%s of another version is not", async (program, output) => {
    process.env["PATH"] = "/bin:/usr/bin";
    await offer(program, output);
    await expect(findOffered(program, setOf(program))).resolves.not.toBe(join(folder, program));
  });

  test("one of a set is taken though the others have to be built", async () => {
    await offer("kubectl", "Client Version: v1.37.0");
    // A Go that writes an empty file where the program should be.
    const go = 'for word; do [ "$last" = -o ] && out=$word; last=$word; done; [ -z "$out" ] || : > "$out"';
    await writeFile(join(folder, "go"), `#!/bin/sh\n${go}\n`);
    await chmod(join(folder, "go"), 0o755);
    process.env["PATH"] = `${folder}:${PATH}`;
    const found = await ensureBinaries(["kubectl", "kube-apiserver"]);
    expect(found.kubectl).toBe(join(folder, "kubectl"));
    expect(found["kube-apiserver"]).toContain(join(folder, "cache"));
  });

  test("without Go, a release site and programs the error says what to install", async () => {
    process.env["PATH"] = `${folder}:${PATH}`;
    await writeFile(join(folder, "go"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const lines: string[] = [];
    await expect(ensureBinaries(["pulumi"], (line) => lines.push(line))).rejects.toThrow(
      /ASM_GO_MISSING: .*pulumi.*Install Go 1\.26/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ASM_RELEASE_UNREACHABLE: .*127\.0\.0\.1:1.*HTTPS_PROXY/));
  });
});
