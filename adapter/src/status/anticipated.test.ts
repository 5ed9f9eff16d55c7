import { describe, expect, test } from "@jest/globals";
import { beyondMaximum } from "./anticipated.ts";
import { createAnticipatedScene } from "./anticipatedScene.testing.ts";
import { statusList, statusOfOne } from "./statusList.ts";

const NOW = 1_000_000_000;
function scene(mode: "observe" | "act") {
  const { read, sources, step } = createAnticipatedScene(mode, NOW);
  const shown = (periods?: number) => {
    const found = statusOfOne(
      { ...sources, ...(periods === undefined ? {} : { periodsWithHistory: () => periods }) },
      "shop/web",
    );
    if (!found) throw new Error("the HPA is not shown");
    return found;
  };
  return { read, sources, step, shown };
}

describe("what is only observed", () => {
  test("is shown with its load, in pods and with its history, and is no metric", () => {
    const { read, shown } = scene("observe");
    read(0, [30, 80], 3);
    const hpa = shown(2);
    expect(hpa.metrics).toHaveLength(1);
    expect(hpa.replicas).toMatchObject({ current: 3, next: 3, wanted: 3 });
    expect(hpa.metrics[0]?.anticipated).toEqual({
      name: "rps-ahead",
      key: "metric-config.external.prometheus-query.prometheus/rps-ahead",
      mode: "observe",
      reading: { value: 80, evaluatedAt: NOW - 2_000 },
      replicas: 8,
      added: 5,
      periodsWithHistory: 2,
      sentence:
        "80 requests per second anticipated in the next 10m, for 8 pods. That is 5 pods more than its other metrics ask for. It is only observed: it does not scale. Compared with 3 days, of which 2 have history.",
    });
  });

  test("is drawn next to what came", () => {
    const { read, shown, step } = scene("observe");
    read(0, [30, 80], 3);
    step();
    read(0, [70, 80], 3);
    const { readings, anticipated } = shown().metrics[0]?.history ?? {};
    expect(readings?.slice(-2)).toEqual([30, 70]);
    expect(anticipated?.slice(-2)).toEqual([80, 80]);
  });

  test("adds no pod where its load already asks for more", () => {
    const { read, shown } = scene("observe");
    read(0, [95, 80], 3);
    expect(shown().metrics[0]?.anticipated).toMatchObject({ replicas: 8, added: 0 });
    expect(shown().metrics[0]?.anticipated?.sentence).toContain("no pod more");
  });

  test("says that it has no reading, without a fault of the HPA", async () => {
    const { read, shown, sources } = scene("observe");
    read(0, [30], 3);
    expect(shown().metrics[0]?.anticipated?.sentence).toMatch(/^No reading of what is anticipated in the next 10m\./);
    expect(shown().state).toBe("steady");
    const list = await statusList(sources, { search: "", sort: "attention", isDescending: false, page: 1, limit: 10 });
    expect(list.faulty).toBe(0);
  });

  test("is not current after two minutes without a reading", () => {
    const { read, shown, step } = scene("observe");
    read(0, [30, 80], 3);
    for (let count = 0; count < 8; count += 1) step();
    expect(shown().metrics[0]?.anticipated).not.toHaveProperty("reading");
  });
});

test("what acts is compared with the other metrics, and is a metric itself", () => {
  const { read, shown } = scene("act");
  read(0, [30, 80], 3);
  const hpa = shown();
  expect(hpa.metrics).toHaveLength(2);
  expect(hpa.replicas.wanted).toBe(8);
  expect(hpa.metrics[0]?.anticipated).toMatchObject({ mode: "act", replicas: 8, added: 5 });
});

test("a load beyond the maximum is known, and said", () => {
  const { read, shown, sources } = scene("observe");
  read(0, [30, 130], 3);
  expect(shown().metrics[0]?.anticipated).toMatchObject({ replicas: 13, added: 7 });
  expect(shown().metrics[0]?.anticipated?.sentence).toContain("It is more than its maximum of 10.");
  const record = sources.records.of("shop/web");
  const ahead = record?.metrics.find(({ spec }) => spec.anticipates !== undefined);
  expect(record && ahead && beyondMaximum(record, ahead.spec)).toEqual({ wanted: 13, most: 10 });
  read(0, [130, 90], 3);
  expect(record && ahead && beyondMaximum(record, ahead.spec)).toBeUndefined();
});
