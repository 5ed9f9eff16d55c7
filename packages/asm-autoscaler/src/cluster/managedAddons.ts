import { KubernetesAddon } from "@pulumi/alicloud/cs";
import type * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven, settled } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { AckClusterArgs } from "./args";
import { operationsErrors } from "./validateOperations";

/** Takes over the addons whose version and configuration can change, called `<component>-addon-<addon>`. */
export function createManagedAddons(
  name: string,
  { managedAddons = {} }: AckClusterArgs,
  clusterId: pulumi.Output<string>,
  child: pulumi.CustomResourceOptions,
): void {
  for (const [addon, { version, config }] of Object.entries(managedAddons)) {
    new KubernetesAddon(
      `${name}-addon-${addon}`,
      // Without a name, the provider would make one up.
      {
        clusterId,
        name: addon,
        ...onlyGiven({ version }),
        ...(isGiven(config) ? { config: stored(name, addon, config) } : {}),
      },
      // Pulumi would uninstall what the cluster may still need.
      { ...child, retainOnDelete: true },
    );
  }
}

/** The text that the provider reads back, so that another order or spacing is no change. */
function stored(name: string, addon: string, config: pulumi.Input<string>): pulumi.Output<string> {
  return settled({ managedAddons: { [addon]: { config } } }, (known) =>
    validateArgs("AckCluster", name, known, operationsErrors),
  ).apply((known) => asGoWrites(JSON.parse(known.managedAddons[addon]?.config ?? "{}")));
}

/**
 * JSON as Go's encoding/json writes a map: keys sorted, no spaces, and the characters escaped that matter in HTML.
 * https://pkg.go.dev/encoding/json#Marshal
 */
function asGoWrites(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]));
}
