import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Namespace, NamespacePatch } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { type InputError, missingErrors, nameErrors, namespaceName } from "../validation/inputErrors";
import { knownValue, settled, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";

/**
 * A namespace whose workloads are in the mesh. Running pods join the mesh when they restart. Pulumi never deletes the
 * namespace, unless `deleteNamespace` is set: it can contain workloads that the program does not know.
 */
export class MeshNamespace extends pulumi.ComponentResource {
  /** Name of the namespace, known once it has its labels. Take the name from here for pods that need a sidecar. */
  public readonly name: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: MeshNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateNamespace(name, args);
    super("asm-autoscaler:index:MeshNamespace", name, args, opts);

    const child = { parent: this };
    // Only the labels wait for the late check: a name that waited for another argument would be unknown at preview, and
    // a namespace whose name may change is shown as a replacement.
    const labels = settled(args, (known) => validateNamespace(name, known)).apply(({ mode }) =>
      meshLabels(mode ?? MeshNamespaceMode.Sidecar, args.waypoint ?? false),
    );
    const metadata = { name: args.name, labels };
    const waypoint = (dependsOn: pulumi.Resource[]) =>
      args.waypoint ? [createWaypoint(`${name}-waypoint`, args.name, { ...child, dependsOn })] : [];

    if (args.create ?? true) {
      const retainOnDelete = !(args.deleteNamespace ?? false);
      const namespace = new Namespace(`${name}-namespace`, { metadata }, { ...child, retainOnDelete });
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

/** Labels by which the mesh selects a namespace. */
function meshLabels(mode: MeshNamespaceMode, waypoint: boolean): { [name: string]: string } {
  if (mode === MeshNamespaceMode.Sidecar) return { "istio-injection": "enabled" };
  return { "istio.io/dataplane-mode": "ambient", ...(waypoint ? { "istio.io/use-waypoint": WAYPOINT } : {}) };
}

/** How the workloads of a namespace join the mesh. */
export const MeshNamespaceMode = {
  /** A proxy in each pod. It counts requests. */
  Sidecar: "Sidecar",
  /** A proxy on each node. It counts TCP connections and bytes. Requires ASM's ambient mode. */
  Ambient: "Ambient",
} as const;
export type MeshNamespaceMode = (typeof MeshNamespaceMode)[keyof typeof MeshNamespaceMode];

/** Arguments of a MeshNamespace. */
export interface MeshNamespaceArgs {
  /** Name of the namespace. A change creates another namespace, and the old one stays unless deleteNamespace is set. */
  name: pulumi.Input<string>;
  /**
   * Whether to create the namespace. With false, the component adds its labels to an existing namespace, and never
   * deletes it. With true, the default, the update fails if the namespace exists. Set it to false for a namespace that
   * an earlier destroy left behind.
   */
  create?: boolean;
  /**
   * Whether to delete the namespace that was created, with everything in it, when the component is destroyed, gets
   * another name or gets create: false. Set it to true and run `pulumi up` before you destroy or rename. Defaults to
   * false: the namespace and its labels stay.
   */
  deleteNamespace?: boolean;
  /** How the workloads join the mesh. Defaults to Sidecar. A change affects a pod when it restarts. */
  mode?: pulumi.Input<MeshNamespaceMode>;
  /**
   * Whether an ambient namespace gets a waypoint, the proxy that counts its requests. Without one there are only
   * istio_tcp_* metrics: no request rates, latencies or errors. Requires the CustomResourceDefinitions of Gateway API
   * 1.2 or later. Defaults to false.
   */
  waypoint?: boolean;
}

/** Validates the arguments of a MeshNamespace as far as they are known. @throws pulumi.InputPropertiesError */
export function validateNamespace<T extends MeshNamespaceArgs>(name: string, args: T): T {
  return validateArgs("MeshNamespace", name, args, (known: MeshNamespaceArgs) => [
    ...missingErrors("name", knownValue(known.name), "Set the name of the namespace"),
    ...nameErrors("name", knownValue(known.name), namespaceName),
    ...waypointErrors(known),
    ...neverDeletedErrors(known),
  ]);
}

function waypointErrors({ mode, waypoint }: MeshNamespaceArgs): InputError[] {
  const known = knownValue(mode) ?? MeshNamespaceMode.Sidecar;
  if (!waypoint || known === UNKNOWN || known !== MeshNamespaceMode.Sidecar) return [];
  return [
    {
      path: "waypoint",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "waypoint is only for an ambient namespace: sidecars count requests themselves",
      remedy: "Remove waypoint, or set mode to Ambient",
    },
  ];
}

function neverDeletedErrors({ create, deleteNamespace }: MeshNamespaceArgs): InputError[] {
  if (create !== false || deleteNamespace !== true) return [];
  return [
    {
      path: "deleteNamespace",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "deleteNamespace has no effect with create: false, which only adds labels to the namespace",
      remedy: "Remove deleteNamespace",
    },
  ];
}

/** Name of the waypoint of a namespace, and of the Deployment that Istio makes for it. */
const WAYPOINT = "waypoint";

/** The waypoint of a namespace, as a resource of Gateway API; Istio starts and upgrades its pods. */
function createWaypoint(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: WAYPOINT, namespace, labels: { "istio.io/waypoint-for": "service" } },
      spec: {
        gatewayClassName: "istio-waypoint",
        listeners: [{ name: "mesh", port: 15008, protocol: "HBONE", allowedRoutes: { namespaces: { from: "Same" } } }],
      },
    },
    opts,
  );
}
