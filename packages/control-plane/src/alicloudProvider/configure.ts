import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { Cloud } from "./cloud.ts";

/** Environment variables from which the real provider reads an argument, by argument. */
const variables = {
  accessKey: ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"],
  secretKey: ["ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"],
  accountType: ["ALICLOUD_ACCOUNT_TYPE", "ALIBABA_CLOUD_ACCOUNT_TYPE"],
} as const;

/**
 * Configures the provider as the real one does. It requires an access key. It requests the kind of account from the
 * cloud unless the account type is set.
 * @param config The provider's arguments, as text.
 * @throws Error without an access key.
 */
export function configure(cloud: Cloud, config: ReadonlyMap<string, string>): void {
  const get = (key: keyof typeof variables): string | undefined =>
    config.get(key) || variables[key].map((name) => process.env[name]).find(Boolean);
  if (get("accessKey") === undefined || get("secretKey") === undefined) {
    throw new ProblemError(problem("ASM_STAND_IN_NO_ACCESS_KEY", "The alicloud provider has no access key"));
  }
  if (get("accountType") === undefined) cloud.call("configure QueryAvailableInstances");
}
