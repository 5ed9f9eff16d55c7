import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { checksumIn } from "./download.ts";
import { fetchPrograms } from "./fetchPrograms.ts";
import type { ReleaseFile } from "./releaseFiles.ts";

const { RELEASE_MIRROR } = process.env;
const content = Buffer.alloc(3_000_000, "kubectl ");
const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const kubectl: ReleaseFile = {
  url: "https://dl.k8s.io/bin/kubectl",
  programs: ["kubectl"],
  checksumUrl: "https://dl.k8s.io/bin/kubectl.sha256",
};

let root = "";
let folder = "";
let server: Server;
let requests: { path: string; range: string | undefined }[] = [];
let answer: RequestListener;
const lines: string[] = [];
const fetchAll = async (...files: ReleaseFile[]) => {
  lines.length = 0;
  await fetchPrograms([{ files, folder }], (line) => lines.push(line));
};

/** Serves `data` for the program, from the range's start and at most `upTo` bytes of it, and its checksum. */
const serve =
  (data: Buffer, upTo = data.length, checksum = sum(data)): RequestListener =>
  (request, response) => {
    if (request.url?.endsWith(".sha256")) return void response.end(checksum);
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": data.length - start });
    const part = data.subarray(start, start + upTo);
    if (start + part.length === data.length) return void response.end(part);
    response.write(part, () => response.destroy());
  };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "asm-releases-"));
  folder = join(root, "cache", "kubernetes-v1.2.3");
  requests = [];
  server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env["RELEASE_MIRROR"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  if (RELEASE_MIRROR === undefined) delete process.env["RELEASE_MIRROR"];
  else process.env["RELEASE_MIRROR"] = RELEASE_MIRROR;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true });
});

test("the right file becomes a program, with a line of its bytes, percent and rate", async () => {
  answer = serve(content);
  await fetchAll(kubectl);
  expect(sum(await readFile(join(folder, "kubectl")))).toBe(sum(content));
  expect((await stat(join(folder, "kubectl"))).mode & 0o111).toBe(0o111);
  expect(lines).toContainEqual(
    expect.stringMatching(/^kubectl: 3\.0 MB of 3\.0 MB, 100 %, \d+\.\d MB\/s from 127\.0\.0\.1:\d+$/),
  );
  expect(lines.at(-1)).toBe("kubectl: 3.0 MB, SHA-256 as published");
  expect(existsSync(`${folder}.download`)).toBe(false);
});

test("a program that is there is not downloaded again", async () => {
  answer = serve(content);
  await fetchAll(kubectl);
  requests = [];
  await fetchAll(kubectl);
  expect(requests).toEqual([]);
});

test("programs come out of an archive, and nothing else of it", async () => {
  await mkdir(join(root, "pulumi"));
  for (const name of ["pulumi", "pulumi-language-nodejs"]) {
    await writeFile(join(root, "pulumi", name), name, { mode: 0o755 });
  }
  execFileSync("tar", ["-czf", join(root, "pulumi.tar.gz"), "-C", root, "pulumi"]);
  const archive = await readFile(join(root, "pulumi.tar.gz"));
  answer = (request, response) =>
    request.url?.endsWith("checksums.txt")
      ? void response.end(`${"0".repeat(64)}  other.tar.gz\n${sum(archive)}  pulumi.tar.gz\n`)
      : serve(archive)(request, response);
  await fetchAll({
    url: "https://get.pulumi.com/pulumi.tar.gz",
    programs: ["pulumi"],
    folder: "pulumi",
    checksumUrl: "https://get.pulumi.com/checksums.txt",
  });
  expect(await readFile(join(folder, "pulumi"), "utf8")).toBe("pulumi");
  expect(existsSync(join(folder, "pulumi-language-nodejs"))).toBe(false);
  expect(existsSync(`${folder}.download`)).toBe(false);
});

test("a file with another checksum is deleted and reported, and the others are used", async () => {
  const right = serve(content);
  answer = (request, response) =>
    request.url?.includes("kube-apiserver")
      ? serve(content, content.length, sum(Buffer.from("another")))(request, response)
      : right(request, response);
  await fetchAll(kubectl, {
    url: "https://dl.k8s.io/bin/kube-apiserver",
    programs: ["kube-apiserver"],
    checksumUrl: "https://dl.k8s.io/bin/kube-apiserver.sha256",
  });
  expect(existsSync(join(folder, "kubectl"))).toBe(true);
  expect(existsSync(join(folder, "kube-apiserver"))).toBe(false);
  expect(existsSync(join(`${folder}.download`, "kube-apiserver"))).toBe(false);
  expect(lines.at(-1)).toMatch(
    /^ASM_RELEASE_CHECKSUM: The SHA-256 of http:\S+kube-apiserver is [0-9a-f]{64} instead of/,
  );
});

