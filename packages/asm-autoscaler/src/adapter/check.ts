import type * as pulumi from "@pulumi/pulumi";
import { imageMistakes, pullSecretMistakes, registryMistakes } from "../images/image";
import { endpointMistakes, type PrometheusEndpoint, urlMistakes } from "../prometheus/endpoint";
import {
  aliasName,
  countMistakes,
  type Mistake,
  nameMistakes,
  namespaceName,
  objectName,
  plainMistakes,
  refuse,
} from "../validation/inputErrors";
import { type Known, knownValue, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { tenantMistakes } from "./tenants";
import { webhookMistakes } from "./webhookCertificate";

/**
 * Checks the arguments of a MetricsAdapter as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkAdapter(name: string, args: MetricsAdapterArgs): void {
  refuse(`MetricsAdapter ${JSON.stringify(name)}`, adapterMistakes(args));
}

/** Everything that is wrong with what is known of the arguments, each with its property path. */
function adapterMistakes(args: MetricsAdapterArgs): Mistake[] {
  return [
    ...nameMistakes("namespace", knownValue(args.namespace), namespaceName),
    ...endpointMistakes("prometheus", knownValue(args.prometheus)),
    ...additionalMistakes(args.additionalPrometheus),
    ...allowedMistakes(args.allowedPrometheusServers),
    ...DECIDING.flatMap((path) => plainMistakes(path, args[path])),
    ...countMistakes("replicas", knownValue(args.replicas), "Run two, so that one can go away without a lost reading"),
    ...imageOrMirror(knownValue(args.image), knownValue(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
    ...nameMistakes("priorityClassName", knownValue(args.priorityClassName), objectName),
    ...tenantMistakes(args.tenants),
    ...webhookMistakes(args.admissionWebhook),
    ...misplacedLabels(args),
  ];
}

/** Arguments that decide which resources there are. */
const DECIDING = ["registerApiService", "prometheusOperator", "grafanaDashboard"] as const;

function additionalMistakes(additional: MetricsAdapterArgs["additionalPrometheus"]): Mistake[] {
  const late = plainMistakes("additionalPrometheus", additional);
  if (late.length > 0) return late;
  return Object.entries(additional ?? {}).flatMap(([alias, endpoint]) => aliasMistakes(alias, endpoint));
}

function allowedMistakes(urls: MetricsAdapterArgs["allowedPrometheusServers"]): Mistake[] {
  const known: Known<pulumi.Input<string>[] | undefined> = knownValue(urls);
  if (!Array.isArray(known)) return [];
  return known.flatMap((url, index) => urlMistakes(`allowedPrometheusServers[${index}]`, knownValue(url)));
}

function aliasMistakes(alias: string, endpoint: pulumi.Input<PrometheusEndpoint>): Mistake[] {
  const path = `additionalPrometheus[${JSON.stringify(alias)}]`;
  const known = knownValue<PrometheusEndpoint | undefined>(endpoint);
  const url = known === UNKNOWN || !known ? UNKNOWN : knownValue<unknown>(known.url);
  return [
    ...nameMistakes(path, alias, aliasName),
    ...endpointMistakes(path, known),
    ...(typeof url === "string" && url.includes(",") ? [commaMistake(`${path}.url`)] : []),
  ];
}

function commaMistake(path: string): Mistake {
  return {
    path,
    code: "ASM_URL_INVALID",
    message: "The URL of Prometheus has a comma, which separates servers in the adapter's flags",
    remedy: "Write it as %2C",
  };
}

function misplacedLabels({ prometheusOperator, prometheusOperatorLabels }: MetricsAdapterArgs): Mistake[] {
  if (prometheusOperator || !prometheusOperatorLabels) return [];
  return [
    {
      path: "prometheusOperatorLabels",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "prometheusOperatorLabels has no effect without prometheusOperator",
      remedy: "Set prometheusOperator to true, or remove prometheusOperatorLabels",
    },
  ];
}

function imageOrMirror(image: Known<string | undefined>, registry: Known<string | undefined>): Mistake[] {
  if (image === undefined || registry === undefined) {
    return [...imageMistakes("image", image), ...registryMistakes("imageRegistry", registry)];
  }
  return [
    {
      path: "imageRegistry",
      code: "ASM_IMAGE_TWICE",
      message: "imageRegistry is for the stock image, and image replaces the stock image",
      remedy: "Write the registry in image, and remove imageRegistry",
    },
  ];
}
