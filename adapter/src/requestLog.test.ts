import { expect, test } from "@jest/globals";
import type { RequestEntry } from "./api/server.ts";
import type { Log, LogFields } from "./kubernetes/log.ts";
import { createRequestLog } from "./requestLog.ts";

test("unauthenticated clients cannot fill the log, and what is left out is counted", () => {
  const lines: LogFields[] = [];
  const note = (fields: LogFields) => void lines.push(fields);
  const log: Log = { info: note, warn: note, error: note };
  let now = 0;
  const write = createRequestLog(log, () => now);
  const entry: RequestEntry = { method: "GET", path: "/", status: 403, milliseconds: 1 };
  for (let request = 0; request < 10_000; request++) write(entry);
  expect(lines).toHaveLength(50);
  write({ ...entry, user: "somebody" });
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toMatchObject({ user: "somebody", leftOut: 9_950 });
  now += 1_000;
  write(entry);
  write(entry);
  expect(lines).toHaveLength(52);
  expect(lines.at(-1)).not.toHaveProperty("leftOut");
});
