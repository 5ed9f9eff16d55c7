import * as pulumi from "@pulumi/pulumi";
import { MetricsAdapter } from "../adapter";
import { TrafficAutoscaler } from "../autoscaler";
import { MeshNamespace } from "../namespace";
import { MeshPrometheus } from "../prometheus";
import { SampleWorkload } from "../sample";
import type { TrafficAutoscalingArgs } from "./args";
import { checkTrafficAutoscaling } from "./check";

/**
 * The guide in one object, for a cluster that is attached to a mesh: a namespace with sidecars, the sample in it, a
 * Prometheus that scrapes the mesh, the metrics adapter, and an autoscaler of the sample. For workloads of your own use
 * the components themselves.
 */
export class TrafficAutoscaling extends pulumi.ComponentResource {
  /** Namespace of the sample. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Deployment that is scaled, and of its HorizontalPodAutoscaler. */
  public readonly deploymentName: pulumi.Output<string>;
  /** Shell command that puts 50 requests per second on the sample for five minutes. */
  public readonly loadCommand: pulumi.Output<string>;
  /** Shell command that shows how the sample is scaled, until Ctrl-C. */
  public readonly watchCommand: pulumi.Output<string>;

  /** Throws pulumi.InputPropertiesError with all mistakes at once before anything is registered. */
  constructor(name: string, args: TrafficAutoscalingArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    checkTrafficAutoscaling(name, args);
    super("asm-autoscaler:index:TrafficAutoscaling", name, args, opts);

    const child = { parent: this };
    const { imageRegistry, imagePullSecrets, storageClassName } = args;
    const images = {
      ...(imageRegistry === undefined ? {} : { imageRegistry }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    };
    const namespace = new MeshNamespace(`${name}-namespace`, { name: args.namespace ?? "test" }, child);
    const sample = new SampleWorkload(
      `${name}-sample`,
      { namespace: namespace.name, ...images },
      { ...child, dependsOn: namespace },
    );
    const prometheus = new MeshPrometheus(
      `${name}-prometheus`,
      { ...images, ...(storageClassName === undefined ? {} : { storageClassName }) },
      child,
    );
    const adapter = new MetricsAdapter(`${name}-adapter`, { prometheus: prometheus.endpoint, ...images }, child);
    const autoscaler = new TrafficAutoscaler(
      `${name}-autoscaler`,
      {
        namespace: sample.namespace,
        target: sample.deploymentName,
        maxReplicas: args.maxReplicas ?? 10,
        metrics: [{ requestsPerSecond: args.requestsPerSecond ?? 10 }],
        scrapeIntervalSeconds: prometheus.scrapeIntervalSeconds,
        expectedRequestsPerSecond: sample.loadRequestsPerSecond,
      },
      { ...child, dependsOn: [sample, adapter] },
    );

    this.namespace = autoscaler.namespace;
    this.deploymentName = sample.deploymentName;
    this.loadCommand = sample.loadCommand;
    this.watchCommand = pulumi.interpolate`kubectl -n ${autoscaler.namespace} get hpa/${autoscaler.name} --watch`;
    this.registerOutputs({
      namespace: this.namespace,
      deploymentName: this.deploymentName,
      loadCommand: this.loadCommand,
      watchCommand: this.watchCommand,
    });
  }
}
