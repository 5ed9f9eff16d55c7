import { expect, test } from "@jest/globals";
import { emptySplit, offerRate, splitOver } from "./counters.ts";
import type { Dialect } from "./dialect.ts";
import { exposition, filterOf } from "./exposition.ts";
import type { MeshPod } from "./meshPod.ts";
import { podStreams, type Stream, senderStreams, waypointStreams } from "./streams.ts";

const podOf = (namespace: string, workload: string): MeshPod => ({
  ...{ uid: workload, name: workload, address: "127.40.0.1", hasSidecar: true, ready: true, namespace, workload },
  ...{ serviceAccount: workload, app: workload },
});
const gateway = podOf("istio-system", "istio-ingressgateway");
const web = podOf("shop", "web");
const destination = { namespace: "shop", workload: "web", service: "web", sender: gateway };

/** What a proxy shows after two seconds of 10 requests per second, of which the second one found a pod. */
function shown(streamsOf: (split: ReturnType<typeof emptySplit>) => Stream[], dialect: Dialect, filter: string) {
  const split = splitOver(offerRate(emptySplit(0), 0, 10), 1, new Map([["web", true]]));
  const series = streamsOf(split).map(({ labels, at }) => ({ labels, requests: at(2).ended }));
  return exposition(series, { dialect, filter: filterOf(filter) });
}

test.each(["new", "old"] as const)(
  "a gateway counts what it sends by the Service, also without a pod (%s)",
  (dialect) => {
    const host = "\\.(shop)\\.svc\\.cluster\\.local";
    const filter = `(istio_requests_total).*(${host})|(${host}).*(istio_requests_total)`;
    const text = shown((split) => senderStreams(gateway, destination, split), dialect, filter);
    const lines = text.split("\n").filter((line) => line.startsWith("istio_requests_total{"));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toContain('reporter="source"');
      expect(line).toContain('source_workload="istio-ingressgateway"');
      expect(line).toContain('destination_service="web.shop.svc.cluster.local"');
      expect(line).toMatch(/ 10$/);
    }
    expect(lines.filter((line) => line.includes('destination_workload="web"'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('destination_workload="unknown"'))).toHaveLength(1);
    expect(
      shown((split) => senderStreams(gateway, destination, split), dialect, filter.replaceAll("shop", "bank")),
    ).toBe("");
  },
);

test("the sidecar behind a gateway counts the gateway as the source", () => {
  const text = shown((split) => podStreams(web, destination, split), "new", "istio_requests_total");
  expect(text).toMatch(/reporter="destination",source_workload="istio-ingressgateway".* 10\n/);
});

test("a waypoint counts as a reporter of its own, for a client that has no sidecar", () => {
  const through = { namespace: "shop", workload: "web", service: "web", waypoint: podOf("shop", "waypoint") };
  const text = shown((split) => waypointStreams(through, split), "new", "istio_requests_total.reporter.waypoint");
  expect(text).toMatch(/reporter="waypoint",source_workload="loadtester".*destination_workload="web".* 10\n/);
  expect(text).toMatch(
    /destination_workload="unknown".*destination_service="web.shop.svc.cluster.local".*"503".* 10\n/,
  );
});
