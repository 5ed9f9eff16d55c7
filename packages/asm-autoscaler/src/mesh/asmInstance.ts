import * as pulumi from "@pulumi/pulumi";
import { isGiven, settled } from "../validation/inputs";
import type { AsmInstanceArgs } from "./args";
import { createMesh } from "./serviceMesh";
import { validateMesh, validatePrometheusUrl } from "./validate";

/**
 * A service mesh of Alibaba Cloud (ASM) with one ACK cluster. You create Istio's resources through the API server of the
 * ACK cluster. The mesh has a second API server, which a program does not need.
 */
export class AsmInstance extends pulumi.ComponentResource {
  /** Id of the mesh, known once the cluster is attached. */
  public readonly meshId: pulumi.Output<string>;
  /** Version of ASM, such as v1.22.6.71-g7d67a80b-aliyun. Absent for an existing mesh. */
  public readonly istioVersion: pulumi.Output<string | undefined>;
  /** Kubeconfig of the mesh's own API server, a secret. Absent for an existing mesh. */
  public readonly kubeconfig: pulumi.Output<string | undefined>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: AsmInstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateMesh(name, args);
    const { prometheusUrl: url, ...open } = args;
    const secret = isGiven(url) ? { prometheusUrl: secretUrl(name, url) } : {};
    super("asm-autoscaler:index:AsmInstance", name, { ...open, ...secret }, opts);

    const known = settled(open, (checkable) => validateMesh(name, checkable));
    if (args.existing === undefined) {
      // Only the name waits for the late check: nothing else could wait without looking like a replacement.
      const meshName = known.apply((settledArgs) => settledArgs.meshName ?? name);
      const { vpcId = "", vswitchId = "", clusterId = "" } = open;
      const mesh = createMesh(`${name}-mesh`, { ...open, ...secret, vpcId, vswitchId, clusterId, meshName }, this);
      this.meshId = mesh.id;
      this.istioVersion = mesh.version;
      this.kubeconfig = pulumi.secret(mesh.kubeconfig);
    } else {
      this.meshId = known.apply(({ existing }) => existing?.meshId ?? "");
      this.istioVersion = pulumi.output<string | undefined>(undefined);
      this.kubeconfig = pulumi.output<string | undefined>(undefined);
    }
    this.registerOutputs({ meshId: this.meshId, istioVersion: this.istioVersion, kubeconfig: this.kubeconfig });
  }
}

/** The URL of a managed Prometheus may be all that is needed to read it. */
function secretUrl(name: string, url: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.secret(settled(url, (known) => validatePrometheusUrl(name, known)));
}
