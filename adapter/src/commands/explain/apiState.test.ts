import { expect, test } from "@jest/globals";
import { type Kubernetes, KubernetesError } from "../../kubernetes/client.ts";
import { readServed } from "./apiState.ts";

/** What is said of a metric whose read fails with a message. */
async function problemOf(message: string) {
  const kubernetes: Pick<Kubernetes, "call"> = {
    call: () => Promise.reject(new KubernetesError(503, message)),
  };
  const value = await readServed(kubernetes as Kubernetes, "shop", "rps", "");
  return value.kind === "problem" ? value.problem : undefined;
}

test("the adapter's sentence is found behind the API server's words", async () => {
  expect(await problemOf("error on the server: ASM_NO_DATA: no sample. Wait.")).toMatchObject({
    code: "ASM_NO_DATA",
    message: "no sample. Wait.",
  });
});

test("a message of 200,000 half codes is searched at once", async () => {
  const message = "ASM_A".repeat(200_000);
  const began = performance.now();
  expect(await problemOf(message)).toMatchObject({ code: "" });
  expect(performance.now() - began).toBeLessThan(1_000);
});
