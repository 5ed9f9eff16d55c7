import type { IncomingMessage } from "node:http";
import type { Answer } from "../api/answer.ts";
import { createFairWork } from "../fairWork.ts";
import { parseJson } from "../kubernetes/boundedJson.ts";
import type { AdmissionReview } from "./review.ts";

/** The path of the webhook. It is not part of the API: the API server calls it for itself and not for a user. */
const ADMISSION_PATH = "/validate-autoscaling";

/** Whether the request is for the webhook. The API server adds its timeout as a parameter. */
export function isAdmission({ url = "" }: IncomingMessage): boolean {
  return url === ADMISSION_PATH || url.startsWith(`${ADMISSION_PATH}?`);
}

/**
 * Maximum body size in bytes. An HPA's annotations have at most 256 KiB, and a review contains two HPAs and their
 * managed fields.
 */
const MAX_BYTES = 1 << 20;
/** Timeout for the body in milliseconds. The API server sends the body at once and gives up after two seconds. */
const BODY_MS = 1_000;
/**
 * Maximum number of concurrent reviews: from addresses from which the API server has called, and from all other
 * addresses.
 */
const MAX_AT_A_TIME = { known: 8, other: 2 };
/** Timeout for a review in milliseconds. It is longer than the API server's own timeout. */
const JUDGE_MS = 5_000;

/**
 * Creates the handler for POSTs of AdmissionReviews. Anyone can send one, because the API server sends a client
 * certificate to a webhook only if it is configured to. The answer contains only what the request contains, and the
 * names of other HPAs of the same namespace that claim the same metric. A body that is too long, too slow or not a
 * review is refused. The API server then admits the HPA (failurePolicy Ignore).
 *
 * Reviews run in steps. Requests from addresses from which the API server has not called have their own limit and their
 * own share of time.
 *
 * @param judgeInSteps See review.ts. For an unknown address, the review uses only the HPA's own text. The answer then
 *   contains no name of another HPA, no server and no limit that the operator set.
 * @param isKnown Whether the API server has called from this address.
 */
export function createAdmission(
  judgeInSteps: (body: unknown, isKnown: boolean) => Generator<undefined, AdmissionReview | undefined>,
  isKnown: (address: string) => boolean,
) {
  const underWay = { known: 0, other: 0 };
  const work = createFairWork();
  let count = 0;

  const judge = (source: "known" | "other", body: unknown) =>
    new Promise<AdmissionReview | undefined | "late">((resolve, reject) => {
      const id = `${count++}`;
      const timer = setTimeout(() => {
        work.remove(source, id);
        resolve("late");
      }, JUDGE_MS);
      work.add(source, id, function* () {
        try {
          resolve(yield* judgeInSteps(body, source === "known"));
        } catch (error) {
          reject(error);
        } finally {
          clearTimeout(timer);
        }
      });
    });

  return async (request: IncomingMessage): Promise<Answer> => {
    if (request.method !== "POST") return { code: 405, body: "send a review with POST", headers: { Allow: "POST" } };
    const source = isKnown(request.socket.remoteAddress ?? "") ? "known" : "other";
    if (underWay[source] >= MAX_AT_A_TIME[source]) return { code: 503, body: "too many concurrent reviews" };
    underWay[source] += 1;
    try {
      const text = await readBody(request);
      if (text === undefined)
        return { code: 413, body: `a review must have at most ${MAX_BYTES} bytes and arrive within a second` };
      const review = await judge(source, parsed(text));
      if (review === "late") return { code: 503, body: "the review took too long" };
      return review ? { code: 200, body: review } : { code: 400, body: "the body is not an AdmissionReview of an HPA" };
    } finally {
      underWay[source] -= 1;
    }
  };
}

/** Reads the whole body. Returns undefined when the body is too long, too slow or incomplete. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (text: string | undefined) => {
      clearTimeout(timer);
      request.removeAllListeners("data");
      request.pause();
      resolve(text);
    };
    const timer = setTimeout(end, BODY_MS, undefined);
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) end(undefined);
      else chunks.push(chunk);
    });
    request.once("end", () => end(Buffer.concat(chunks).toString("utf8")));
    request.once("error", () => end(undefined));
    request.once("close", () => end(undefined));
  });
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
