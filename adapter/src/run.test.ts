import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG_GROUPS } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, test } from "@jest/globals";
import { UsageError } from "./flags/flags.ts";
import { run } from "./run.ts";

type CommandName = Parameters<typeof run>[1];

async function outputOf(argv: readonly string[], commandName: CommandName = "asm-metrics-adapter") {
  let out = "";
  try {
    return { code: await run(argv, commandName, (text) => (out += text)), out };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 2, out: error.message };
  }
}

describe("the server's command line", () => {
  const { KUBERNETES_SERVICE_HOST: host } = process.env;
  afterEach(() => {
    if (host !== undefined) process.env["KUBERNETES_SERVICE_HOST"] = host;
  });

  test.each([[[]], [["serve"]], [["--prometheus-server=http://p:9090"]]])(
    "%j outside of a pod and without --kubeconfig serves nothing and says what is missing",
    async (argv) => {
      delete process.env["KUBERNETES_SERVICE_HOST"];
      const { code, out } = await outputOf(argv);
      expect(code).toBe(2);
      expect(out).toMatch(/^ASM_KUBECONFIG: this is not a pod, and no --kubeconfig .*--help`\.$/);
    },
  );

  test.each([[["--help"]], [["-h"]], [["serve", "--help"]], [["help"]], [["--secure-port=6443", "-h"]]])(
    "%j prints every flag with its meaning, and the exit codes",
    async (argv) => {
      const { code, out } = await outputOf(argv);
      expect(code).toBe(0);
      const names = FLAG_GROUPS.flatMap(({ flags }) => flags.map(({ name }) => name));
      expect(names.filter((name) => !new RegExp(`^  --${name}[ =\n]`, "m").test(out))).toEqual([]);
      expect(out).toContain("Exit codes:");
    },
  );

  test("the flags of --help are those of the reference page", async () => {
    const page = readFileSync(join(process.cwd(), "docs/reference/flags.md"), "utf8");
    const listed = [...page.matchAll(/(?<=^\|[^|]*`--)[\w-]+/gm)].map(String);
    const names = FLAG_GROUPS.flatMap(({ flags }) => flags.map(({ name }) => name));
    expect(names.filter((name) => !listed.includes(name))).toEqual([]);
  });
});

describe("every command", () => {
  test.each<[CommandName, string[]]>([
    ["asm-metrics-adapter", ["--version"]],
    ["asm-autoscaler", ["--version"]],
  ])("%s %j prints the version", async (name, argv) => {
    const { version } = JSON.parse(readFileSync(join(process.cwd(), "adapter/package.json"), "utf8"));
    expect(await outputOf(argv, name)).toEqual({ code: 0, out: `${version}\n` });
  });

  test("an unknown one is named with the nearest known one", async () => {
    expect(await outputOf(["chek"])).toEqual({
      code: 2,
      out: 'ASM_COMMAND: unknown command "chek"; did you mean check? See the commands with `--help`.',
    });
    expect((await outputOf(["frobnicate"])).out).toBe(
      'ASM_COMMAND: unknown command "frobnicate"; known: check, explain, give-back, serve. See the commands with `--help`.',
    );
  });

  test("asm-autoscaler has no server, and without a command it prints its usage", async () => {
    expect((await outputOf(["serve"], "asm-autoscaler")).out).toContain('unknown command "serve"');
    expect((await outputOf(["--prometheus-server=http://p"], "asm-autoscaler")).out).toContain("unknown command");
    const usage = await outputOf([], "asm-autoscaler");
    expect(usage).toMatchObject({ code: 2, out: expect.stringMatching(/^Usage: asm-autoscaler <command>/) });
    expect(await outputOf(["--help"], "asm-autoscaler")).toEqual({ ...usage, code: 0 });
    for (const command of ["check", "explain", "backtest", "tune"]) expect(usage.out).toContain(`\n  ${command} `);
  });
});
