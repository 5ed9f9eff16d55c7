import { join } from "node:path";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { adapterCommand, adapterImageMounts, hasAdapterImage } from "./adapterImage.ts";
import { expand } from "./environment.ts";
import { defaultPath, type Mount, type Sandbox } from "./sandbox.ts";
import type { MadeVolume } from "./volumes.ts";

/** The user of a container, from its own security context or the pod's. The default is root, as in the node image. */
export function userOf(pod: V1Pod, container: V1Container): number {
  return container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser ?? 0;
}

/** The default capabilities of a container if the pod drops none (containerd's default set). */
const defaultCapabilities = [
  ...["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service"],
  ...["net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"],
];

/**
 * Returns how to run a container of a pod. Uses only the pod's spec.
 * @param environment The complete environment.
 * @param root An empty folder for the container's root.
 * @param serviceHosts Lines of /etc/hosts for the names of Services.
 * @throws ProblemError ASM_KUBELET_CONTAINER if the spec is not possible or needs a feature that this kubelet lacks.
 */
export function sandboxOf(
  pod: V1Pod,
  container: V1Container,
  environment: Readonly<Record<string, string>>,
  volumes: ReadonlyMap<string, MadeVolume>,
  podIP: string,
  root: string,
  serviceHosts = "",
): Sandbox {
  const context = container.securityContext;
  const podContext = pod.spec?.securityContext;
  const uid = userOf(pod, container);
  if ((context?.runAsNonRoot ?? podContext?.runAsNonRoot) && uid === 0) {
    throw impossible(container, "runAsNonRoot is set and its image would run as root");
  }
  const whole = { PATH: defaultPath, HOME: uid === 0 ? "/root" : "/home/node", HOSTNAME: nameOf(pod), ...environment };
  const groups = [...(podContext?.supplementalGroups ?? []), ...(podContext?.fsGroup ? [podContext.fsGroup] : [])];
  return {
    root,
    mounts: [
      ...(container.volumeMounts ?? []).map((mount) => mountOf(container, mount, volumes)),
      ...(hasAdapterImage(container) ? adapterImageMounts : []),
    ],
    readOnlyRoot: context?.readOnlyRootFilesystem ?? false,
    workingDir: container.workingDir ?? "/",
    uid,
    gid: context?.runAsGroup ?? podContext?.runAsGroup ?? (uid === 1000 ? 1000 : 0),
    groups,
    capabilities: capabilitiesOf(container),
    noNewPrivileges: context?.allowPrivilegeEscalation === false,
    command: adapterCommand(commandOf(container, whole, podIP)),
    environment: whole,
    hosts: `127.0.0.1\tlocalhost\n${podIP}\t${nameOf(pod)}\n${serviceHosts}`,
  };
}

// The entry point of the node image: arguments are passed to node, unless the first argument is a program.
const entryPoint = `if [ "\${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then set -- node "$@"; fi; exec "$@"`;

// All pods share this machine's loopback interface. Where a pod would listen on its own loopback address, it listens on
// its pod IP in 127/8 instead.
function commandOf(container: V1Container, environment: Readonly<Record<string, string>>, podIP: string): string[] {
  const expanded = (words: string[] = []) =>
    words.map((word) => expand(word, environment).replace(/(?<=^|=)127\.0\.0\.1(?=:\d+$)/, podIP));
  const args = expanded(container.args);
  if (container.command?.length) return [...expanded(container.command), ...args];
  return ["/bin/sh", "-c", entryPoint, "docker-entrypoint.sh", ...(args.length > 0 ? args : ["node"])];
}

function capabilitiesOf({ securityContext }: V1Container): string[] {
  const plain = (names: string[] = []) => names.map((name) => name.toLowerCase().replace(/^cap_/, ""));
  const dropped = plain(securityContext?.capabilities?.drop);
  const kept = dropped.includes("all") ? [] : defaultCapabilities.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...plain(securityContext?.capabilities?.add)])];
}

type VolumeMount = NonNullable<V1Container["volumeMounts"]>[number];

function mountOf(container: V1Container, mount: VolumeMount, volumes: ReadonlyMap<string, MadeVolume>): Mount {
  const volume = volumes.get(mount.name);
  if (volume === undefined) throw impossible(container, `it mounts ${mount.name}, which is not a volume of its pod`);
  if (mount.subPathExpr !== undefined) throw impossible(container, "this kubelet lacks subPathExpr");
  if (/^\/(usr|bin|sbin|lib|lib64|proc)(\/|$)/.test(mount.mountPath)) {
    throw impossible(container, `this kubelet cannot mount below ${mount.mountPath}, which is this machine's`);
  }
  return {
    source: mount.subPath === undefined ? volume.path : join(volume.path, mount.subPath),
    target: mount.mountPath,
    readOnly: volume.readOnly || (mount.readOnly ?? false),
  };
}

const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";

const impossible = (container: V1Container, why: string) =>
  new ProblemError(problem("ASM_KUBELET_CONTAINER", `Container ${container.name} cannot be started: ${why}`));
