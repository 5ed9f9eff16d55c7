import * as pulumi from "@pulumi/pulumi";
import { urlErrors } from "../prometheus/endpoint";
import type { InputError } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";

/** What the adapter cannot know by itself, for its status page. */
export interface MetricsAdapterStatusPageArgs {
  /**
   * Name of the cluster in the heading of the page and in the title of the browser tab: at most 63 letters, digits and
   * `-_./@`, the first a letter or a digit. Defaults to none.
   */
  clusterName?: pulumi.Input<string>;
  /**
   * Base URL of the web UI of the default Prometheus, as a browser reaches it, such as https://prometheus.example.com.
   * The page then links each query of that server to it. It is not a secret. Defaults to none.
   */
  prometheusUrl?: pulumi.Input<string>;
}

/** As the adapter's flag --cluster-name accepts it. */
const CLUSTER_NAME = /^[\p{L}\p{N}][-_./@\p{L}\p{N}]{0,62}$/u;
const URL_REMEDY = "Set only the base URL of the web UI, such as https://prometheus.example.com";

/** All errors of the known properties of statusPage, each with its property path. */
export function statusPageErrors(statusPage: pulumi.Input<MetricsAdapterStatusPageArgs> | undefined): InputError[] {
  const known = knownValue(statusPage);
  if (known === UNKNOWN || !isGiven(known)) return [];
  return [
    ...clusterNameErrors(knownValue(known.clusterName)),
    ...(isGiven(known.prometheusUrl) ? urlErrors("statusPage.prometheusUrl", knownValue(known.prometheusUrl)) : []).map(
      (inputError) => ({ ...inputError, remedy: URL_REMEDY }),
    ),
  ];
}

function clusterNameErrors(name: Known<string | undefined>): InputError[] {
  if (name === UNKNOWN || !isGiven(name) || (typeof name === "string" && CLUSTER_NAME.test(name))) return [];
  return [
    {
      path: "statusPage.clusterName",
      code: "ASM_NAME_INVALID",
      message: `${JSON.stringify(name)} is not a name that the status page accepts for a cluster`,
      remedy: "Use at most 63 letters, digits and -_./@, and begin with a letter or a digit",
    },
  ];
}

/** The adapter's flags for its status page. Undefined if none is set. */
export function statusPageFlags(
  statusPage: pulumi.Input<MetricsAdapterStatusPageArgs> | undefined,
): pulumi.Output<string[]> | undefined {
  if (!isGiven(statusPage)) return undefined;
  return pulumi
    .output(statusPage)
    .apply((known) => [
      ...(isGiven(known.clusterName) ? [`--cluster-name=${known.clusterName}`] : []),
      ...(isGiven(known.prometheusUrl) ? [`--prometheus-web-url=${known.prometheusUrl}`] : []),
    ]);
}
