import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import type * as pulumi from "@pulumi/pulumi";
import { ADAPTER, API_SERVICE, labels } from "./identity";

/**
 * Registers the external metrics API of the cluster; where another adapter has done so, the API server refuses it.
 *
 * Registered last and deleted first: while a registered API does not answer, no namespace of the cluster can be
 * deleted. The adapter writes caBundle; the component never turns verification off.
 */
export function registerApi(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): APIService {
  return new APIService(
    `${name}-api-service`,
    {
      metadata: { name: API_SERVICE, labels, annotations: { "pulumi.com/waitFor": "condition=Available" } },
      spec: {
        group: "external.metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: ADAPTER, namespace, port: 443 },
      },
    },
    { ...opts, ignoreChanges: ["spec.caBundle"] },
  );
}
