import { Agent } from "node:https";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Fixture, METRIC_PATH, startFixture } from "./api/fixture.testing.ts";
import { createHealth } from "./api/health.ts";
import { drain } from "./drain.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.server.close());

test("a client with pooled connections reads without a failure from before the end until it has gone elsewhere", async () => {
  const agent = new Agent({ keepAlive: true });
  const read = () => fixture.get(METRIC_PATH, { agent });
  const open = await Promise.all([read(), read(), read()]);
  expect(open.map(({ headers }) => headers.connection)).toEqual(["keep-alive", "keep-alive", "keep-alive"]);

  let goneElsewhere: () => void = () => {};
  const noticed = new Promise<void>((resolve) => {
    goneElsewhere = resolve;
  });
  const health = createHealth([]);
  const drained = drain(fixture.server, health, noticed);
  expect(health.failing("readyz")).toEqual(["shutdown"]);
  // The pooled connections, then new ones: none is refused, and each is told to end.
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all([read(), read(), read()]);
    expect(answers.map(({ status, headers }) => [status, headers.connection])).toEqual(Array(3).fill([200, "close"]));
  }
  goneElsewhere();
  await drained;
  await expect(read()).rejects.toThrow(/ECONNREFUSED/);
  agent.destroy();
});
