import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1KeyToPath, V1Pod, V1Volume, V1VolumeProjection } from "@kubernetes/client-node";
import type { ConfigSource } from "./environment.ts";
import { makeEmptyDirectory, type Payload, type VolumeOwner, writePayload } from "./payload.ts";
import { type PodFacts, podField } from "./podField.ts";

/** The sources of volumes. */
export interface VolumeSource extends ConfigSource {
  /** A token of the pod's ServiceAccount, bound to the pod (TokenRequest). */
  token(audience: string | undefined, expirationSeconds: number | undefined): Promise<string>;
}

/** One volume on this machine. */
export interface MadeVolume {
  readonly path: string;
  /** Kubelet mounts everything but an emptyDir read-only. */
  readonly readOnly: boolean;
}

/**
 * Creates every volume of a pod in `directory`. The data is read once and not updated: only later pods see a change of
 * a ConfigMap or Secret. A token is valid for as long as the API server sets it (a year for 3607 s).
 * @returns the volumes by name.
 * @throws ProblemError ASM_KUBELET_VOLUME if a required ConfigMap, Secret or key is missing, or if the kind is unknown.
 */
export async function makeVolumes(
  pod: V1Pod,
  facts: PodFacts,
  owner: VolumeOwner,
  source: VolumeSource,
  directory: string,
): Promise<Map<string, MadeVolume>> {
  await rm(directory, { recursive: true, force: true });
  const volumes = new Map<string, MadeVolume>();
  for (const volume of pod.spec?.volumes ?? []) {
    const path = join(directory, volume.name);
    if (volume.emptyDir) {
      await makeEmptyDirectory(path, owner);
      volumes.set(volume.name, { path, readOnly: false });
    } else {
      await writePayload(path, await payloadOf(volume, pod, facts, owner, source), owner);
      volumes.set(volume.name, { path, readOnly: true });
    }
  }
  return volumes;
}

async function payloadOf(
  volume: V1Volume,
  pod: V1Pod,
  facts: PodFacts,
  owner: VolumeOwner,
  source: VolumeSource,
): Promise<Payload> {
  const { configMap, secret, projected, downwardAPI } = volume;
  // The API server sets every defaultMode.
  const mode = (configMap ?? secret ?? projected ?? downwardAPI)?.defaultMode ?? 0o644;
  const parts: V1VolumeProjection[] = projected?.sources ?? [
    {
      ...(configMap && { configMap }),
      ...(secret && { secret: { ...secret, name: secret.secretName ?? "" } }),
      ...(downwardAPI && { downwardAPI }),
    },
  ];
  const payload: Payload = new Map();
  for (const part of parts) {
    const files = await projectionOf(part, pod, facts, owner, source, mode);
    if (files === undefined) throw unmade(volume.name, "its kind is none that this kubelet makes");
    for (const [path, file] of files) payload.set(path, file);
  }
  return payload;
}

async function projectionOf(
  { configMap, secret, downwardAPI, serviceAccountToken }: V1VolumeProjection,
  pod: V1Pod,
  facts: PodFacts,
  owner: VolumeOwner,
  source: VolumeSource,
  mode: number,
): Promise<Payload | undefined> {
  if (configMap) {
    const object = await source.configMap(configMap.name ?? "");
    const data = { ...texts(object?.data, "utf8"), ...texts(object?.binaryData, "base64") };
    return chosen(`ConfigMap ${configMap.name}`, object && data, configMap, mode);
  }
  if (secret) {
    const object = await source.secret(secret.name ?? "");
    return chosen(`Secret ${secret.name}`, object && texts(object.data, "base64"), secret, mode);
  }
  if (downwardAPI) {
    const files: Payload = new Map();
    for (const { path, fieldRef, mode: own } of downwardAPI.items ?? []) {
      if (!fieldRef) throw unmade(path, "resourceFieldRef is not supported here");
      files.set(path, { data: Buffer.from(podField(pod, facts, fieldRef.fieldPath)), mode: own ?? mode });
    }
    return files;
  }
  if (!serviceAccountToken) return undefined;
  const token = await source.token(serviceAccountToken.audience, serviceAccountToken.expirationSeconds);
  // If the pod's user is known, only that user can read the token (kubelet: projected.go, collectData).
  const secretly = owner.uid !== undefined || owner.fsGroup !== undefined;
  const file = { data: Buffer.from(token), mode: secretly ? 0o600 : mode };
  return new Map([[serviceAccountToken.path, { ...file, ...(owner.uid !== undefined && { uid: owner.uid }) }]]);
}

function chosen(
  what: string,
  data: Record<string, Buffer> | undefined,
  { items, optional }: { items?: V1KeyToPath[]; optional?: boolean },
  mode: number,
): Payload {
  if (data === undefined && !optional) throw unmade(what, "it does not exist");
  const all = data ?? {};
  const files: Payload = new Map();
  for (const item of items ?? Object.keys(all).map((key): V1KeyToPath => ({ key, path: key }))) {
    const content = all[item.key];
    if (content !== undefined) files.set(item.path, { data: content, mode: item.mode ?? mode });
    else if (!optional) throw unmade(what, `it has no key ${item.key}`);
  }
  return files;
}

const texts = (entries: Record<string, string> | undefined, encoding: "utf8" | "base64"): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(entries ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)]));

const unmade = (what: string, why: string) =>
  new ProblemError(problem("ASM_KUBELET_VOLUME", `The volume of ${what} cannot be made: ${why}`));