test("a pinned checksum counts more than the one beside the file", async () => {
  answer = serve(content);
  await fetchAll({ ...kubectl, sha256: sum(Buffer.from("another")) });
  expect(existsSync(join(folder, "kubectl"))).toBe(false);
  expect(requests.map(({ path }) => path)).toEqual(["/dl.k8s.io/bin/kubectl"]);
});

test("a connection that is cut is resumed where it was cut", async () => {
  answer = serve(content, 2_000_000);
  await fetchAll(kubectl);
  expect(sum(await readFile(join(folder, "kubectl")))).toBe(sum(content));
  expect(requests.map(({ range }) => range)).toEqual([undefined, undefined, expect.stringMatching(/^bytes=\d+-$/)]);
});

test("a download that another run began is resumed", async () => {
  await mkdir(`${folder}.download`, { recursive: true });
  await writeFile(join(`${folder}.download`, "kubectl"), content.subarray(0, 1_000_000));
  answer = serve(content);
  await fetchAll(kubectl);
  expect(sum(await readFile(join(folder, "kubectl")))).toBe(sum(content));
  expect(requests.at(-1)?.range).toBe("bytes=1000000-");
});

test("a partial file of something else is replaced by the right file", async () => {
  await mkdir(`${folder}.download`, { recursive: true });
  await writeFile(join(`${folder}.download`, "kubectl"), Buffer.alloc(1_000_000, "x"));
  answer = serve(content);
  await fetchAll(kubectl);
  expect(sum(await readFile(join(folder, "kubectl")))).toBe(sum(content));
});

test("a connection that is cut again and again is reported, and the next run goes on where it ended", async () => {
  const first = serve(content, 1_000_000);
  let downloads = 0;
  answer = (request, response) => {
    if (request.url?.endsWith(".sha256") || downloads++ === 0) first(request, response);
    else response.destroy();
  };
  await fetchAll(kubectl);
  expect(downloads).toBe(4);
  expect(lines.at(-1)).toMatch(/^ASM_RELEASE_UNREACHABLE: http:\S+kubectl cannot be downloaded: /);
  expect(existsSync(join(folder, "kubectl"))).toBe(false);
  answer = serve(content);
  await fetchAll(kubectl);
  expect(requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  expect(existsSync(join(folder, "kubectl"))).toBe(true);
});

test.each([
  [
    "a site without the file",
    (_request: unknown, response: { writeHead(s: number): { end(): void } }) => {
      response.writeHead(404).end();
    },
    /it answers 404/,
  ],
  [
    "a site that answers with a page",
    (_request: unknown, response: { end(text: string): void }) => {
      response.end("<html>Please log in</html>");
    },
    /it has no SHA-256 of kubectl/,
  ],
] as const)("%s is reported once, at once", async (_name, listener, reason) => {
  answer = listener;
  const begun = Date.now();
  await fetchAll(kubectl);
  expect(lines.at(-1)).toMatch(reason);
  expect(lines.at(-1)).toMatch(/RELEASE_MIRROR/);
  expect(Date.now() - begun).toBeLessThan(2_000);
});

test("a site that accepts connections and never answers holds the start for seconds only", async () => {
  answer = () => undefined;
  const begun = Date.now();
  await fetchAll(kubectl);
  expect(lines.at(-1)).toMatch(/no answer in 8 s/);
  expect(Date.now() - begun).toBeLessThan(12_000);
});

test("no network at all is reported in seconds, once for all files", async () => {
  process.env["RELEASE_MIRROR"] = "http://127.0.0.1:1"; // nothing listens there
  const begun = Date.now();
  await fetchAll(kubectl, { ...kubectl, url: "https://dl.k8s.io/bin/kube-apiserver", programs: ["kube-apiserver"] });
  expect(lines.filter((line) => line.startsWith("ASM_"))).toEqual([
    expect.stringMatching(/^ASM_RELEASE_UNREACHABLE: .* \(and 1 more\)\./),
  ]);
  expect(Date.now() - begun).toBeLessThan(2_000);
});

test("a mirror that is not a URL is named, and nothing is downloaded", async () => {
  process.env["RELEASE_MIRROR"] = "mirror.example";
  await fetchAll(kubectl);
  expect(lines).toEqual([
    expect.stringMatching(/^ASM_RELEASE_UNREACHABLE: .*RELEASE_MIRROR is not a URL: mirror\.example\./),
  ]);
});

test.each([
  ["of sha256sum(1)", `${"a".repeat(64)}  other\n${"B".repeat(64)}  file\n`, "b".repeat(64)],
  ["of sha256sum --binary", `${"b".repeat(64)} *file\n`, "b".repeat(64)],
  ["alone", "b".repeat(64), "b".repeat(64)],
  ["of another file only", `${"a".repeat(64)}  other\n`, undefined],
  ["in a page", "<html>\n", undefined],
])("a checksum %s is read", (_name, text, expected) => {
  expect(checksumIn(text, "file")).toBe(expected);
});
