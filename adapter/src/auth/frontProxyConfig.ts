import { X509Certificate } from "node:crypto";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { pemBlocks } from "../serving/pem.ts";

/** How to verify the cluster's front proxy (the API server's aggregator), and which headers name the user. */
export interface FrontProxyConfig {
  readonly authorities: readonly X509Certificate[];
  /** Allowed common names of the front proxy's certificate. An empty list allows any name. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** The ConfigMap in which every API server publishes this configuration. */
export const FRONT_PROXY_CONFIG_MAP = { namespace: "kube-system", name: "extension-apiserver-authentication" } as const;

const CA_KEY = "requestheader-client-ca-file";
const CLIENT_CA_KEY = "client-ca-file";

/**
 * Parses the data of the ConfigMap. Names are JSON arrays of strings. An absent or empty key is an empty list.
 * Throws `ASM_FRONT_PROXY_CONFIG`. A caller with an earlier valid configuration continues to use it, as Kubernetes does
 * (apiserver/pkg/authentication/request/headerrequest/requestheader_controller.go).
 */
export function parseFrontProxyConfig(data: Readonly<Record<string, string>>): FrontProxyConfig {
  return {
    authorities: authorities(CA_KEY, data[CA_KEY] ?? "", AGGREGATION_OFF),
    allowedNames: strings(data, "requestheader-allowed-names"),
    usernameHeaders: lowerCase(strings(data, "requestheader-username-headers")),
    uidHeaders: lowerCase(strings(data, "requestheader-uid-headers")),
    groupHeaders: lowerCase(strings(data, "requestheader-group-headers")),
    extraHeaderPrefixes: lowerCase(strings(data, "requestheader-extra-headers-prefix")),
  };
}

/**
 * The authorities whose client certificates identify users of the cluster.
 * `undefined` when the API server publishes none.
 * Throws `ASM_FRONT_PROXY_CONFIG`.
 */
export function parseClientAuthorities(data: Readonly<Record<string, string>>): readonly X509Certificate[] | undefined {
  const bundle = data[CLIENT_CA_KEY] ?? "";
  if (bundle === "") return undefined;
  return authorities(CLIENT_CA_KEY, bundle, ["so no client certificate can be verified", "Correct --client-ca-file"]);
}

const AGGREGATION_OFF = [
  "so no request from the API server can be authenticated",
  "Start the API server with --requestheader-client-ca-file: its aggregation layer is off",
] as const;

function authorities(key: string, bundle: string, [effect, remedy]: readonly [string, string]): X509Certificate[] {
  const blocks = pemBlocks(bundle);
  if (blocks.length === 0) throw refused(`key ${key} holds no certificate, ${effect}`, remedy);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw refused(`key ${key} holds a certificate that cannot be read`, "Correct the API server's PEM file", error);
  }
}

function strings(data: Readonly<Record<string, string>>, key: string): string[] {
  const text = data[key] ?? "";
  if (text === "") return [];
  const value = parseJson(text);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw refused(`key ${key} is not a JSON array of strings`, "Restart the API server, which writes it again");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lowerCase(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}

function refused(what: string, remedy: string, cause?: unknown): Error {
  const { namespace, name } = FRONT_PROXY_CONFIG_MAP;
  const message = `ConfigMap ${namespace}/${name}: ${what}`;
  return new ProblemError(problem("ASM_FRONT_PROXY_CONFIG", message, { remedy }), { cause });
}
