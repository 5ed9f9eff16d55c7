import { describe, expect, test } from "@jest/globals";
import { domainOf, pathOf, requestsOf, type Selection } from "./selections.ts";

const METRIC = "istio_requests_total";
const select = (domain?: string, stat = METRIC): Selection => ({ stat, domain });
const filterOf = (selections: readonly Selection[]) =>
  new RegExp(new URL(pathOf(selections), "http://sidecar").searchParams.get("filter") ?? "");

describe("the filter of a request", () => {
  test("has the names of metrics inside Envoy", () => {
    expect(pathOf([select(undefined, "istio_request_duration_milliseconds"), select()])).toBe(
      "/stats/prometheus?filter=istio_request_duration_milliseconds%7Cistio_requests_total",
    );
  });

  test("has the domains, in the names that new and old Istio write", () => {
    const domains = [".shop.svc.cluster.local", ".bank.svc.cluster.local", ".shop.svc.example", ".local"];
    const ofNew = (host: string, stat = METRIC) =>
      `istiocustom.${stat}.reporter.source.destination_service.${host}.response_code.503`;
    const ofOld = (host: string, stat = METRIC) =>
      `reporter=.=source;.;destination_service=.=${host};.;response_code=.=503;.;_${stat}`;
    for (const filter of [
      filterOf(domains.slice(0, 2).map((domain) => select(domain))),
      filterOf(domains.map((domain) => select(domain))),
    ])
      for (const name of [ofNew, ofOld]) {
        expect(filter.test(name("web.shop.svc.cluster.local"))).toBe(true);
        expect(filter.test(name("web.bank.svc.cluster.local"))).toBe(true);
        expect(filter.test(name("web.shop.svc.cluster.local", "istio_request_bytes"))).toBe(false);
      }
    const shop = filterOf([select(domains[0]), select(domains[1], "istio_request_bytes")]);
    for (const name of [ofNew, ofOld]) {
      expect(shop.test(name("web.shop-svc.cluster.local"))).toBe(false);
      expect(shop.test(name("web.bank.svc.cluster.local"))).toBe(false);
      expect(shop.test(name("web.bank.svc.cluster.local", "istio_request_bytes"))).toBe(true);
    }
    expect(shop.test("cluster.outbound|80||web.shop.svc.cluster.local.upstream_cx_total")).toBe(false);
  });
});

describe("the requests for what is wanted", () => {
  const many = Array.from({ length: 100 }, (_, index) => select(`.namespace-${index}.svc.cluster.local`));

  test("are one while the answer is small, and a domain is part of the answer for all", () => {
    expect(requestsOf([...many, ...many], () => 9_000)).toEqual([many]);
    expect(requestsOf([...many, select()], () => 0)).toEqual([[select()]]);
    expect(pathOf(many).length).toBeLessThan(12_000);
  });

  test("are more if the answer is large, and what is too large is alone", () => {
    const sizes = requestsOf(many, () => 45_000).map(({ length }) => length);
    expect(sizes).toEqual([23, 23, 23, 23, 8]);
    const [first, ...others] = many;
    expect(requestsOf(many, (one) => (one === first ? 2e6 : 0))).toEqual([others, [first]]);
    expect(requestsOf([...others, select()], ({ domain }) => (domain ? 0 : 2e6))).toEqual([others, [select()]]);
  });

  test("have a bounded length", () => {
    const long = Array.from({ length: 200 }, (_, index) => select(`.${`n${index}`.padEnd(60, "-.")}x`));
    const paths = requestsOf(long, () => 0).map((one) => pathOf(one).length);
    expect(paths.length).toBeGreaterThan(2);
    expect(Math.max(...paths)).toBeLessThan(14_000);
  });
});

test("the domain of a Service is what follows its name", () => {
  expect(domainOf("web.shop.svc.cluster.local")).toBe(".shop.svc.cluster.local");
  for (const host of [undefined, "web", "a b.c", "x".repeat(300), ".a", 'a.".*'])
    expect(domainOf(host)).toBeUndefined();
});
