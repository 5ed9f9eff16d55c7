import type { ManagedKubernetes } from "@pulumi/alicloud/cs";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { knownValue, settled } from "../validation/inputs";
import { warner } from "../validation/warner";
import { type AckClusterArgs, AckClusterCredentials, type AckClusterExistingArgs } from "./args";
import { clusterKubeconfig, temporaryKubeconfig } from "./credentials";
import { createManagedCluster } from "./managedCluster";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";
import { validateCluster } from "./validate";

/** By cluster: a provider is no output that another language could take. */
const providers = new WeakMap<AckCluster, Provider>();

/**
 * A managed Kubernetes cluster (ACK) with its node pools, new or existing, and the Kubernetes provider for it. Nodes
 * are created before the Kubernetes provider, and deleted after everything that it created.
 */
export class AckCluster extends pulumi.ComponentResource {
  /** Id of the cluster, known once its nodes exist. */
  public readonly clusterId: pulumi.Output<string>;
  /** Id of the cluster's VPC. */
  public readonly vpcId: pulumi.Output<string>;
  /** Id of the cluster's security group. Empty for an existing cluster without the argument securityGroupId. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** Kubeconfig of the cluster as text, a secret. */
  public readonly kubeconfig: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: AckClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateCluster(name, args);
    super("asm-autoscaler:index:AckCluster", name, withSecrets(args), opts);

    const found = args.existing ? existing(name, args, args.existing, this) : created(name, args, this);
    this.clusterId = found.clusterId;
    this.vpcId = found.vpcId;
    this.securityGroupId = found.securityGroupId;
    this.kubeconfig = found.kubeconfig;
    // With an identifier only another cluster replaces the provider, and with it all that it made; a kubeconfig that is
    // new, or unknown at preview, is an update of the provider. A changed Secret is changed in place: by default the
    // provider deletes it first, and a pod that starts in that moment finds none.
    const provider = new Provider(
      `${name}-provider`,
      { kubeconfig: this.kubeconfig, clusterIdentifier: found.identifier, enableSecretMutable: true },
      { parent: this, dependsOn: found.nodes },
    );
    providers.set(this, provider);
    this.registerOutputs({
      clusterId: this.clusterId,
      vpcId: this.vpcId,
      securityGroupId: this.securityGroupId,
      kubeconfig: this.kubeconfig,
    });
  }

  /** The Kubernetes provider for the cluster, for `providers` of the components that go into it. */
  get provider(): Provider {
    const provider = providers.get(this);
    if (provider === undefined) throw new Error("the provider is made by the constructor");
    return provider;
  }
}

/** What the component is about, made or found. */
interface Cluster {
  /** The id, as soon as there is one. */
  readonly identifier: pulumi.Output<string>;
  readonly clusterId: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly kubeconfig: pulumi.Output<string>;
  readonly nodes: pulumi.Resource[];
}

function created(name: string, args: AckClusterArgs, parent: pulumi.Resource): Cluster {
  const { cluster, clusterId, nodes } = createManagedCluster(name, args, { parent });
  if (knownValue(args.publicEndpoint) === false) warnIfPublic(cluster, parent);
  return {
    identifier: cluster.id,
    clusterId,
    vpcId: cluster.vpcId,
    securityGroupId: cluster.securityGroupId,
    kubeconfig: clusterKubeconfig(cluster, args, parent),
    nodes,
  };
}

/** The provider does not send that the API server has no public address, so what came of it is looked at. */
function warnIfPublic({ connections }: ManagedKubernetes, component: pulumi.Resource): void {
  const warn = warner(component);
  connections.apply((endpoints) => {
    const address = endpoints?.apiServerInternet;
    if (!address) return;
    const message = `publicEndpoint is false, and the API server has the public address ${address}`;
    warn([{ path: "publicEndpoint", code: "ASM_ENDPOINT_PUBLIC", message }]);
  });
}

function existing(name: string, args: AckClusterArgs, given: AckClusterExistingArgs, parent: pulumi.Resource): Cluster {
  const { credentials } = args;
  const checked = settled(
    given,
    (known) => validateCluster(name, { existing: known, ...(credentials && { credentials }) }).existing,
  );
  // Each by itself: taken together they would all be as secret as the kubeconfig.
  const clusterId = pulumi.output(given.clusterId);
  return {
    identifier: clusterId,
    clusterId,
    vpcId: pulumi.output(given.vpcId),
    securityGroupId: pulumi.output(given.securityGroupId).apply((id) => id ?? ""),
    kubeconfig:
      credentials === AckClusterCredentials.Temporary
        ? temporaryKubeconfig(clusterId, args, parent)
        : pulumi.secret(checked.apply(({ kubeconfig }) => kubeconfig ?? "")),
    nodes: [],
  };
}

/** The arguments of a component go into the state, and these must not be readable there. */
function withSecrets({ existing, nodePools, ...others }: AckClusterArgs): AckClusterArgs {
  const kubeconfig = existing?.kubeconfig;
  const pools = Object.entries(nodePools ?? {}).map(([name, pool]) => [name, withSecretPassword(pool)] as const);
  return {
    ...others,
    ...(existing && { existing: { ...existing, ...(kubeconfig && { kubeconfig: pulumi.secret(kubeconfig) }) } }),
    ...(nodePools && { nodePools: Object.fromEntries(pools) }),
  };
}

/** The provider keeps these as secrets, but not where they are arguments of the component. */
function withSecretPassword(pool: AckClusterNodePoolArgs): AckClusterNodePoolArgs {
  const { password, kmsEncryptedPassword } = pool.extra ?? {};
  if (pool.extra === undefined) return pool;
  return {
    ...pool,
    extra: {
      ...pool.extra,
      ...(password && { password: pulumi.secret(password) }),
      ...(kmsEncryptedPassword && { kmsEncryptedPassword: pulumi.secret(kmsEncryptedPassword) }),
    },
  };
}
