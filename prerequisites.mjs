// What this machine lacks for a task, found in the first second, before anything is installed. Plain JavaScript, because
// an old Node runs it.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "asm-autoscaler");

/** Tasks that do not start the local cluster. */
const withoutCluster = ["preview:run", "fuzz:run"];
/** Tasks that run the local cluster in namespaces if the user is not root. */
const withoutRoot = ["loop"];
/** Tasks that also run programs that are not released, and read the list of files from git. */
const withTests = ["verify", "faults:run"];

/** Disk space in GB: of node_modules, of the downloaded programs, and of what `npm start` writes while it runs. */
const space = { modules: 1, programs: 1.5, run: 0.3 };

/**
 * @param task The npm script that is about to run.
 * @returns {Promise<{ missing: string[], notes: string[] }>} What is missing, each with the command that adds it, and what may be
 * missing later.
 */
export async function prerequisites(task) {
  const cluster = !withoutCluster.includes(task);
  const tests = withTests.includes(task);
  if (cluster && process.platform !== "linux") {
    const where = process.platform === "win32" ? "WSL 2 or the devcontainer" : "the devcontainer or a Linux machine";
    return { missing: [`Linux: the local cluster runs on Linux only. Use ${where} (.devcontainer)`], notes: [] };
  }
  const missing = [
    ...nodeMissing(),
    ...toolsMissing(["tar", ...(process.platform === "linux" ? ["flock", "setpriv"] : [])]),
    ...(cluster ? toolsMissing(["unshare", "mount", "chroot"]) : []),
    ...(tests ? [...toolsMissing(["git"]), ...(onPath("go") ? [] : [goAdvice])] : []),
    ...spaceMissing(cluster),
    ...(cluster ? await rightsMissing(withoutRoot.includes(task)) : []),
  ];
  const notes =
    !tests && !onPath("go") && !programsCached()
      ? [`${goAdvice}. You need it only if the release sites cannot be reached`]
      : [];
  return { missing: [...new Set(missing)], notes };
}

const goAdvice = "Go 1.26 or newer: https://go.dev/dl/";

function nodeMissing() {
  // npm installs the newer Node that the programs need, but for these two processors only.
  const [major, minor] = process.versions.node.split(".").map(Number);
  const own = major > 22 || (major === 22 && minor >= 19);
  if (major >= 20 && (own || ["x64", "arm64"].includes(process.arch))) return [];
  return [`Node 22.19 or newer (this is ${process.versions.node}): https://nodejs.org/en/download`];
}

/** The package of each tool, if it has another name. */
const packages = { flock: "util-linux", setpriv: "util-linux", unshare: "util-linux", chroot: "coreutils" };
const installers = [
  ["apt-get", "apt-get install -y"],
  ["dnf", "dnf install -y"],
  ["zypper", "zypper install -y"],
  ["pacman", "pacman -S --noconfirm"],
  ["apk", "apk add"],
];

function toolsMissing(tools) {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const install = installers.find(([program]) => onPath(program))?.[1];
  return tools
    .filter((tool) => !onPath(tool))
    .map((tool) => {
      const name = packages[tool] ?? tool;
      return install === undefined ? `${tool}: install the package ${name}` : `${tool}: ${sudo}${install} ${name}`;
    });
}

/** Tools of the administrator are often not on the PATH of an ordinary user. */
function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

function programsCached() {
  return (
    existsSync(cache) && readdirSync(cache).some((name) => /^kubernetes-[^.]*$|^kubernetes-v.*\d-linux/.test(name))
  );
}

function spaceMissing(cluster) {
  const needed = [
    [root, existsSync(join(root, "node_modules")) ? 0 : space.modules, "the npm packages"],
    [cache, programsCached() ? 0 : space.programs, "the programs; XDG_CACHE_HOME selects another folder"],
    [process.env.TMPDIR || "/tmp", cluster ? space.run : 0, "the local cluster; TMPDIR selects another folder"],
  ];
  return needed.flatMap(([folder, gigabytes, what]) => {
    let place = folder;
    while (!existsSync(place)) place = dirname(place);
    const { bavail, bsize } = statfsSync(place);
    const free = (bavail * bsize) / 1e9;
    return free >= gigabytes ? [] : [`disk space: ${folder} has ${free.toFixed(1)} GB of ${gigabytes} GB for ${what}`];
  });
}

/** Root, or a user who may create the namespaces in which the cluster runs without root. */
async function rightsMissing(mayUseNamespaces) {
  if (process.getuid() === 0 || read("/proc/sys/net/ipv4/ip_unprivileged_port_start") <= 443) {
    return (await isUsable("127.64.0.1", 443)) || (await isUsable("127.254.0.1", 443))
      ? []
      : ["port 443 of the addresses 127.64.0.1 to 127.254.0.1: stop the program that uses it, see `ss -ltnp`"];
  }
  if (!mayUseNamespaces) return [`root: ${asRoot}`];
  if (!onPath("unshare")) return [];
  const script = "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up";
  const tried = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "--net", "sh", "-c", script], {
    encoding: "utf8",
  });
  if (tried.status === 0) return [];
  if (!onPath("ip")) return toolsMissing(["ip"]).map((line) => line.replace(/ip$/, ipPackage()));
  return [`${namespaceAdvice()}. Or ${asRoot} (${tried.stderr.trim().split("\n")[0]})`];
}

const asRoot = 'run it as root, for example with `sudo env "PATH=$PATH" npm …`';

const ipPackage = () => (onPath("dnf") ? "iproute" : "iproute2");

/** What forbids the namespaces, and how to allow them. */
function namespaceAdvice() {
  const switches = [
    ["kernel/apparmor_restrict_unprivileged_userns", 1, 0],
    ["kernel/unprivileged_userns_clone", 0, 1],
    ["user/max_user_namespaces", 0, 15_000],
  ];
  const found = switches.find(([name, forbids]) => read(`/proc/sys/${name}`) === forbids);
  return found === undefined
    ? "user namespaces: this kernel or container forbids them (in Docker, `--security-opt seccomp=unconfined` allows them)"
    : `user namespaces: sudo sysctl -w ${found[0].replace("/", ".")}=${found[2]}`;
}

function read(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return Number.NaN;
  }
}

function isUsable(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
