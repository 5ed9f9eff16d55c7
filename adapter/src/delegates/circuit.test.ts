import { describe, expect, test } from "@jest/globals";
import { createCircuit } from "./circuit.ts";

const isDown = (result: string) => result === "down";

function setup() {
  let now = 0;
  const circuit = createCircuit(() => now, 1_000);
  let sent = 0;
  const send = (result: string | Promise<string>) =>
    circuit.run(async () => {
      sent++;
      return result;
    }, isDown);
  const fail = async (times: number) => {
    for (let index = 0; index < times; index++) await send("down");
  };
  return { circuit, send, fail, sent: () => sent, pass: (ms: number) => (now += ms) };
}

describe("the circuit breaker of a delegate", () => {
  test("opens after five requests in a row without an answer, and then sends nothing for five seconds", async () => {
    const { circuit, send, fail, sent, pass } = setup();
    await fail(4);
    expect(circuit.state()).toBe("closed");
    await fail(1);
    expect(circuit.state()).toBe("open");
    pass(4_999);
    expect(await send("answer")).toBe("open");
    expect(sent()).toBe(5);
  });

  test("stays closed while one of several metrics is answered", async () => {
    const { circuit, send, fail } = setup();
    for (let round = 0; round < 10; round++) {
      await fail(4);
      expect(await send("answer")).toBe("answer");
    }
    expect(circuit.state()).toBe("closed");
  });

  test("lets one trial pass, and those who wait for it pass if it is answered", async () => {
    const { circuit, send, fail, sent, pass } = setup();
    await fail(5);
    pass(5_000);
    expect(circuit.state()).toBe("half-open");
    const trial = Promise.withResolvers<string>();
    const first = send(trial.promise);
    const others = [send("answer"), send("answer")];
    expect(sent()).toBe(6);
    trial.resolve("answer");
    expect(await first).toBe("answer");
    expect(await Promise.all(others)).toEqual(["answer", "answer"]);
    expect(circuit.state()).toBe("closed");
  });

  test("opens again after a trial without an answer, and those who waited are not sent", async () => {
    const { circuit, send, fail, sent, pass } = setup();
    await fail(5);
    pass(5_000);
    const trial = Promise.withResolvers<string>();
    const first = send(trial.promise);
    const other = send("answer");
    trial.resolve("down");
    expect(await first).toBe("down");
    expect(await other).toBe("open");
    expect(circuit.state()).toBe("open");
    expect(sent()).toBe(6);
  });
});
