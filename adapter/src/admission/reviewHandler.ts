import type { IncomingMessage } from "node:http";
import type { Answer } from "../api/answer.ts";
import { createFairWork } from "../fairWork.ts";
import { parseJson } from "../kubernetes/boundedJson.ts";
import type { AdmissionReview } from "./review.ts";

/** The path of the webhook. It is no path of the API: the API server calls it by itself, not for a user. */
const ADMISSION_PATH = "/validate-autoscaling";

/** Whether the request is for the webhook; the API server adds its time-out as a parameter. */
export function isAdmission({ url = "" }: IncomingMessage): boolean {
  return url === ADMISSION_PATH || url.startsWith(`${ADMISSION_PATH}?`);
}

/** The annotations of an HPA have at most 256 KiB, and a review holds two of them and their fields' owners. */
const MAX_BYTES = 1 << 20;
/** The API server gives up after two seconds; the body is there at once or something is wrong with who sends it. */
const BODY_MS = 1_000;
/** Reviews at a time, of addresses that the API server has called from and of all others. */
const MAX_AT_A_TIME = { known: 8, other: 2 };
/** Longer than the API server waits, ms. */
const JUDGE_MS = 5_000;

/**
 * Answers POSTs of AdmissionReviews. Anybody may ask: the API server sends no certificate to a webhook unless it is told to,
 * and the answer tells nothing that the question does not hold but the names of clashing HPAs of the same namespace. A body
 * that is too long, too slow or no review is refused, which lets the HPA pass (failurePolicy Ignore).
 *
 * Reviews are judged in slices, and those of an address that the API server has not called from get a place, and time, of
 * their own.
 *
 * @param judgeInSteps See admission.ts. Who is not known is told only what the HPA's own text says: no name of another HPA, no
 *   server and no limit of the operator.
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
    if (request.method !== "POST") return { code: 405, body: "a review is posted", headers: { Allow: "POST" } };
    const source = isKnown(request.socket.remoteAddress ?? "") ? "known" : "other";
    if (underWay[source] >= MAX_AT_A_TIME[source]) return { code: 503, body: "too many reviews at a time" };
    underWay[source] += 1;
    try {
      const text = await readBody(request);
      if (text === undefined)
        return { code: 413, body: `a review has at most ${MAX_BYTES} bytes, sent within a second` };
      const review = await judge(source, parsed(text));
      if (review === "late") return { code: 503, body: "the review takes too long" };
      return review ? { code: 200, body: review } : { code: 400, body: "the body is no AdmissionReview of an HPA" };
    } finally {
      underWay[source] -= 1;
    }
  };
}

/** The whole body, or undefined when it is longer or slower than allowed or breaks off. */
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
