import { describe, expect, test } from "@jest/globals";
import { unclaimed } from "../delegates/delegates.ts";
import { createKedaScene, ID, LABEL } from "./kedaScene.testing.ts";
import { readRequest, statusList, statusOfOne } from "./statusList.ts";

function scene(options: Parameters<typeof createKedaScene>[0] = {}) {
  const { sources, ...rest } = createKedaScene(options);
  return {
    ...rest,
    status: () => statusOfOne(sources, ID),
    async found(search: string) {
      const request = readRequest(new URLSearchParams({ search }));
      if ("mistake" in request) throw new Error(request.mistake);
      return (await statusList(sources, request)).matching;
    },
  };
}

const codes = (status: ReturnType<typeof statusOfOne>) => status?.problems.map(({ code }) => code);

describe("an HPA with metrics of a neighbour only", () => {
  test("is on the page, with the delegate and its last answer, and never the selector", async () => {
    const { status, serve, asked, found } = scene({ servedAtFirst: true });
    expect(status()).toMatchObject({ state: "steady", problems: [] });
    expect(status()?.metrics[1]).toMatchObject({
      ...{ name: "s0-prometheus", reading: { value: 38 }, delegate: { name: "keda" } },
    });
    const lastAnswer = { result: "200", value: "38", at: 50_000 };
    serve({ delegate: "keda", lastAnswer });
    expect(status()?.metrics.map(({ delegate }) => delegate)).toEqual([undefined, { name: "keda", lastAnswer }]);
    expect(JSON.stringify(status())).not.toContain(LABEL);
    // The registry keeps the selector, without which the delegate is not known.
    expect(asked[0]).toMatchObject({ matchLabels: { [LABEL]: "podinfo" } });
    expect([await found("keda podinfo"), await found("datadog")]).toEqual([1, 0]);
  });

  test("has ASM_METRIC_NOT_SERVED exactly while nobody serves its metric, whatever was true when it was read", () => {
    const late = scene();
    expect(codes(late.status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
    late.serve({ delegate: "keda" });
    expect(codes(late.status())).toEqual([]);
    const gone = scene({ servedAtFirst: true });
    expect(codes(gone.status())).toEqual([]);
    gone.serve({ problem: unclaimed({ metric: "s0-prometheus" }) });
    expect(codes(gone.status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
  });

  test("keeps the problem that was found when it was read if there are no delegates", () => {
    const { status } = scene({ hasDelegates: false });
    expect(codes(status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
    expect(status()?.problems[0]?.message).toContain("No source here serves");
  });
});
