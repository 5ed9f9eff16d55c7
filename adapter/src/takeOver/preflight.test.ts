import { describe, expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { APIS, KEDA, order, takeOverScene } from "./takeOver.testing.ts";

describe.each(APIS)("of %s", (_name, api) => {
  /** A scene in which the present owner answers each read like this, and this adapter serves nothing unless it is named. */
  async function scene(answer: () => unknown, ours: string[] = []) {
    const scene = await takeOverScene(api);
    scene.cluster.order = order();
    scene.cluster.hpas = [api.hpa("web", "requests")];
    scene.cluster.metric = answer;
    scene.serves.ours = new Set(ours);
    await scene.look(8, scene.start());
    return { owner: scene.cluster.apiService?.owner, message: scene.data()["message"] };
  }

  const fails = (status: number, message: string) => () => {
    throw new KubernetesError(status, `GET /path: ${message}`);
  };

  const UNKNOWN: [string, () => unknown][] = [
    ["a time-out", fails(0, "The operation was aborted due to timeout")],
    ["500", fails(500, "Internal error occurred: unable to fetch metrics")],
    ["503", fails(503, "service unavailable")],
    ["429", fails(429, "too many requests")],
    [
      "an answer that is not JSON",
      () => {
        throw new SyntaxError("Unexpected token <");
      },
    ],
    ["an answer without a list", () => ({ kind: "Status" })],
  ];

  describe("before a take-over", () => {
    test.each(UNKNOWN)("%s of the present owner is not known: the adapter waits and says so", async (_, answer) => {
      const { owner, message } = await scene(answer);
      expect(owner).toBe(KEDA);
      expect(message).toMatch(
        new RegExp(
          `^ASM_TAKE_OVER_UNKNOWN: HPA test/web might lose the ${api.words("requests")}: .*${KEDA} serves it, ` +
            "which answers: .*this adapter answers: ASM_METRIC_NOT_SERVED",
        ),
      );
    });

    test.each(UNKNOWN)("%s of the present owner does not matter if this adapter has a value", async (_, answer) => {
      expect((await scene(answer, ["requests"])).owner).toBe("adapter");
    });

    test.each([
      ["404", fails(404, "the server could not find the metric")],
      ["an empty list", () => ({ items: [] })],
      ["KEDA's answer without its label", fails(500, "scaledObject name is not specified")],
      ["Datadog's answer to an unknown metric", fails(500, "DatadogMetric not found for metric name: requests, …")],
    ])("%s of the present owner says that it does not serve the metric", async (_, answer) => {
      expect((await scene(answer)).owner).toBe("adapter");
    });

    test.each([401, 403])("%i says which right is missing", async (status) => {
      const { owner, message } = await scene(fails(status, "refused"));
      expect(owner).toBe(KEDA);
      expect(message).toMatch(/^ASM_TAKE_OVER_FAILED: .*may not read.* `(list|get)` of all resources/);
    });

    test("an error that this adapter passes on from the same adapter is no loss: the HPA gets it before and after", async () => {
      // What the scene answers for a metric that it does not serve.
      expect((await scene(fails(404, "ASM_METRIC_NOT_SERVED: nobody serves it"))).owner).toBe("adapter");
      const broken = await takeOverScene(api);
      broken.cluster.order = order();
      broken.cluster.hpas = [api.hpa("web", "requests")];
      broken.cluster.metric = fails(500, "unable to get the query result");
      broken.serves.error = { status: 500, message: "unable to get the query result" };
      await broken.look(8, broken.start());
      expect(broken.cluster.apiService?.owner).toBe("adapter");
    });
  });
});
