import { readFile } from "node:fs/promises";
import type { Program, ProgramSet } from "../programs.ts";

/** A file on a release site. */
export interface ReleaseFile {
  readonly url: string;
  /** The programs in it. */
  readonly programs: readonly Program[];
  /** Folder of the programs in the archive. Absent if the file is the program itself. */
  readonly folder?: string;
  /** File with the SHA-256 of the file: lines of sha256sum(1), or the sum alone. */
  readonly checksumUrl: string;
  /** SHA-256 from `releases.sha256`, in hexadecimal. It is used instead of `checksumUrl`. */
  readonly sha256?: string;
}

interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const github = "https://github.com";

/**
 * The official release files that contain programs of a set. Empty if the project releases none for this machine.
 * Sources: the release pages of etcd and Prometheus on GitHub; "Download Kubernetes" (dl.k8s.io); Pulumi's install
 * script (get.pulumi.com).
 * @param version The set's module version, for example v1.37.2.
 */
export function releaseFiles(
  { name }: Pick<ProgramSet, "name">,
  version: string,
  programs: readonly Program[],
  { platform, arch }: Machine = process,
): ReleaseFile[] {
  const goArch = { x64: "amd64", arm64: "arm64" }[arch];
  // The releases for macOS are used for the preview only, which needs no other program than pulumi.
  if (goArch === undefined || !(platform === "linux" || (platform === "darwin" && name === "pulumi"))) return [];
  switch (name) {
    case "etcd": {
      const folder = `etcd-${version}-${platform}-${goArch}`;
      const site = `${github}/etcd-io/etcd/releases/download/${version}`;
      return [archive(`${site}/${folder}.tar.gz`, folder, `${site}/SHA256SUMS`, programs)];
    }
    case "kubernetes": {
      const site = `https://dl.k8s.io/release/${version}/bin/${platform}/${goArch}`;
      return programs.map((program) => ({
        url: `${site}/${program}`,
        programs: [program],
        checksumUrl: `${site}/${program}.sha256`,
      }));
    }
    case "prometheus": {
      const release = prometheusRelease(version);
      const folder = `prometheus-${release}.${platform}-${goArch}`;
      const site = `${github}/prometheus/prometheus/releases/download/v${release}`;
      return [archive(`${site}/${folder}.tar.gz`, folder, `${site}/sha256sums.txt`, programs)];
    }
    case "pulumi": {
      const site = "https://get.pulumi.com/releases/sdk";
      const url = `${site}/pulumi-${version}-${platform}-${arch}.tar.gz`;
      const released = programs.filter((program) => program === "pulumi" || program === "pulumi-language-yaml");
      if (released.length === 0) return [];
      return [archive(url, "pulumi", `${site}/pulumi-${version.slice(1)}-checksums.txt`, released)];
    }
    default:
      return [];
  }
}

const archive = (url: string, folder: string, checksumUrl: string, programs: readonly Program[]): ReleaseFile => ({
  url,
  programs,
  folder,
  checksumUrl,
});

/** Release 3.16.0 of Prometheus is module version v0.316.0: the module never took part in the major version. */
function prometheusRelease(version: string): string {
  const [, minor = "", patch = ""] = version.split(".");
  return `${minor.slice(0, -2)}.${Number(minor.slice(-2))}.${patch}`;
}

/** The same file on the mirror, if there is one: its URL without `https://` below the URL of the mirror. */
export function onMirror(url: string, mirror: string | undefined): string {
  return mirror ? `${mirror.replace(/\/+$/, "")}/${url.replace("https://", "")}` : url;
}

const pinsFile = new URL("../../releases.sha256", import.meta.url);

/** The files with their sums from `releases.sha256`, whose lines are `<sum>  <url>`. */
export async function withPins(files: readonly ReleaseFile[]): Promise<ReleaseFile[]> {
  const lines = (await readFile(pinsFile, "utf8")).split("\n").map((line) => line.trim().split(/\s+/));
  const sums = new Map(lines.map(([sum = "", url = ""]) => [url, sum]));
  return files.map((file) => {
    const sha256 = sums.get(file.url);
    return sha256 === undefined ? file : { ...file, sha256 };
  });
}
