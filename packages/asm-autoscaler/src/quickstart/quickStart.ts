import * as pulumi from "@pulumi/pulumi";
import { MetricsAdapter } from "../adapter";
import { Reaction, TrafficAutoscaler } from "../autoscaler";
import { pullSecretErrors, registryErrors } from "../images/image";
import { MeshNamespace } from "../namespace";
import { SampleWorkload } from "../sample";
import { countErrors, type InputError, nameErrors, namespaceName } from "../validation/inputErrors";
import { type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";

/**
 * A first success in one component, for a cluster that is attached to a mesh: a namespace with sidecars, the sample of
 * Alibaba Cloud's guide in it, the metrics adapter, and an autoscaler of the sample with the reaction Direct. It has no
 * Prometheus and no storage, because the adapter reads the sidecars of the sample itself. For your own workloads, use
 * these components themselves. A backtest and other queries also need a MeshPrometheus, as the prometheus of the
 * adapter.
 */
export class QuickStart extends pulumi.ComponentResource {
  /** Namespace of the sample. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Deployment that is scaled and of its HorizontalPodAutoscaler. */
  public readonly deploymentName: pulumi.Output<string>;
  /** Shell command that puts 50 requests per second on the sample for five minutes. */
  public readonly loadCommand: pulumi.Output<string>;
  /** Shell command that shows how the sample is scaled. Stop it with Ctrl-C. */
  public readonly watchCommand: pulumi.Output<string>;
  /** Container images of the sample and the adapter, each with the registry that nodes pull it from. */
  public readonly images: pulumi.Output<string[]>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: QuickStartArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    args = validateQuickStart(name, args);
    super("asm-autoscaler:index:QuickStart", name, args, opts);

    const child = { parent: this };
    const { imageRegistry, imagePullSecrets } = args;
    const images = {
      ...(imageRegistry === undefined ? {} : { imageRegistry }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    };
    const namespace = new MeshNamespace(
      `${name}-namespace`,
      { name: args.namespace ?? "test", deleteNamespace: args.deleteNamespace ?? false },
      child,
    );
    const sample = new SampleWorkload(
      `${name}-sample`,
      { namespace: namespace.name, ...images },
      { ...child, dependsOn: namespace },
    );
    const adapter = new MetricsAdapter(`${name}-adapter`, { direct: true, ...images }, child);
    const autoscaler = new TrafficAutoscaler(
      `${name}-autoscaler`,
      {
        namespace: sample.namespace,
        target: sample.deploymentName,
        maxReplicas: args.maxReplicas ?? 10,
        metrics: [{ requestsPerSecond: args.requestsPerSecond ?? 10 }],
        reaction: Reaction.Direct,
        expectedRequestsPerSecond: sample.loadRequestsPerSecond,
      },
      { ...child, dependsOn: [sample, adapter] },
    );

    this.namespace = autoscaler.namespace;
    this.deploymentName = sample.deploymentName;
    this.loadCommand = sample.loadCommand;
    this.watchCommand = pulumi.interpolate`kubectl -n ${autoscaler.namespace} get hpa/${autoscaler.name} --watch`;
    this.images = pulumi.all([sample.images, adapter.images]).apply((lists) => lists.flat());
    this.registerOutputs({
      namespace: this.namespace,
      deploymentName: this.deploymentName,
      loadCommand: this.loadCommand,
      watchCommand: this.watchCommand,
      images: this.images,
    });
  }
}

/** Arguments of a QuickStart. */
export interface QuickStartArgs {
  /**
   * Namespace of the sample, which the component creates. Defaults to test, as in the guide. A change replaces the
   * sample.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Whether to delete the namespace, with everything in it, when the component is destroyed. Defaults to false: the
   * sample is deleted, and the namespace stays.
   */
  deleteNamespace?: boolean;
  /** Target number of requests per second per pod of the sample. Defaults to 10. */
  requestsPerSecond?: pulumi.Input<number>;
  /** Maximum number of replicas of the sample. Defaults to 10. */
  maxReplicas?: pulumi.Input<number>;
  /** Registry that mirrors docker.io and ghcr.io, with or without a path. Defaults to these registries. */
  imageRegistry?: pulumi.Input<string>;
  /**
   * Names of Secrets with registry credentials. They must exist in kube-system, and in the sample's namespace
   * before its pods start. Defaults to none.
   */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * Validates the arguments of a QuickStart as far as they are known. Its components would report their errors one after
 * the other, and under paths of their own.
 *
 * @throws pulumi.InputPropertiesError
 */
function validateQuickStart<T extends QuickStartArgs>(name: string, args: T): T {
  return validateArgs("QuickStart", name, args, (known: QuickStartArgs) => [
    ...nameErrors("namespace", knownValue(known.namespace), namespaceName),
    ...rateErrors("requestsPerSecond", knownValue(known.requestsPerSecond)),
    ...countErrors("maxReplicas", knownValue(known.maxReplicas), "Set the maximum number of replicas, such as 10"),
    ...registryErrors("imageRegistry", knownValue(known.imageRegistry)),
    ...pullSecretErrors("imagePullSecrets", known.imagePullSecrets),
  ]);
}

/** What an autoscaler takes as a target: Kubernetes knows no smaller one than a thousandth. */
function rateErrors(path: string, rate: Known<number | undefined>): InputError[] {
  if (rate === UNKNOWN || rate === undefined || (Number.isFinite(rate) && rate >= 0.001)) return [];
  return [
    {
      path,
      code: "ASM_TARGET_INVALID",
      message: `${JSON.stringify(rate)} requests per second is not a valid target`,
      remedy: "Set the requests per second per pod, such as 10",
    },
  ];
}
