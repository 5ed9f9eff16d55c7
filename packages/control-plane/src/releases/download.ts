import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type Dispatcher, fetch, type Response } from "undici";

/** How much of a file has arrived. */
export interface Received {
  readonly bytes: number;
  /** Undefined if the server does not tell. */
  readonly total: number | undefined;
  /** Bytes per second since the start, without what an earlier run had downloaded. */
  readonly rate: number;
}

export interface Download {
  readonly url: string;
  /** Destination. If the file exists, the download is resumed at its end. */
  readonly path: string;
  /** Expected SHA-256, in hexadecimal. */
  readonly sha256: string;
  readonly dispatcher: Dispatcher;
  onReceived(received: Received): void;
}

/** A site that has not answered after this time counts as not reachable. */
const ANSWER_MS = 8_000;
/** A connection may be cut this often without a new byte before the download fails. */
const CUTS = 3;
const CUT_PAUSE_MS = 500;
const MAX_CHECKSUMS_BYTES = 1_000_000;
const MAX_FILE_BYTES = 2_000_000_000;
const PROGRESS_MS = 250;

/**
 * Downloads a file and checks it. A connection that is cut is resumed. A file that was resumed and has the wrong sum is
 * downloaded once more from its start.
 * @throws ProblemError ASM_RELEASE_UNREACHABLE, ASM_RELEASE_CHECKSUM. After the second, the file is removed.
 */
export async function download(options: Download): Promise<void> {
  const { url, path, sha256 } = options;
  const resumed = (await sizeOf(path)) > 0;
  await receive(options);
  let sum = await sumOf(path);
  if (sum !== sha256 && resumed) {
    await rm(path, { force: true });
    await receive(options);
    sum = await sumOf(path);
  }
  if (sum === sha256) return;
  await rm(path, { force: true });
  throw new ProblemError(
    problem("ASM_RELEASE_CHECKSUM", `The SHA-256 of ${url} is ${sum} instead of ${sha256}. The file is not used`),
  );
}

/** Reads the SHA-256 of a file from its checksum file. @throws ProblemError ASM_RELEASE_UNREACHABLE */
export async function fetchChecksum(checksumUrl: string, fileName: string, dispatcher: Dispatcher): Promise<string> {
  const response = await request(checksumUrl, dispatcher);
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString("latin1");
      if (text.length > MAX_CHECKSUMS_BYTES) break;
    }
  } catch (error) {
    throw unreachable(checksumUrl, reasonOf(error));
  }
  const sum = checksumIn(text, fileName);
  if (sum === undefined) throw unreachable(checksumUrl, `it has no SHA-256 of ${fileName}`);
  return sum;
}

/** The sum of a file in the output of sha256sum(1), or the only sum in the text. */
export function checksumIn(text: string, fileName: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const own = lines.find(([, name]) => name?.replace(/^\*?(\.\/)?/, "") === fileName);
  const [sum] = own ?? (lines.length <= 2 && lines[0]?.length === 1 ? lines[0] : []);
  return sum !== undefined && /^[0-9a-f]{64}$/i.test(sum) ? sum.toLowerCase() : undefined;
}

async function receive(options: Download): Promise<void> {
  const { path } = options;
  const begun = Date.now();
  const had = await sizeOf(path);
  const rate = (bytes: number) => Math.max(0, bytes - had) / Math.max(0.001, (Date.now() - begun) / 1000);
  for (let cuts = 0; ; ) {
    const before = await sizeOf(path);
    try {
      await receiveFrom(before, options, rate);
      return;
    } catch (error) {
      const size = await sizeOf(path);
      cuts = size > before ? 0 : cuts + 1;
      // A site that sent nothing at all in this run is not reachable. Otherwise, go on where the connection was cut.
      if (size === had || cuts >= CUTS) throw error;
      await pause(CUT_PAUSE_MS);
    }
  }
}

async function receiveFrom(
  before: number,
  { url, path, dispatcher, onReceived }: Download,
  rate: (bytes: number) => number,
): Promise<void> {
  const response = await request(url, dispatcher, before);
  if (response === "complete") return;
  const offset = response.status === 206 ? before : 0;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isFinite(length) ? offset + length : undefined;
  try {
    await write(response, path, offset, (bytes) => onReceived({ bytes, total, rate: rate(bytes) }));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw unreachable(url, reasonOf(error));
  }
}

async function write(response: Response, path: string, offset: number, onBytes: (bytes: number) => void) {
  let bytes = offset;
  let shown = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (Date.now() - shown >= PROGRESS_MS) {
        shown = Date.now();
        onBytes(bytes);
      }
      done(
        bytes > MAX_FILE_BYTES ? unreachable(response.url, `it has more than ${MAX_FILE_BYTES} bytes`) : null,
        chunk,
      );
    },
  });
  const body = Readable.fromWeb(response.body ?? new ReadableStream());
  await pipeline(body, count, createWriteStream(path, { flags: offset > 0 ? "a" : "w" }));
  onBytes(bytes);
}

function request(url: string, dispatcher: Dispatcher): Promise<Response>;
/** @returns "complete" if the server has no byte after the offset. */
function request(url: string, dispatcher: Dispatcher, offset: number): Promise<Response | "complete">;
async function request(url: string, dispatcher: Dispatcher, offset = 0): Promise<Response | "complete"> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  let response: Response;
  try {
    const headers = { "accept-encoding": "identity", ...(offset > 0 && { range: `bytes=${offset}-` }) };
    response = await fetch(url, { dispatcher, headers, signal: silence.signal });
  } catch (error) {
    throw unreachable(url, reasonOf(error));
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 416 && offset > 0) return "complete";
  throw unreachable(url, `it answers ${response.status}`);
}

function unreachable(url: string, reason: string): ProblemError {
  return new ProblemError(problem("ASM_RELEASE_UNREACHABLE", `${url} cannot be downloaded: ${reason}`));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // undici's own message is "fetch failed" or "terminated"; its cause says why.
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
