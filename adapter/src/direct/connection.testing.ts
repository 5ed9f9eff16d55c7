import type { ProxyConnection, ScrapeFailure } from "./connection.ts";

/** What a proxy of a test answers: the values of series by their text, a text, or a failure. */
export type FakeAnswer = ReadonlyMap<string, number> | string | { failure: ScrapeFailure; sentence: string };

/**
 * A connection to a proxy that gives the answers of a function.
 *
 * @param answer gets the filter of the request, for Envoy's internal names: `istiocustom.istio_requests_total.…`
 */
export function fakeConnection(answer: (filter: RegExp) => FakeAnswer | Promise<FakeAnswer>): ProxyConnection {
  return {
    async get(path, push) {
      const given = await answer(new RegExp(new URL(path, "http://proxy").searchParams.get("filter") ?? ""));
      if (typeof given === "object" && "failure" in given) return { ok: false, ...given, bytes: 0 };
      const text =
        typeof given === "string" ? given : Array.from(given, ([series, value]) => `${series} ${value}\n`).join("");
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 65_536)
        if (!(await push(bytes.subarray(at, at + 65_536))))
          return { ok: false, failure: "answer", sentence: "its answer was not read to the end", bytes: at };
      return { ok: true, bytes: bytes.length, isNewConnection: false };
    },
    close: () => undefined,
  };
}
