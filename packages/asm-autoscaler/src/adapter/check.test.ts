import { expect, test } from "@jest/globals";
import { mistakesOf } from "../../testing/mistakesOf";
import { prometheus } from "../../testing/recordAdapter";
import { recordStack } from "../../testing/recordStack";
import { MetricsAdapter, type MetricsAdapterArgs } from ".";

const refused = (args: MetricsAdapterArgs) => mistakesOf(() => new MetricsAdapter("metrics", args));

test("all mistakes at once, each with its path, before anything is registered", async () => {
  const stack = await recordStack(() =>
    expect(
      refused({
        namespace: "Kube System",
        prometheus: { url: "prometheus:9090" },
        replicas: 0,
        image: "https://registry.example/x",
        imagePullSecrets: ["right", "not right"],
      }),
    ).toEqual([
      ["namespace", "ASM_NAME_INVALID"],
      ["prometheus.url", "ASM_URL_INVALID"],
      ["replicas", "ASM_COUNT_INVALID"],
      ["image", "ASM_IMAGE_INVALID"],
      ["imagePullSecrets[1]", "ASM_NAME_INVALID"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("an image and a mirror for another image", () => {
  expect(refused({ prometheus, image: "a/b", imageRegistry: "c" })).toEqual([["imageRegistry", "ASM_IMAGE_TWICE"]]);
});

test.each(["", "not a url", "ftp://x", "http://x/?a=1", "http://x/#a"])("the Prometheus URL %j", (url) => {
  expect(refused({ prometheus: { url } })).toEqual([["prometheus.url", "ASM_URL_INVALID"]]);
});

test.each([
  ["http://jane:hunter2@x", "holds credentials"],
  ["http://x/?token=hunter2", "has a query"],
  ["jane:hunter2@x", "is no http or https URL"],
])("what may be a secret in %s is not repeated by the error", (url, why) => {
  const withSecret = () => new MetricsAdapter("metrics", { prometheus: { url } });
  expect(withSecret).toThrow(`ASM_URL_INVALID: The URL of Prometheus ${why}`);
  expect(withSecret).not.toThrow("hunter2");
});
