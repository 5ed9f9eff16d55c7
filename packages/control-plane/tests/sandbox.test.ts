import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { processesWith } from "./remains.ts";
import { until } from "./until.ts";

const sandboxFile = new URL("../src/kubelet/sandbox.ts", import.meta.url).href;

test("a container ends with the process that started it, also when that is killed, and leaves no mount", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sandbox-"));
  try {
    const mark = `mark-of-${process.pid}`;
    const parent = join(directory, "parent.mjs");
    await writeFile(
      parent,
      `import { openSync, mkdirSync } from "node:fs";
       import { startSandbox } from ${JSON.stringify(sandboxFile)};
       mkdirSync(${JSON.stringify(join(directory, "root"))});
       startSandbox({
         root: ${JSON.stringify(join(directory, "root"))}, mounts: [], readOnlyRoot: true, workingDir: "/", uid: 1000, gid: 1000,
         groups: [], capabilities: [], noNewPrivileges: true, environment: { PATH: "/opt/node/bin:/usr/bin:/bin" }, hosts: "",
         command: ["node", "-e", "console.log('runs'); setTimeout(() => {}, 60_000)", ${JSON.stringify(mark)}],
       }, openSync(${JSON.stringify(join(directory, "log"))}, "a"));`,
    );
    const child = spawn(process.execPath, [parent], { stdio: "inherit" });
    await until("the container to run", async () => (await readFile(join(directory, "log"), "utf8")).includes("runs"));
    expect(processesWith(mark)).toHaveLength(1);
    child.kill("SIGKILL");
    await until("the container's end", () => processesWith(mark).length === 0, 5);
    expect(await readFile("/proc/self/mounts", "utf8")).not.toContain(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
