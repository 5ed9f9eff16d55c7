import { describe, expect, test } from "@jest/globals";
import { createExpositionReader } from "./exposition.ts";
import { createNamespaceShare } from "./namespaceShare.ts";

const REQUESTS = "istio_requests_total";
const BUCKET = "istio_request_duration_milliseconds_bucket";

const ENDED = { ok: true, bytes: 0, isNewConnection: false } as const;

function readerOf(metrics: readonly string[]) {
  const share = createNamespaceShare(() => 0);
  return { share, reader: createExpositionReader([{ metrics, wanted: { reporter: "destination" }, share }], share) };
}

/** Reads a text in chunks of some bytes. */
function read(text: string, chunkBytes = 1_000_000) {
  const { share, reader } = readerOf([REQUESTS, BUCKET]);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes));
  const [exposition] = reader.end(ENDED);
  if (!exposition?.ok) return exposition;
  return { samples: [...exposition.values].map(([series, value]) => ({ ...share.names.of(series)?.labels, value })) };
}

const line = (labels: string, value: string) => `${REQUESTS}{reporter="destination",${labels}} ${value}\n`;

describe("the reader of Envoy's text", () => {
  test("gives the wanted samples, however the bytes are cut", () => {
    const text = [
      `# TYPE ${REQUESTS} counter\r\n${line('source_workload="grüße",response_code="200"', "12")}\r\n`,
      `# TYPE ${BUCKET} histogram\n${BUCKET}{reporter="destination",le="+Inf"} 1.5e3 1700000000000\n`,
      `# TYPE ${REQUESTS} counter\n${line('response_code="503",', "1")}istio_requests_total_more{a="b"} 1\n`,
      `envoy_cluster_upstream_rq_total{reporter="destination"} 5\n`,
    ].join("");
    const expected = [
      { reporter: "destination", source_workload: "grüße", response_code: "200", value: 12 },
      { reporter: "destination", le: "+Inf", value: 1500 },
      { reporter: "destination", response_code: "503", value: 1 },
    ];
    for (const bytes of [1, 2, 3, 7, 64, 100_000]) expect(read(text, bytes)).toEqual({ samples: expected });
  });

  test("reads escapes, braces and commas in values, and empty values", () => {
    const labels = String.raw`a="}",b="x,y=\"z\"",c="\\",d="line\nfeed",e="",f="} 7"`;
    const values = { a: "}", b: 'x,y="z"', c: "\\", d: "line\nfeed", e: "", f: "} 7" };
    expect(read(line(labels, "3"))).toEqual({ samples: [{ reporter: "destination", ...values, value: 3 }] });
  });

  test("a duplicate series has its last value", () => {
    expect(read(line('a="b"', "3") + line('a="b"', "4"))).toEqual({
      samples: [{ reporter: "destination", a: "b", value: 4 }],
    });
  });

  test("a wanted line that cannot be read fails the answer, and its values are not told", () => {
    const bad = [
      line('a="secret"y"', "1"),
      line('a="secret', "1"),
      line('a="secret" b="y"', "1"),
      line('a="secret"', "NaN"),
      line('a="secret"', "+Inf"),
      line('a="secret"', "-1"),
      line('a="secret"', "0x10"),
      line('a="secret"', ""),
      `${REQUESTS}{reporter="destination",a="secret" 5\n`,
      `${REQUESTS}{reporter="source",a="\\",reporter="destination"} 1\n`,
    ];
    for (const text of bad)
      expect(read(line('ok="1"', "1") + text + line('ok="2"', "1"), 100)).toEqual({
        ok: false,
        failure: "answer",
        sentence: `line 2 of its answer, a sample of ${REQUESTS}, cannot be read`,
      });
  });

  test("a wanted line without a reporter fails the answer, and one with another reporter is skipped", () => {
    expect(read(`${REQUESTS}{reporter="source",a="b"} 1\n`)).toEqual({ samples: [] });
    for (const text of [`${REQUESTS}{} 1\n`, `${REQUESTS} 1\n`, `${REQUESTS}{a="b"} 1\n`])
      expect(read(line('ok="1"', "1") + text)).toEqual({
        ok: false,
        failure: "labels",
        sentence: `line 2 of its answer, a sample of ${REQUESTS}, has no label reporter`,
      });
  });

  test("a line that is longer than any of Istio fails the answer, whatever it is and however it is cut", () => {
    const long = [line(`a="${"x".repeat(20_000)}"`, "1"), `# ${"x".repeat(20_000)}\n`, "x".repeat(20_000)];
    for (const text of long)
      for (const bytes of [1_000, 5_000, 1_000_000]) expect(read(text, bytes)).toMatchObject({ failure: "large" });
  });

  test("an answer whose last line has no end is discarded", () => {
    const whole = line('a="b"', "31") + line('a="c"', "12");
    for (let cut = 1; cut < whole.length; cut++) {
      const isLineEnd = whole[cut - 1] === "\n";
      expect("samples" in (read(whole.slice(0, cut)) ?? {})).toBe(isLineEnd);
    }
    expect(read("")).toEqual({ samples: [] });
  });

  test("gives up the histogram with the most series if there are too many, and the requests last", () => {
    const { reader } = readerOf([REQUESTS, BUCKET]);
    const many = (metric: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${metric}{reporter="destination",a="${index}"} 1\n`).join("");
    reader.push(Buffer.from(many(BUCKET, 1_500) + many(REQUESTS, 1_500)));
    const [reduced] = reader.end(ENDED);
    expect(reduced).toMatchObject({ large: new Map([[BUCKET.replace("_bucket", ""), expect.any(String)]]) });
    expect(reduced?.ok && reduced.values.size).toBe(1_500);
    reader.push(Buffer.from(many(REQUESTS, 2_001)));
    const [none] = reader.end(ENDED);
    expect(none?.ok && [none.values.size, none.large.get(REQUESTS)]).toEqual([
      0,
      "its answer has more than 2000 series",
    ]);
  });

  test("takes time in proportion to the bytes, whatever they are", () => {
    const hostile = [`${REQUESTS}{`.repeat(20_000), `${REQUESTS}{reporter="destination",${'a="\\'.repeat(2_000)}} 1\n`];
    hostile.push('{reporter="destination"'.repeat(20_000), "\n".repeat(1_000_000), `${REQUESTS} `.repeat(30_000));
    const longestTurn = (bytes: Buffer) => {
      const { reader } = readerOf([REQUESTS]);
      let longest = 0;
      for (let at = 0; at < bytes.length; at += 65_536) {
        const began = performance.now();
        reader.push(bytes.subarray(at, at + 65_536));
        longest = Math.max(longest, performance.now() - began);
      }
      return longest;
    };
    for (const text of hostile) {
      const bytes = Buffer.from(text);
      // The best of five: other processes of the machine make some turns longer.
      const turns = Array.from({ length: 5 }, () => longestTurn(bytes));
      expect(Math.min(...turns)).toBeLessThan(50);
    }
  });
});

test("each user gets the series of its namespace, and an ambiguous line fails those that it names", () => {
  const share = createNamespaceShare(() => 0);
  const users = [{}, { namespace: "shop" }, { namespace: "bank" }, { namespace: "other" }].map((of) => ({
    ...{ metrics: [REQUESTS], share, wanted: { reporter: "destination", ...of } },
  }));
  const valuesOf = (text: string) => {
    const reader = createExpositionReader(
      users,
      createNamespaceShare(() => 0),
    );
    reader.push(Buffer.from(text));
    return reader.end(ENDED).map((one) => (one.ok ? [...one.values.values()] : one.failure));
  };
  const label = (namespace: string) => `destination_workload_namespace="${namespace}"`;
  const text = line(label("shop"), "1") + line(label("bank"), "2") + line('a="b"', "3");
  expect(valuesOf(text)).toEqual([[1, 2, 3], [1], [2], []]);
  const forged = line(`source_app="x",${label("bank")},${label("shop")}`, "4");
  expect(valuesOf(text + forged)).toEqual([[1, 2, 3, 4], "answer", "answer", []]);
});
