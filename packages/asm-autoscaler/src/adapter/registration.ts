import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { ADAPTER, labels, TAKE_OVER } from "./identity";
import { takesCustomOver } from "./rules";

/** Finalizer of the order: the adapter removes it after it has given the API back. */
const GIVE_BACK = "asm-metrics-adapter/give-back";

/** Annotation of the order: the groups in its `data`, of which Pulumi sees no change. */
const ORDERED_GROUPS = "asm-metrics-adapter/groups";

/** The adapter looks for the order at most every 30 s, and tries again each minute after another writer changed the APIService. */
const PATIENCE = "5m";

/**
 * Makes the adapter the one that serves the external metrics API, and with rules the custom metrics API: it registers
 * them or takes them over, or does neither.
 *
 * @returns the name of the APIService of the external metrics API, known once the adapter serves it.
 */
export function serveApi(
  name: string,
  namespace: pulumi.Input<string>,
  args: RegistrationArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
  const taken = takenOver(args);
  const isRegistered = args.registerApiService ?? true;
  const order = taken.length === 0 ? undefined : takeOverApis(name, namespace, args, opts);
  if (isGiven(args.prometheusAdapterRules) && isRegistered && !taken.includes(CUSTOM_GROUP))
    for (const api of CUSTOM_API_SERVICES)
      registerApi(`${name}-custom-api-service-${api.split(".")[0]}`, api, namespace, opts);
  if (order && taken.includes(EXTERNAL_GROUP)) return order.metadata.name.apply(() => EXTERNAL_API_SERVICE);
  if (!isRegistered) return pulumi.output(undefined);
  return registerApi(`${name}-api-service`, EXTERNAL_API_SERVICE, namespace, opts).metadata.name;
}

type RegistrationArgs = Pick<MetricsAdapterArgs, "registerApiService" | "takeOver" | "prometheusAdapterRules">;

const EXTERNAL_GROUP = "external.metrics.k8s.io";
const CUSTOM_GROUP = "custom.metrics.k8s.io";

/** The API groups that the adapter takes over from another adapter. */
function takenOver({ takeOver, prometheusAdapterRules: rules }: RegistrationArgs): readonly string[] {
  return [...(takeOver ? [EXTERNAL_GROUP] : []), ...(takesCustomOver(takeOver, rules) ? [CUSTOM_GROUP] : [])];
}

/** The groups that the order names: none if it is about all groups that the adapter serves. */
function orderedGroups(args: RegistrationArgs): { readonly groups?: string } {
  const taken = takenOver(args);
  const isAll = taken.length === (isGiven(args.prometheusAdapterRules) ? 2 : 1);
  return isAll ? {} : { groups: taken.join() };
}

/**
 * Orders the adapter to take APIs over. Their APIServices belong to another adapter, so they are no resources of the stack.
 * The adapter writes its progress into `data`. While Pulumi waits, it prints the value of `data.progress`, which is
 * `TakenOver`, or `Waiting: ` and the reason. Other changes of `data` are ignored, so other groups replace the order. The finalizer keeps the order until the adapter
 * has given the API back, so that this works in the same way with Pulumi, Helm and kubectl.
 *
 * Created after the adapter and deleted before it. In a replacement the old order is deleted first: the API goes back to
 * the other adapter, and from there to the new one.
 */
function takeOverApis(
  name: string,
  namespace: pulumi.Input<string>,
  args: RegistrationArgs,
  opts: pulumi.CustomResourceOptions,
): ConfigMap {
  const data = orderedGroups(args);
  return new ConfigMap(
    `${name}-take-over`,
    {
      metadata: {
        name: TAKE_OVER,
        namespace,
        labels,
        finalizers: [GIVE_BACK],
        annotations: {
          "pulumi.com/waitFor": "jsonpath={.data.progress}=TakenOver",
          ...(data.groups === undefined ? {} : { [ORDERED_GROUPS]: data.groups }),
        },
      },
      ...(data.groups === undefined ? {} : { data }),
    },
    {
      ...opts,
      ignoreChanges: ["data"],
      replaceOnChanges: [`metadata.annotations["${ORDERED_GROUPS}"]`],
      deleteBeforeReplace: true,
      customTimeouts: { create: PATIENCE, update: PATIENCE, delete: PATIENCE },
    },
  );
}

/**
 * Registers one version of an API of the cluster. If another adapter has registered it, the API server rejects
 * this with `already exists`, and the other registration stays as it is: `takeOver` is for that.
 *
 * Created last and deleted first: while a registered API does not answer, no namespace of the cluster can be deleted.
 * The adapter writes caBundle; the component never disables verification.
 */
function registerApi(
  child: string,
  api: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): APIService {
  const [version = "", ...group] = api.split(".");
  return new APIService(
    child,
    {
      metadata: { name: api, labels, annotations: { "pulumi.com/waitFor": "condition=Available" } },
      spec: {
        group: group.join("."),
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: ADAPTER, namespace, port: 443 },
      },
    },
    { ...opts, ignoreChanges: ["spec.caBundle"] },
  );
}
