import { problemLine, problems } from "@asm-autoscaler/hpa-metrics";
import * as pulumi from "@pulumi/pulumi";
import type { InputError } from "./inputErrors";

/** Logs warnings on a resource. Each is logged once, because arguments are checked twice. */
export function warner(resource: pulumi.Resource): (warnings: readonly InputError[]) => void {
  const shown = new Set<string>();
  return (warnings) => {
    for (const { path, code, message, remedy } of warnings) {
      const line = `${path}: ${problemLine({ code, message, remedy: remedy ?? problems[code].remedy })}`;
      if (shown.has(line)) continue;
      shown.add(line);
      // It is delivered in its own time, and a lost warning is told by the SDK on stderr.
      void pulumi.log.warn(line, resource);
    }
  };
}
