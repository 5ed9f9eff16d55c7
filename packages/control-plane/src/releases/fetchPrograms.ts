import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ProblemError, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { type Dispatcher, EnvHttpProxyAgent } from "undici";
import { withLock } from "../cacheLock.ts";
import type { OnProgress } from "../progress.ts";
import { download, fetchChecksum, type Received } from "./download.ts";
import { onMirror, type ReleaseFile, withPins } from "./releaseFiles.ts";

const run = promisify(execFile);
const connectMilliseconds = 6_000;
const silentMilliseconds = 20_000;

/** Release files and the folder in the cache for their programs. */
export interface Wanted {
  readonly files: readonly ReleaseFile[];
  readonly folder: string;
}

/**
 * Downloads release files into the cache, all in parallel. Each is checked against its SHA-256 before its programs
 * appear in the folder. A file that cannot be downloaded or has another sum is reported, and its programs stay missing.
 * Proxies are taken from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and the sites from `RELEASE_MIRROR` if it is
 * set.
 */
export async function fetchPrograms(wanted: readonly Wanted[], onProgress: OnProgress): Promise<void> {
  if (wanted.every(({ files }) => files.length === 0)) return;
  const dispatcher = createDispatcher(onProgress);
  if (dispatcher === undefined) return;
  try {
    const failures = (await Promise.all(wanted.map((one) => fetchSet(one, dispatcher, onProgress)))).flat();
    for (const line of summary(failures)) onProgress(line);
  } finally {
    await dispatcher.destroy();
  }
}

/** Undefined if a variable of the environment is not a URL, which is reported. */
function createDispatcher(onProgress: OnProgress): Dispatcher | undefined {
  const mirror = process.env["RELEASE_MIRROR"];
  try {
    if (mirror && !URL.canParse(mirror)) throw new Error(`RELEASE_MIRROR is not a URL: ${mirror}`);
    return new EnvHttpProxyAgent({ connect: { timeout: connectMilliseconds }, bodyTimeout: silentMilliseconds });
  } catch (error) {
    // The agent rejects a proxy that is not a URL.
    const message = `Nothing can be downloaded: ${error instanceof Error ? error.message : String(error)}`;
    onProgress(problemLine(problem("ASM_RELEASE_UNREACHABLE", message)));
    return undefined;
  }
}

async function fetchSet({ files, folder }: Wanted, dispatcher: Dispatcher, onProgress: OnProgress) {
  if (files.length === 0) return [];
  const pinned = await withPins(files);
  await mkdir(dirname(folder), { recursive: true });
  const waiting = () => onProgress(`waiting for another process that downloads ${files.map(nameOf).join(", ")}`);
  return withLock(`${folder}.lock`, waiting, async () => {
    const missing = pinned.filter(({ programs }) => !programs.every((program) => existsSync(join(folder, program))));
    const failures = await Promise.all(
      missing.map((file) =>
        fetchFile(file, folder, dispatcher, onProgress).then(
          () => [],
          (error: unknown) => {
            onProgress(`${nameOf(file)}: not downloaded`, { name: file.url, done: true });
            return [error];
          },
        ),
      ),
    );
    if (failures.every((one) => one.length === 0)) await rm(partialOf(folder), { recursive: true, force: true });
    return failures.flat();
  });
}

async function fetchFile(
  file: ReleaseFile,
  folder: string,
  dispatcher: Dispatcher,
  onProgress: OnProgress,
): Promise<void> {
  const name = nameOf(file);
  const topic = { name: file.url };
  const url = onMirror(file.url, process.env["RELEASE_MIRROR"]);
  const { host } = new URL(url);
  onProgress(`${name}: connecting to ${host}`, topic);
  const checksumUrl = onMirror(file.checksumUrl, process.env["RELEASE_MIRROR"]);
  const sha256 = file.sha256 ?? (await fetchChecksum(checksumUrl, name, dispatcher));

  // A file that is not complete stays here, and the next run resumes it.
  const partial = partialOf(folder);
  await mkdir(partial, { recursive: true });
  const path = join(partial, name);
  let last: Received | undefined;
  await download({
    url,
    path,
    sha256,
    dispatcher,
    onReceived: (received) => {
      last = received;
      onProgress(`${name}: ${amount(received)} from ${host}`, topic);
    },
  });
  await install(file, path, folder);
  const size = last === undefined ? "already here" : megabytes(last.bytes);
  onProgress(`${name}: ${size}, SHA-256 as ${file.sha256 ? "pinned" : "published"}`, { ...topic, done: true });
}

/** Moves the programs of a complete file into the folder. */
async function install(file: ReleaseFile, path: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = dirname(path);
  if (file.folder === undefined) {
    await chmod(path, 0o755);
    await rename(path, join(folder, nameOf(file)));
  } else {
    const members = file.programs.map((program) => `${file.folder}/${program}`);
    // The owner in an archive is the one of the project's build machine.
    await run("tar", ["-xzf", path, "-C", partial, "--no-same-owner", ...members]).catch((error: Error) => {
      throw new ProblemError(problem("ASM_RELEASE_UNREACHABLE", `${path} cannot be unpacked: ${error.message.trim()}`));
    });
    for (const member of members) await rename(join(partial, member), join(folder, basename(member)));
    await rm(join(partial, file.folder), { recursive: true, force: true });
    await rm(path);
  }
}

/** One line for all sites that cannot be reached, and one for each wrong checksum. */
function summary(failures: readonly unknown[]): string[] {
  const others = failures.filter((one) => !(one instanceof ProblemError));
  if (others.length > 0) throw others[0];
  const problems = failures.filter((one) => one instanceof ProblemError).map((one) => one.problem);
  const wrong = problems.filter(({ code }) => code === "ASM_RELEASE_CHECKSUM");
  const unreachable = problems.filter(({ code }) => code === "ASM_RELEASE_UNREACHABLE");
  const [first, ...rest] = unreachable;
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : "";
  return [
    ...wrong.map((one) => problemLine(one)),
    ...(first === undefined ? [] : [problemLine({ ...first, message: `${first.message}${more}` })]),
  ];
}

const partialOf = (folder: string): string => `${folder}.download`;

const nameOf = ({ url }: ReleaseFile): string => basename(url);

/** `12.0 of 48.3 MB, 25 %, 3.1 MB/s` */
function amount({ bytes, total, rate }: Received): string {
  const percent = total ? `, ${Math.floor((bytes / total) * 100)} %` : "";
  return `${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ""}${percent}, ${megabytes(rate)}/s`;
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
