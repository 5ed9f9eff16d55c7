import { expect, test } from "@jest/globals";
import { injectionPatch, reviewAnswer } from "./admission.ts";
import { sidecarContainer } from "./sidecar.ts";

const pod = (labels: Record<string, string> = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "app" }] },
});

test("a pod gets the sidecar whose port the library's scrape job looks for", () => {
  expect(injectionPatch(pod())).toEqual([{ op: "add", path: "/spec/containers/-", value: sidecarContainer }]);
  expect(sidecarContainer.ports).toEqual([{ containerPort: 15090, name: "http-envoy-prom", protocol: "TCP" }]);
});

test("a pod that refuses, or has one, gets none", () => {
  expect(injectionPatch(pod({ "sidecar.istio.io/inject": "false" }))).toEqual([]);
  expect(injectionPatch({ spec: { containers: [{ name: "app" }, { name: "istio-proxy" }] } })).toEqual([]);
});

test("a review is allowed under its own uid, with the patch in base64", () => {
  const { response } = reviewAnswer(JSON.stringify({ request: { uid: "42", object: pod() } }));
  expect(response).toMatchObject({ uid: "42", allowed: true, patchType: "JSONPatch" });
  expect(JSON.parse(Buffer.from(response.patch ?? "", "base64").toString())).toEqual(injectionPatch(pod()));
  const refused = reviewAnswer(
    JSON.stringify({ request: { uid: "43", object: pod({ "sidecar.istio.io/inject": "false" }) } }),
  );
  expect(refused.response).toEqual({ uid: "43", allowed: true });
});
