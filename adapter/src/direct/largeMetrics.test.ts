import { expect, test } from "@jest/globals";
import { createLargeMetrics } from "./largeMetrics.ts";

const [REQUESTS, BUCKET] = ["istio_requests_total", "istio_request_bytes_bucket"];

test("a metric that is not too large is read, however fast the clock goes", () => {
  let now = 0;
  const large = createLargeMetrics(() => ++now);
  for (let index = 0; index < 100; index++) expect(large.without([REQUESTS, BUCKET])).toEqual([REQUESTS, BUCKET]);
});

test("a large metric is tried after a minute, and counts again after a whole history", () => {
  let now = 0;
  const large = createLargeMetrics(() => now);
  large.add(BUCKET, "it is too large");
  expect(large.without([REQUESTS, BUCKET])).toEqual([REQUESTS]);
  now = 60_000;
  expect(large.without([REQUESTS, BUCKET])).toEqual([REQUESTS, BUCKET]);
  for (; now <= 84_000; now += 2_000) {
    expect(large.of([BUCKET])).toMatchObject({ sentence: "it is too large" });
    large.stored([REQUESTS, BUCKET]);
  }
  expect(large.of([BUCKET])).toBeUndefined();
});
