import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { buildPrograms } from "./build.ts";
import { programSets } from "./programs.ts";

const kubernetes = programSets.find((set) => set.name === "kubernetes");
const { PATH } = process.env;
let root = "";
const build = async (lines: string[] = []) => {
  if (kubernetes === undefined) throw new Error("no set");
  const folder = join(root, "cache", "kubernetes-1234");
  const programs = ["kube-apiserver", "kube-controller-manager", "kubectl"] as const;
  await buildPrograms([{ set: kubernetes, programs, source: root, folder, flags: ["-ldflags", "a b"] }], (line) =>
    lines.push(line),
  );
  return folder;
};
/** What is in the cache, but for the lock. */
const cached = async () => (await readdir(join(root, "cache"))).filter((name) => !name.endsWith(".lock"));
/**
 * Puts a `go` in front that runs the script with its output path as $out and counts its builds in the file "runs". It
 * lists two packages.
 */
const fakeGo = async (script: string) => {
  await mkdir(join(root, "bin"), { recursive: true });
  const text = `#!/bin/sh\n[ "$1" != list ] || { echo a; echo b; exit; }\necho "$*" >> "${root}/runs"\nfor word; do [ "$last" = -o ] && out=$word; last=$word; done\n${script}\n`;
  await writeFile(join(root, "bin", "go"), text);
  await chmod(join(root, "bin", "go"), 0o755);
};

/** Without flock(1), nothing prevents it. */
const linuxTest = process.platform === "linux" ? test : test.skip;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "asm-build-"));
  process.env["PATH"] = `${join(root, "bin")}:${PATH}`;
});
afterEach(async () => {
  process.env["PATH"] = PATH;
  await rm(root, { recursive: true });
});

test("each program appears when it is complete, with its step, packages and an estimate", async () => {
  await fakeGo('echo "go: downloading k8s.io/api v0" >&2; echo k8s.io/api >&2; echo > "$out"');
  const lines: string[] = [];
  const folder = await build(lines);
  expect((await readdir(folder)).sort()).toEqual(["kube-apiserver", "kube-controller-manager", "kubectl"]);
  expect(await cached()).toEqual(["kubernetes-1234"]);
  expect(lines[0]).toMatch(
    /^building kube-apiserver, kube-controller-manager, kubectl from source, once: about \d+ min on \d+ cores?$/,
  );
  expect(lines).toContainEqual(expect.stringMatching(/^kube-apiserver \(step 1 of 3\): 0 modules downloaded, 0 s$/));
  expect(lines).toContainEqual(expect.stringMatching(/^kubectl \(step 3 of 3\): 0 of 2 packages compiled, 0 s$/));
  expect(lines.at(-1)).toMatch(/^kubectl \(step 3 of 3\): built in \d+ s$/);
});

test("a build that fails shows go's last lines, and the programs before it stay", async () => {
  await fakeGo('case "$out" in *kubectl) echo "kubectl.go:7: undefined: x" >&2; exit 1;; *) echo > "$out";; esac');
  await expect(build()).rejects.toThrow(
    /ASM_BUILD_FAILED: go build of kubectl ended with 1\..*\nkubectl.go:7: undefined: x$/,
  );
  expect(await cached()).toEqual(["kubernetes-1234"]);
  await fakeGo('echo > "$out"');
  await writeFile(join(root, "runs"), "");
  await build();
  expect(await readFile(join(root, "runs"), "utf8")).toMatch(/^build .*cmd\/kubectl\n$/);
});

test("what a killed build left does not count as built", async () => {
  await fakeGo('[ ! -e "$(dirname "$out")/half" ] && echo whole > "$out"');
  await mkdir(join(root, "cache", "kubernetes-1234.partial", "tmp"), { recursive: true });
  await writeFile(join(root, "cache", "kubernetes-1234.partial", "half"), "");
  const folder = await build();
  expect(existsSync(join(folder, "half"))).toBe(false);
});

linuxTest("two at once build once, and the second gets what the first built", async () => {
  await fakeGo('sleep 0.2; echo > "$out"');
  const [one, other] = await Promise.all([build(), build()]);
  expect(one).toBe(other);
  expect((await readFile(join(root, "runs"), "utf8")).trim().split("\n")).toHaveLength(3);
});
