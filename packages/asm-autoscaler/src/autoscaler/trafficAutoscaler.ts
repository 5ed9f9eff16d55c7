import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import * as pulumi from "@pulumi/pulumi";
import { onlyScraper } from "../prometheus/scrapers";
import { isGiven, isPlain, settled } from "../validation/inputs";
import { warner } from "../validation/warner";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import { hpaBehavior } from "./behavior";
import { planMetrics } from "./hpaMetrics";
import { knownInputs } from "./knownInputs";
import type { Autoscaling } from "./queries";
import { claimQueryNames, claimWorkload, type Place } from "./queryNameRegistry";
import { type NamedArgs, named, scaleTarget } from "./target";
import { validateAutoscaler, validateBehavior } from "./validate";
import { autoscalerWarnings, declaredReplicas, intervalWarnings, replicasWarning } from "./warnings";

/**
 * Scales a workload on its mesh traffic, with a HorizontalPodAutoscaler that reads from the metrics adapter. The
 * HorizontalPodAutoscaler has the workload's name, unless `name` is set. If the workload is a Deployment, leave out its spec.replicas: each
 * update would reset the number of replicas.
 */
export class TrafficAutoscaler extends pulumi.ComponentResource {
  /** Name of the HorizontalPodAutoscaler. */
  public readonly name: pulumi.Output<string>;
  /** Namespace of the HorizontalPodAutoscaler and of its scale target. */
  public readonly namespace: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: TrafficAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateAutoscaler(name, args);
    const claim = (known: pulumi.Unwrap<NamedArgs>) => {
      claimQueryNames(name, autoscaling(known), opts);
      claimWorkload(name, placeOf(known), opts);
    };
    if (isPlain(args)) claim(args as pulumi.Unwrap<NamedArgs>);
    super("asm-autoscaler:index:TrafficAutoscaler", name, args, opts);

    const warn = warner(this);
    warn(autoscalerWarnings(knownInputs(args)));
    if (isGiven(args.deployment)) {
      declaredReplicas(args.deployment).apply((count) => count !== undefined && warn([replicasWarning(count)]));
    }
    const plan = settled(named(args), (known) => validateAutoscaler(name, known)).apply((known) => {
      claim(known);
      warn(autoscalerWarnings(knownInputs(known)));
      return planMetrics(autoscaling(known));
    });
    const scraper = isGiven(args.prometheusServerAlias) ? undefined : onlyScraper();
    if (scraper?.scrapeIntervalSeconds) {
      pulumi
        .all([pulumi.output(args.metrics), args.scrapeIntervalSeconds, scraper.scrapeIntervalSeconds])
        .apply(([metrics, given, actual]) => warn(intervalWarnings(metrics, given, actual, scraper.title)));
    }
    const target = scaleTarget(args);
    const hpa = new HorizontalPodAutoscaler(
      `${name}-hpa`,
      {
        metadata: {
          name: args.name ?? target.name,
          namespace: target.namespace,
          ...(isGiven(args.labels) ? { labels: args.labels } : {}),
          annotations: withOwn(plan.annotations, args.annotations),
        },
        spec: {
          minReplicas: args.minReplicas ?? 1,
          maxReplicas: args.maxReplicas,
          scaleTargetRef: target.ref,
          metrics: plan.metrics,
          ...behavior(name, args),
        },
      },
      { parent: this },
    );

    this.name = hpa.metadata.name;
    this.namespace = hpa.metadata.namespace;
    this.registerOutputs({ name: this.name, namespace: this.namespace });
  }
}

/** The annotations of the user beside those with queries, which win. */
function withOwn(
  own: pulumi.Output<Record<string, string> | undefined>,
  given: TrafficAutoscalerArgs["annotations"],
): pulumi.Output<Record<string, string> | undefined> {
  if (!isGiven(given)) return own;
  return pulumi.all([own, given]).apply(([queries, more]) => ({ ...more, ...queries }));
}

/** What the arguments say, when all of them are known and checked. */
function autoscaling(known: pulumi.Unwrap<NamedArgs>): Autoscaling {
  const { namespace = "", target = "", targetRef, ...rest } = known;
  return { ...rest, namespace, workload: targetRef?.workload ?? targetRef?.name ?? target };
}

/** What only one autoscaler can have. */
function placeOf({ namespace = "", name, target = "", targetRef }: pulumi.Unwrap<NamedArgs>): Place {
  const workload = targetRef?.name ?? target;
  return { namespace, hpa: name ?? workload, workload: `${targetRef?.kind ?? "Deployment"} ${workload}` };
}

/** Apart from the metrics, so that it is known at a preview where they are not; so it is checked here as well. */
function behavior(name: string, { behavior: given, reaction, maxReplicas, paused }: TrafficAutoscalerArgs) {
  const isUsual = !isGiven(reaction) || reaction === Reaction.Steady || reaction === Reaction.Fast;
  if (!isGiven(given) && isUsual && !isGiven(paused)) return {};
  const checked = isGiven(given) ? settled(given, (known) => validateBehavior(name, known)) : undefined;
  return { behavior: pulumi.output({ behavior: checked, reaction, maxReplicas, paused }).apply(hpaBehavior) };
}
