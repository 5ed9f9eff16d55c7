import { expect, test } from "@jest/globals";
import { ApiError, NoSuchKind } from "./cluster.ts";
import { retried } from "./create.ts";

const notFound = new ApiError(404, { message: 'namespaces "late" not found' }, "POST /");

/** Attempts that fail with these errors one after the other, and then succeed, and the pauses between them. */
async function outcome(errors: readonly Error[]): Promise<{ result: unknown; pauses: number[] }> {
  const pauses: number[] = [];
  const left = [...errors];
  const attempt = async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return "created";
  };
  const result = await retried(attempt, async (seconds) => pauses.push(seconds)).catch((error: unknown) => error);
  return { result, pauses };
}

test("an object waits for its namespace and its kind, and longer each time", async () => {
  const noKind = new NoSuchKind({ apiVersion: "example.com/v1", kind: "Late" });
  expect(await outcome([notFound, noKind])).toEqual({ result: "created", pauses: [1, 2] });
});

test("a namespace that is missing is an error after about a minute", async () => {
  const { result, pauses } = await outcome(Array.from({ length: 6 }, () => notFound));
  expect(result).toBe(notFound);
  expect(pauses.reduce((sum, seconds) => sum + seconds)).toBe(63);
});

test("what the API server rejects for another reason is not sent again", async () => {
  const forbidden = new ApiError(403, { message: "forbidden" }, "POST /");
  expect(await outcome([forbidden])).toEqual({ result: forbidden, pauses: [] });
});
