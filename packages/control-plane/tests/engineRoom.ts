import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { createEngine, type Engine } from "../src/engine/engine.ts";
import { type ControlPlane, startControlPlane } from "../src/index.ts";

/** A control plane with the Pulumi engine on it, for tests. */
export interface EngineRoom {
  readonly controlPlane: ControlPlane;
  readonly engine: Engine;
  /** Where the engine keeps its state and logs. */
  readonly directory: string;
  /** Runs `body` with a new stack of this program and destroys the stack afterwards, also when `body` throws. */
  withStack(name: string, program: PulumiFn, body: (stack: Stack) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function openEngineRoom(): Promise<EngineRoom> {
  const controlPlane = await startControlPlane();
  const directory = join(controlPlane.directory, "engine");
  mkdirSync(directory);
  const { binaries, kubeconfig } = controlPlane;
  const engine = createEngine({ binaries, kubeconfig, directory });
  return {
    controlPlane,
    engine,
    directory,
    withStack: async (name, program, body) => {
      const stack = await engine.stack({ project: "engine-test", stack: name, program });
      try {
        await body(stack);
      } finally {
        await stack.destroy();
      }
    },
    stop: async () => {
      await engine.stop();
      await controlPlane.stop();
    },
  };
}
