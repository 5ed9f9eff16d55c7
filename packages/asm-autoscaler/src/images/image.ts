import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { nameErrors, objectName } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";

/** A third-party container image, pinned, so that no preview looks up a tag. */
export interface PinnedImage {
  /** Registry of the image. */
  readonly registry: string;
  /** Path and tag inside the registry; a mirror keeps both. */
  readonly path: string;
}

/** All third-party images that components run. */
export const pinned = {
  node: { registry: "docker.io", path: "library/node:24.21.0-alpine" },
  prometheus: { registry: "quay.io", path: "prometheus/prometheus:v3.16.0" },
  grafana: { registry: "docker.io", path: "grafana/grafana:12.3.0" },
  podinfo: { registry: "ghcr.io", path: "stefanprodan/podinfo:6.14.1" },
  loadTester: { registry: "ghcr.io", path: "fluxcd/flagger-loadtester:0.38.0" },
} as const satisfies Record<string, PinnedImage>;

/** Reference of an image in its own registry, or in one that mirrors it. */
export function imageReference(image: PinnedImage, mirror: pulumi.Input<string> | undefined): pulumi.Output<string> {
  return pulumi.output(mirror).apply((registry) => {
    if (!isGiven(registry)) return `${image.registry}/${image.path}`;
    const path = PERSONAL_EDITION.test(registry) ? image.path.replace(/^.*\//, "") : image.path;
    return `${registry}/${path}`;
  });
}

/**
 * Hosts of Container Registry (ACR) Personal Edition. Its repositories have names of one part, in a namespace of the
 * account, so an image is mirrored there without the path before its name.
 * https://www.alibabacloud.com/help/en/acr/product-overview/terms
 */
const PERSONAL_EDITION =
  /^(registry(-vpc|-internal)?\.[a-z0-9-]+\.aliyuncs\.com|[a-z0-9.-]+\.personal\.cr\.aliyuncs\.com)(\/|$)/;

/**
 * Starts with a host, as the container runtime tells it from a path on Docker Hub: with a dot, a port or `localhost`.
 * https://github.com/distribution/reference/blob/main/normalize.go
 */
const WITH_HOST = /^([^/]*[.:]|localhost(\/|$))/;

/** Not valid in an image reference: white space, a scheme, a slash at the end. */
const NO_REFERENCE = /^$|\s|:\/\/|\/$/;

/** The error (none or one) of a reference to an image. */
export function imageErrors(path: string, image: Known<string | undefined>): InputError[] {
  return referenceErrors(path, image, "image reference", "registry.example/team/adapter:1");
}

/** The error (none or one) of a registry that mirrors others. */
export function registryErrors(path: string, registry: Known<string | undefined>): InputError[] {
  const errors = referenceErrors(path, registry, "registry", "registry.example/mirror");
  if (errors.length > 0 || typeof registry !== "string") return errors;
  const wrong = (message: string, remedy: string) => [{ path, code: "ASM_IMAGE_INVALID" as const, message, remedy }];
  if (!WITH_HOST.test(registry)) {
    return wrong(
      `${JSON.stringify(registry)} has no host, so nodes would look for it on Docker Hub`,
      "Write the host of the registry first, such as registry.example/mirror",
    );
  }
  if (PERSONAL_EDITION.test(registry) && registry.split("/").length !== 2) {
    return wrong(
      `${JSON.stringify(registry)} is not a namespace of Container Registry Personal Edition`,
      "Write the host and your namespace, such as registry-vpc.cn-hangzhou.aliyuncs.com/team",
    );
  }
  return [];
}

function referenceErrors(
  path: string,
  reference: Known<string | undefined>,
  what: string,
  example: string,
): InputError[] {
  if (reference === UNKNOWN || reference === undefined || !NO_REFERENCE.test(reference)) return [];
  return [
    {
      path,
      code: "ASM_IMAGE_INVALID",
      message: `${JSON.stringify(reference)} is not a valid ${what}`,
      remedy: `Write it as in a Pod, without a scheme, such as ${example}`,
    },
  ];
}

/** When a node pulls an image. https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy */
export const ImagePullPolicy = {
  /** At each start of a container. A registry that cannot be reached keeps new pods from starting. */
  Always: "Always",
  /** If the node does not have the image. */
  IfNotPresent: "IfNotPresent",
  /** Never: the image must be on the node. */
  Never: "Never",
} as const;

/** When a node pulls an image. https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy */
export type ImagePullPolicy = (typeof ImagePullPolicy)[keyof typeof ImagePullPolicy];

/** Names of Secrets with registry credentials, as an argument. */
type PullSecrets = pulumi.Input<pulumi.Input<string>[]>;

/** The `imagePullSecrets` of a pod; nothing where none are named. */
export function pullSecrets(names: PullSecrets | undefined): Pick<k8s.core.v1.PodSpec, "imagePullSecrets"> {
  if (names === undefined || names === null) return {};
  return { imagePullSecrets: pulumi.output(names).apply((all) => all.map((name) => ({ name }))) };
}

/** Errors of names that are not valid for a Secret. */
export function pullSecretErrors(path: string, names: PullSecrets | undefined): InputError[] {
  const known: Known<pulumi.Input<string>[] | undefined> = knownValue(names);
  if (!Array.isArray(known)) return [];
  return known.flatMap((name, index) => nameErrors(`${path}[${index}]`, knownValue(name), objectName));
}
