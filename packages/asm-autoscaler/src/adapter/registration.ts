import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { ADAPTER, API_SERVICE, CUSTOM_API_SERVICES, labels, TAKE_OVER } from "./identity";

/** Finalizer of the order: the adapter removes it after it has given the API back. */
const GIVE_BACK = "asm-metrics-adapter/give-back";

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
  args: Pick<MetricsAdapterArgs, "registerApiService" | "takeOver" | "prometheusAdapterRules">,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string | undefined> {
  if (args.takeOver) return takeOverApi(name, namespace, opts).metadata.name.apply(() => API_SERVICE);
  if (!(args.registerApiService ?? true)) return pulumi.output(undefined);
  if (isGiven(args.prometheusAdapterRules))
    for (const api of CUSTOM_API_SERVICES)
      registerApi(`${name}-custom-api-service-${api.split(".")[0]}`, api, namespace, opts);
  return registerApi(`${name}-api-service`, API_SERVICE, namespace, opts).metadata.name;
}

/**
 * Orders the adapter to take the API over. The APIService belongs to another adapter, so it is no resource of the stack.
 * The adapter writes its progress into `data`, which nobody else writes. While Pulumi waits, it prints the value of
 * `data.progress`, which is `TakenOver`, or `Waiting: ` and the reason. The finalizer keeps the order until the adapter
 * has given the API back, so that this works in the same way with Pulumi, Helm and kubectl.
 *
 * Created after the adapter and deleted before it. In a replacement the old order is deleted first: the API goes back to
 * the other adapter, and from there to the new one.
 */
function takeOverApi(name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions): ConfigMap {
  return new ConfigMap(
    `${name}-take-over`,
    {
      metadata: {
        name: TAKE_OVER,
        namespace,
        labels,
        finalizers: [GIVE_BACK],
        annotations: { "pulumi.com/waitFor": "jsonpath={.data.progress}=TakenOver" },
      },
    },
    {
      ...opts,
      ignoreChanges: ["data"],
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
