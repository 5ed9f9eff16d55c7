import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1ConfigMap, V1Container, V1EnvVar, V1Pod, V1Secret } from "@kubernetes/client-node";
import { type PodFacts, podField } from "./podField.ts";

/** Reads ConfigMaps and Secrets of the pod's namespace. Undefined if there is none with that name. */
export interface ConfigSource {
  configMap(name: string): Promise<V1ConfigMap | undefined>;
  secret(name: string): Promise<V1Secret | undefined>;
}

/**
 * The variables with which client libraries find the API server (in a real kubelet: those of the `kubernetes` Service).
 */
export function kubernetesServiceVariables(host: string): Record<string, string> {
  const url = `tcp://${host}:443`;
  return {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: "443",
    KUBERNETES_SERVICE_PORT_HTTPS: "443",
    KUBERNETES_PORT: url,
    KUBERNETES_PORT_443_TCP: url,
    KUBERNETES_PORT_443_TCP_PROTO: "tcp",
    KUBERNETES_PORT_443_TCP_PORT: "443",
    KUBERNETES_PORT_443_TCP_ADDR: host,
  };
}

/**
 * The environment of a container from its `envFrom` and `env`, added to `base`. A later variable can refer to an
 * earlier one with `$(NAME)`.
 * @throws ProblemError ASM_KUBELET_ENV if a required ConfigMap, Secret or key is missing.
 */
export async function containerEnvironment(
  container: V1Container,
  pod: V1Pod,
  facts: PodFacts,
  source: ConfigSource,
  base: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = { ...base };
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const from = configMapRef
      ? await found("ConfigMap", configMapRef, source)
      : secretRef && (await found("Secret", secretRef, source));
    for (const [key, value] of Object.entries(from ?? {})) environment[`${prefix}${key}`] = value;
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, environment, pod, facts, source);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

/**
 * Replaces `$(NAME)` with the variable's value, as Kubernetes does in `env`, `command` and `args`. `$$(NAME)` is a
 * literal `$(NAME)`. A reference to an unknown variable does not change.
 */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (environment[name] ?? whole),
  );
}

async function variableValue(
  { name, value, valueFrom }: V1EnvVar,
  environment: Readonly<Record<string, string>>,
  pod: V1Pod,
  facts: PodFacts,
  source: ConfigSource,
): Promise<string | undefined> {
  if (valueFrom?.fieldRef) return podField(pod, facts, valueFrom.fieldRef.fieldPath);
  if (valueFrom?.configMapKeyRef) return keyOf("ConfigMap", valueFrom.configMapKeyRef, source);
  if (valueFrom?.secretKeyRef) return keyOf("Secret", valueFrom.secretKeyRef, source);
  if (valueFrom) throw missing(`the source of variable ${name} is of a kind that this kubelet lacks`);
  return expand(value ?? "", environment);
}

type Reference = { name?: string; optional?: boolean };

async function keyOf(kind: "ConfigMap" | "Secret", ref: Reference & { key: string }, source: ConfigSource) {
  const value = (await found(kind, ref, source))?.[ref.key];
  if (value === undefined && !ref.optional) throw missing(`${kind} ${ref.name} has no key ${ref.key}`);
  return value;
}

async function found(kind: "ConfigMap" | "Secret", { name = "", optional }: Reference, source: ConfigSource) {
  if (kind === "ConfigMap") {
    const configMap = await source.configMap(name);
    if (configMap) return configMap.data ?? {};
  } else {
    const secret = await source.secret(name);
    if (secret) return mapValues(secret.data ?? {}, (value) => Buffer.from(value, "base64").toString());
  }
  if (!optional) throw missing(`${kind} ${name} is missing`);
  return undefined;
}

const mapValues = (record: Record<string, string>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

const missing = (what: string) =>
  new ProblemError(problem("ASM_KUBELET_ENV", `The container's environment cannot be made: ${what}`));
