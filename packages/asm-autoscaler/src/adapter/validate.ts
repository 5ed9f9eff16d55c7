import type * as pulumi from "@pulumi/pulumi";
import { imageErrors, pullSecretErrors, registryErrors } from "../images/image";
import { endpointErrors, type PrometheusEndpoint, urlErrors } from "../prometheus/endpoint";
import { outsideMesh } from "../prometheus/identity";
import {
  aliasName,
  countErrors,
  entryPath,
  type InputError,
  missingErrors,
  nameErrors,
  namespaceName,
  objectName,
} from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { annotationErrors, labelErrors, type ReservedKeys } from "../validation/metadata";
import { resourceErrors } from "../validation/quantities";
import { validateArgs } from "../validation/validateArgs";
import type { MetricsAdapterArgs } from "./args";
import { credentialErrors } from "./credentialErrors";
import { delegateErrors } from "./delegateErrors";
import { extraArgErrors } from "./extraArgs";
import { extraEnvErrors } from "./extraEnv";
import { labels, START_HASH } from "./identity";
import { rulesErrors } from "./rulesErrors";
import { statusPageErrors } from "./statusPage";
import { tenantErrors } from "./tenants";
import { strategyErrors } from "./updateStrategy";
import { webhookErrors } from "./webhookCertificate";

/** Validates the arguments of a MetricsAdapter as far as they are known. @throws pulumi.InputPropertiesError */
export function validateAdapter<T extends MetricsAdapterArgs>(name: string, args: T): T {
  return validateArgs("MetricsAdapter", name, args, adapterErrors);
}

const PODS = "the adapter's pods";
const OWN_LABELS: ReservedKeys = { owner: PODS, isReserved: (key) => key in { ...labels, ...outsideMesh } };
const OWN_ANNOTATIONS: ReservedKeys = { owner: PODS, isReserved: (key) => key === START_HASH };

/** All errors of the known arguments, each with its property path. */
function adapterErrors(args: MetricsAdapterArgs): InputError[] {
  return [
    ...nameErrors("namespace", knownValue(args.namespace), namespaceName),
    ...(isGiven(args.prometheus)
      ? endpointErrors("prometheus", knownValue<PrometheusEndpoint | undefined>(args.prometheus))
      : withoutPrometheus(args)),
    ...gatewaysErrors(args),
    ...additionalErrors(args.additionalPrometheus),
    ...credentialErrors(args),
    ...allowedErrors(args.allowedPrometheusServers),
    ...countErrors("replicas", knownValue(args.replicas), "Run two, so that one can go away without a lost reading"),
    ...imageOrMirror(knownValue(args.image), knownValue(args.imageRegistry)),
    ...pullSecretErrors("imagePullSecrets", args.imagePullSecrets),
    ...nameErrors("priorityClassName", knownValue(args.priorityClassName), objectName),
    ...resourceErrors("resources", args.resources),
    ...labelErrors("podLabels", args.podLabels, OWN_LABELS),
    ...annotationErrors("podAnnotations", args.podAnnotations, OWN_ANNOTATIONS),
    ...extraArgErrors(args.extraArgs),
    ...extraEnvErrors(args.extraEnv),
    ...strategyErrors(args),
    ...tenantErrors(args.tenants),
    ...statusPageErrors(args.statusPage),
    ...delegateErrors(args.delegates),
    ...rulesErrors(args.prometheusAdapterRules),
    ...webhookErrors(args.admissionWebhook),
    ...misplacedLabels(args),
    ...contradictedTakeOver(args),
  ];
}

/** Without a server, the adapter needs another source. */
function withoutPrometheus({ direct }: MetricsAdapterArgs): InputError[] {
  if (direct === true) return [];
  const remedy =
    "Set the HTTP API of Prometheus, such as { url: … }, or direct: true to serve only metrics with the reaction Direct";
  return missingErrors("prometheus", undefined, remedy);
}

/** The adapter checks the selector itself, with the rules of Kubernetes. */
function gatewaysErrors({ direct, directGateways }: MetricsAdapterArgs): InputError[] {
  const known: Known<readonly string[] | undefined> = knownValue(directGateways);
  if (!Array.isArray(known)) return [];
  if (direct !== true && known.length > 0)
    return [
      {
        path: "directGateways",
        code: "ASM_ARGUMENT_MISPLACED",
        message: "directGateways has no effect without direct",
        remedy: "Set direct to true, or remove directGateways",
      },
    ];
  return known.flatMap((text, index): InputError[] => {
    if (typeof text !== "string" || text === "none") return [];
    const [namespace = "", ...selector] = text.split("/");
    const path = `directGateways[${index}]`;
    if (selector.join("/").trim() !== "") return nameErrors(path, namespace, namespaceName);
    return [
      {
        path,
        code: "ASM_NAME_INVALID",
        message: `${JSON.stringify(text)} is not a namespace and a label selector`,
        remedy: "Write both with a slash between them, such as istio-ingress/istio=ingress",
      },
    ];
  });
}

function additionalErrors(additional: MetricsAdapterArgs["additionalPrometheus"]): InputError[] {
  return Object.entries(additional ?? {}).flatMap(([alias, endpoint]) => aliasErrors(alias, endpoint));
}

function allowedErrors(urls: MetricsAdapterArgs["allowedPrometheusServers"]): InputError[] {
  const known: Known<pulumi.Input<string>[] | undefined> = knownValue(urls);
  if (!Array.isArray(known)) return [];
  return known.flatMap((url, index) => urlErrors(`allowedPrometheusServers[${index}]`, knownValue(url)));
}

function aliasErrors(alias: string, endpoint: pulumi.Input<PrometheusEndpoint>): InputError[] {
  const path = entryPath("additionalPrometheus", alias);
  const known = knownValue<PrometheusEndpoint | undefined>(endpoint);
  const url = known === UNKNOWN || !known ? UNKNOWN : knownValue<unknown>(known.url);
  return [
    ...nameErrors(path, alias, aliasName),
    ...endpointErrors(path, known),
    ...(typeof url === "string" && url.includes(",") ? [commaError(`${path}.url`)] : []),
  ];
}

function commaError(path: string): InputError {
  return {
    path,
    code: "ASM_URL_INVALID",
    message: "The URL of Prometheus has a comma, which separates servers in the adapter's flags",
    remedy: "Write it as %2C",
  };
}

function misplacedLabels({ prometheusOperator, prometheusOperatorLabels }: MetricsAdapterArgs): InputError[] {
  if (knownValue(prometheusOperator) || !prometheusOperatorLabels) return [];
  return [
    {
      path: "prometheusOperatorLabels",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "prometheusOperatorLabels has no effect without prometheusOperator",
      remedy: "Set prometheusOperator to true, or remove prometheusOperatorLabels",
    },
  ];
}

function contradictedTakeOver({ takeOver, registerApiService }: MetricsAdapterArgs): InputError[] {
  if (knownValue(takeOver) !== true || knownValue(registerApiService) !== false) return [];
  return [
    {
      path: "takeOver",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "takeOver makes this adapter serve the API, and registerApiService is false",
      remedy: "Remove registerApiService to take the API over, or takeOver to run beside the other adapter",
    },
  ];
}

function imageOrMirror(image: Known<string | undefined>, registry: Known<string | undefined>): InputError[] {
  if (image === undefined || registry === undefined) {
    return [...imageErrors("image", image), ...registryErrors("imageRegistry", registry)];
  }
  return [
    {
      path: "imageRegistry",
      code: "ASM_IMAGE_TWICE",
      message: "imageRegistry is for the stock image, and image replaces the stock image",
    },
  ];
}
