/**
 * Runs one container as a process with its own mount namespace and its own root. A shell sets them up and then executes
 * the container's command, so the process id is the container's.
 * Unlike a container runtime, it pulls no images: programs and libraries are this machine's (/usr, read-only), and
 * `node` is the Node.js that runs this file. Network, process ids and cgroups are this machine's too, and there is no
 * seccomp filter.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { canChangeUsers } from "../rootless/capability.ts";

/** A volume, or a part of one, and its mount point. */
export interface Mount {
  /** Path on this machine: a folder or a file. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface Sandbox {
  /** An empty folder, used as the mount point of the root. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly readOnlyRoot: boolean;
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Capabilities that the container keeps, in lower case without `cap_`. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Text of /etc/hosts. */
  readonly hosts: string;
}

/** Folder of `node` in the container, first on PATH. */
const nodeDirectory = "/opt/node/bin";

/** PATH of a container that does not set it. */
export const defaultPath = `${nodeDirectory}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

// Arguments: $1 root, $2 node, $3 rw|ro, $4 text of /etc/hosts, $5 working directory (created if missing, as in runc).
// Then `source target ro|rw` for each mount, `--`, and the command.
// /etc contains only the files that programs need to run, so that volumes can be mounted below it. An ordinary user may
// not read all of them, such as /etc/ssl/private. /var/run is a link, as in the image.
const script = `
set -eu
path=$PATH; PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 node=$2 access=$3 hosts=$4 workdir=$5; shift 5
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr proc dev etc run var opt home/node root .${nodeDirectory} tmp
chmod 1777 tmp
ln -s ../run var/run
mount --rbind /usr usr; mount -o remount,bind,ro usr
for name in bin sbin lib lib64; do
  if [ -L "/$name" ]; then cp -P "/$name" "$name"
  elif [ -d "/$name" ]; then mkdir "$name"; mount --rbind "/$name" "$name"; mount -o remount,bind,ro "$name"
  fi
done
mount --rbind /proc proc
for name in null zero full random urandom; do : > "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
printf 'root:x:0:0:root:/root:/bin/sh\\nnode:x:1000:1000::/home/node:/bin/sh\\n' > etc/passwd
printf 'root:x:0:\\nnode:x:1000:\\n' > etc/group
printf '%s' "$hosts" > etc/hosts
for name in ld.so.cache nsswitch.conf resolv.conf ssl alternatives; do [ ! -e "/etc/$name" ] || cp -RP "/etc/$name" "etc/$name" 2>/dev/null || :; done
: > ".${nodeDirectory}/node"
mount --bind "$node" ".${nodeDirectory}/node"; mount -o remount,bind,ro ".${nodeDirectory}/node"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p ".$2"; else mkdir -p ".$(dirname "$2")"; [ -e ".$2" ] || : > ".$2"; fi
  mount --bind "$1" ".$2"
  [ "$3" = rw ] || mount -o remount,bind,ro ".$2"
  shift 3
done
shift
[ -d ".$workdir" ] || mkdir -p ".$workdir"
[ "$access" = rw ] || mount -o remount,bind,ro "$root"
PATH=$path
exec /usr/sbin/chroot "$root" "$@"
`;

/**
 * Program and arguments that start a sandbox. `asRoot`: whether this process can mount and change users without a user
 * namespace.
 */
export function sandboxCommand(sandbox: Sandbox, node: string, asRoot: boolean): string[] {
  const mounts = [...sandbox.mounts].sort((one, other) => (one.target < other.target ? -1 : 1)); // Parents first.
  return [
    "/usr/bin/unshare",
    ...(asRoot ? ["--mount"] : ["--map-root-user", "--mount"]),
    "--propagation=private",
    "/bin/sh",
    "-c",
    script,
    "sandbox",
    sandbox.root,
    node,
    sandbox.readOnlyRoot ? "ro" : "rw",
    sandbox.hosts,
    sandbox.workingDir,
    ...mounts.flatMap(({ source, target, readOnly }) => [source, target, readOnly ? "ro" : "rw"]),
    "--",
    "/usr/bin/setpriv",
    ...(asRoot ? identity(sandbox) : []),
    ...(sandbox.noNewPrivileges ? ["--no-new-privs"] : []),
    "--inh-caps=-all",
    `--bounding-set=${["-all", ...sandbox.capabilities.map((name) => `+${name}`)].join(",")}`,
    // Set last, because a change of user clears it. The kernel kills the container whenever this process ends.
    "--pdeathsig=KILL",
    "--",
    "/usr/bin/env",
    `--chdir=${sandbox.workingDir}`,
    "--",
    ...sandbox.command,
  ];
}

const identity = ({ uid, gid, groups }: Sandbox): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups",
];

/** How a process ended. If a signal ended it, the code is 128 plus the signal's number, as in container runtimes. */
export interface Exit {
  readonly exitCode: number;
  /** Why it could not be started. */
  readonly message?: string;
}

/** A started container. */
export interface ContainerProcess {
  /** Sends a signal. Has no effect if the process has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** Resolves when the process has ended. Never rejects. */
  readonly exited: Promise<Exit>;
}

/** Starts a container. @param log File descriptor for its output. You can close it immediately. */
export function startSandbox(sandbox: Sandbox, log: number): ContainerProcess {
  const [program = "", ...args] = sandboxCommand(sandbox, process.execPath, canChangeUsers());
  const child = spawn(program, args, { env: sandbox.environment, stdio: ["ignore", log, log] });
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", ({ message }) => resolve({ exitCode: 128, message }));
    child.once("exit", (code, signal) => resolve({ exitCode: code ?? 128 + constants.signals[signal ?? "SIGKILL"] }));
  });
  return { kill: (signal) => void child.kill(signal), exited };
}
