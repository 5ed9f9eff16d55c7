import { Secret } from "@pulumi/kubernetes/core/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { PROMETHEUS_SECRET } from "./identity";

/**
 * The Secret that is mounted into the adapter's pods. It is filled by `data` and not by `stringData`, from which a key
 * that goes away is not taken out of the cluster.
 */
export function createPrometheusSecret(
  name: string,
  metadata: k8s.meta.v1.ObjectMeta,
  files: pulumi.Output<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): Secret {
  return new Secret(
    `${name}-prometheus`,
    { metadata: { ...metadata, name: PROMETHEUS_SECRET }, type: "Opaque", data: pulumi.secret(files.apply(encoded)) },
    opts,
  );
}

function encoded(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));
}
