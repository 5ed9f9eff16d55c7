import type * as alicloud from "@pulumi/alicloud/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { AckClusterArgs } from "./args";
import { networkAddon } from "./podNetwork";

/** Installed with every cluster: volumes (Prometheus keeps its data on one) and the readings of CPU and memory. */
const STOCK = [{ name: "csi-plugin" }, { name: "csi-provisioner" }, { name: "metrics-server" }];

/** Installed unless it is disabled; traffic of a mesh comes in through its own gateway. */
const UNWANTED = { name: "nginx-ingress-controller", disabled: true };

/**
 * The addons of a new cluster: the pods' network, the stock ones, then the given ones, which replace one of their name.
 */
export function clusterAddons(
  args: Pick<AckClusterArgs, "addons" | "podVswitchIds">,
): pulumi.Output<alicloud.cs.ManagedKubernetesAddon[]> {
  const stock = [{ name: networkAddon(args) }, ...STOCK, UNWANTED];
  return pulumi.output(args.addons ?? []).apply((given) => {
    const names = new Set(given.map(({ name }) => name));
    return [...stock.filter(({ name }) => !names.has(name)), ...given];
  });
}
