import { parseSelector } from "../kubernetes/labelSelectorParser.ts";

/** Pods of gateways and waypoints whose proxies are read: those of a namespace that a label selector selects. */
export interface GatewayFlags {
  readonly namespace: string;
  readonly selector: string;
}

/** Where Istio and ASM install the ingress gateway. */
const DEFAULT = "istio-system/istio=ingressgateway";
/** Maximum number of values. Each one is a watch for each domain that HPAs ask for. */
const MOST_GATEWAYS = 20;
/** Maximum length of a selector in characters. */
const MOST_SELECTOR = 1_000;

/**
 * Parses the values of `--direct-gateways`: `NAMESPACE/SELECTOR`, not split at commas, which a selector may contain. The
 * value `none` alone means no gateways. Adds a sentence to `mistakes` for each mistake.
 */
export function gatewayFlags(values: readonly string[] = [DEFAULT], mistakes: string[]): GatewayFlags[] {
  if (values.length === 1 && values[0] === "none") return [];
  if (values.length > MOST_GATEWAYS) mistakes.push(`--direct-gateways is given more than ${MOST_GATEWAYS} times`);
  return values.map((value) => {
    const slash = value.indexOf("/");
    const [namespace, selector] = [value.slice(0, Math.max(0, slash)), value.slice(slash + 1).trim()];
    const parsed = parseSelector(selector);
    const wrong = !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)
      ? "must be NAMESPACE/SELECTOR, such as istio-ingress/istio=ingress"
      : selector === "" || selector.length > MOST_SELECTOR
        ? "has no label selector behind the slash, or one that is too long"
        : parsed.ok
          ? undefined
          : `has a label selector that is not valid: ${parsed.message}`;
    if (wrong !== undefined) mistakes.push(`--direct-gateways=${value.slice(0, 200)} ${wrong}`);
    return { namespace, selector };
  });
}
