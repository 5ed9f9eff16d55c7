import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { componentDiff, lineDiff } from "./diff";

const anyLines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 5 });

test("a diff has both sides, and no line that is in both as changed more often than necessary", () => {
  fc.assert(
    fc.property(anyLines, anyLines, (before, after) => {
      fc.pre(before.join() !== after.join());
      const lines = lineDiff(before, after).trimEnd().split("\n");
      const side = (marks: string) =>
        lines.filter((line) => marks.includes(line.charAt(0))).map((line) => line.slice(1));
      // Lines far from a change are left out, as one line with dots.
      if (lines.includes(" …")) return;
      expect(before.join("").endsWith(side(" -").slice(-2).join("")) || side(" -").length < before.length).toBe(true);
      expect(before.filter((line) => !side(" -").includes(line)).every((line) => after.includes(line))).toBe(true);
      expect(after.filter((line) => !side(" +").includes(line)).every((line) => before.includes(line))).toBe(true);
    }),
  );
});

test("equal texts have no diff, and a change is shown with two lines around it", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7"];
  expect(lineDiff(before, before)).toBe("");
  expect(lineDiff(before, ["1", "2", "3", "x", "5", "6", "7"])).toBe(" 2\n 3\n-4\n+x\n 5\n 6\n");
});

test("the change of a component has its arguments, and nothing of what stays", () => {
  const anticipate = { periodSeconds: 604_800, leadSeconds: 600, periods: 3, growth: true };
  const schedule = [{ replicas: 8, from: 465, to: 0, days: [1, 2] }];
  expect(
    componentDiff(
      "web",
      { target: 10, minReplicas: 2 },
      { target: 8.5, minReplicas: 2, reaction: "Direct", scaleDown: "Fast", anticipate, schedule },
    ),
  ).toBe(
    [
      ' new TrafficAutoscaler("web", {',
      '+   reaction: "Direct",',
      "    metrics: [{",
      "-      requestsPerSecond: 10,",
      "+      requestsPerSecond: 8.5,",
      '+      anticipate: { period: "Week", lead: "10m", mode: "Act" },',
      "    }],",
      '+   behavior: { scaleDown: { pace: "Fast" } },',
      '+   schedules: [{ from: "07:45", to: "24:00", replicas: 8, days: ["Monday", "Tuesday"] }],',
      " });",
      "",
    ].join("\n"),
  );
  expect(componentDiff("web", { target: 10, minReplicas: 2 }, { target: 10, minReplicas: 3 })).toBe(
    ' new TrafficAutoscaler("web", {\n-   minReplicas: 2,\n+   minReplicas: 3,\n });\n',
  );
});
