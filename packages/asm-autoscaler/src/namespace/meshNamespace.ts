import { Namespace, NamespacePatch } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { settled } from "../arguments/settled";
import { type MeshNamespaceArgs, MeshNamespaceMode } from "./args";
import { checkNamespace } from "./check";
import { createWaypoint, WAYPOINT } from "./waypoint";

/** A namespace whose workloads are in the mesh. Pods that run already get in when they start again. */
export class MeshNamespace extends pulumi.ComponentResource {
  /** Name of the namespace, known once it is labelled, so that what needs a sidecar can take it from here. */
  public readonly name: pulumi.Output<string>;

  /** Throws pulumi.InputPropertiesError with all mistakes at once before anything is registered. */
  constructor(name: string, args: MeshNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    checkNamespace(name, args);
    super("asm-autoscaler:index:MeshNamespace", name, args, opts);

    const child = { parent: this };
    // Only the labels wait for the late check: a name that waited for another argument would be unknown at preview, and
    // a namespace whose name may change is shown as a replacement.
    const labels = settled(args, (known) => checkNamespace(name, known)).apply(({ mode }) =>
      meshLabels(mode ?? MeshNamespaceMode.Sidecar, args.waypoint ?? false),
    );
    const metadata = { name: args.name, labels };
    const waypoint = (dependsOn: pulumi.Resource[]) =>
      args.waypoint ? [createWaypoint(`${name}-waypoint`, args.name, { ...child, dependsOn })] : [];

    if (args.create ?? true) {
      const namespace = new Namespace(`${name}-namespace`, { metadata }, child);
      waypoint([namespace]);
      this.name = namespace.metadata.name;
    } else {
      // The workloads of this namespace run already: their waypoint is there before they are sent to it.
      const dependsOn = waypoint([]);
      this.name = new NamespacePatch(`${name}-namespace`, { metadata }, { ...child, dependsOn }).metadata.name;
    }
    this.registerOutputs({ name: this.name });
  }
}

/** The labels that tell the mesh about a namespace. */
function meshLabels(mode: MeshNamespaceMode, waypoint: boolean): { [name: string]: string } {
  if (mode === MeshNamespaceMode.Sidecar) return { "istio-injection": "enabled" };
  return { "istio.io/dataplane-mode": "ambient", ...(waypoint ? { "istio.io/use-waypoint": WAYPOINT } : {}) };
}
