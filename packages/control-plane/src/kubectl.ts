import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

const limitSeconds = 300;

/**
 * Runs kubectl and returns its standard output.
 * @param input Standard input, for `-f -`.
 * @throws Error with its standard error if it fails or takes longer than five minutes.
 */
export async function runKubectl(
  program: string,
  { kubeconfig, home }: { kubeconfig: string; home: string },
  args: readonly string[],
  input = "",
): Promise<string> {
  const child = spawn(program, args, {
    env: { KUBECONFIG: kubeconfig, HOME: home, PATH: process.env["PATH"] ?? "" },
    timeout: limitSeconds * 1000,
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  child.stdin.on("error", () => {}); // kubectl may exit without reading it
  child.stdin.end(input);
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code === 0) return output;
  const what = complaint.trim() || output.trim() || "it printed nothing";
  throw new ProblemError(problem("ASM_KUBECTL_FAILED", `kubectl ${args.join(" ")} ended with ${code}: ${what}`));
}
