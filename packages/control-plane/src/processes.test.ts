import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ProcessSpec, startProcess } from "./processes.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-processes-"));
});
afterAll(() => rm(directory, { recursive: true }));

const shell = (name: string, script: string, isReady: ProcessSpec["isReady"]): ProcessSpec => ({
  name,
  program: "sh",
  args: ["-c", script],
  env: { GIVEN: "given" },
  logFile: join(directory, `${name}.log`),
  isReady,
  readyWithinSeconds: 5,
});

describe("starting", () => {
  test("waits until the process is ready", async () => {
    const file = join(directory, "ready");
    const running = await startProcess(
      shell("slow", `sleep 0.3; echo > ${file}; exec sleep 60`, () => Promise.resolve(existsSync(file))),
    );
    expect(existsSync(file)).toBe(true);
    await running.stop();
  });

  test("a process that ends early is an error with its name, how it ended and its last words", async () => {
    const start = startProcess(
      shell("broken", "echo first; echo cannot bind >&2; exit 3", () => Promise.reject(new Error())),
    );
    await expect(start).rejects.toThrow(
      /ASM_PROCESS_NOT_READY: broken ended before it was ready \(exit code 3\).*\nfirst\ncannot bind/,
    );
  });

  test("a process that is not ready in time is ended and named", async () => {
    const spec = { ...shell("never", "echo $$; exec sleep 60", () => Promise.resolve(false)), readyWithinSeconds: 0.3 };
    const error: Error = await startProcess(spec).then(
      () => Promise.reject(new Error("it started")),
      (thrown) => thrown,
    );
    expect(error.message).toContain("never was not ready within 0.3 s");
    const pid = Number(error.message.trim().split("\n").at(-1));
    expect(pid).toBeGreaterThan(1);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("a program that does not exist is named", async () => {
    const spec = { ...shell("absent", "", () => Promise.resolve(false)), program: "/nowhere/program" };
    await expect(startProcess(spec)).rejects.toThrow(/absent ended before it was ready .*\/nowhere\/program/s);
  });

  test("nothing of our environment is inherited but PATH", async () => {
    process.env["HTTPS_PROXY"] = "http://proxy.invalid";
    const spec = shell("environment", "env; exit 1", () => Promise.resolve(false));
    const message = await startProcess(spec).catch((error: Error) => error.message);
    delete process.env["HTTPS_PROXY"];
    expect(message).toContain("GIVEN=given");
    expect(message).not.toContain("PROXY");
  });
});

describe("stopping", () => {
  test("a process that ignores SIGTERM is killed after the grace", async () => {
    const file = join(directory, "ignoring");
    const script = `trap '' TERM; echo > ${file}; while :; do sleep 0.1; done`;
    const running = await startProcess(shell("stubborn", script, () => Promise.resolve(existsSync(file))));
    await running.stop(0.2);
    await expect(running.ended).resolves.toBe("signal SIGKILL");
  });

  test("one that obeys ends by itself, and a second stop is nothing", async () => {
    const file = join(directory, "trapped");
    const script = `trap 'exit 7' TERM; echo > ${file}; while :; do sleep 0.05; done`;
    const running = await startProcess(shell("obedient", script, () => Promise.resolve(existsSync(file))));
    await running.stop();
    await running.stop();
    await expect(running.ended).resolves.toBe("exit code 7");
  });
});
