import { ProblemError } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { createDelegateToken } from "./delegateToken.ts";

/** A token whose API server answers as `answer` says, and a clock that the test moves. */
function start(answer: (request: number) => unknown) {
  let now = 0;
  const requests: { method: string; path: string; body: unknown }[] = [];
  const token = createDelegateToken(
    {
      async call(method, path, options) {
        requests.push({ method, path, body: options?.body });
        return answer(requests.length);
      },
    },
    { monotonic: () => now },
    "metrics",
  );
  return { token, requests, pass: (ms: number) => (now += ms) };
}

const issued = (token: string, expirationSeconds = 3_600) => ({ spec: { expirationSeconds }, status: { token } });
const numbered = (request: number) => issued(`token-${request}`);
const problemOf = async (given: Promise<string>) => {
  const error = await given.catch((thrown: unknown) => thrown);
  if (!(error instanceof ProblemError)) throw new Error("there was no problem");
  return error.problem;
};
/** Lets a request in the background end. */
const settled = () => new Promise(setImmediate);
const MINUTE = 60_000;

test("one TokenRequest without an audience serves all reads of an hour's three quarters", async () => {
  const { token, requests, pass } = start(numbered);
  expect(await Promise.all([token.get(1_000), token.get(1_000)])).toEqual(["token-1", "token-1"]);
  pass(44 * MINUTE);
  expect(await token.get(1_000)).toBe("token-1");
  expect(requests).toEqual([
    {
      method: "POST",
      path: "/api/v1/namespaces/metrics/serviceaccounts/asm-metrics-adapter-delegates/token",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3_600 } },
    },
  ]);
});

test("a token is renewed in the background before it expires", async () => {
  const { token, requests, pass } = start(numbered);
  await token.get(1_000);
  pass(52 * MINUTE);
  expect(await token.get(1_000)).toBe("token-1");
  await settled();
  expect(await token.get(1_000)).toBe("token-2");
  expect(requests).toHaveLength(2);
});

test("the lifetime that the API server grants counts", async () => {
  const { token, pass } = start((request) => issued(`token-${request}`, 600));
  await token.get(1_000);
  pass(10 * MINUTE);
  expect(await token.get(1_000)).toBe("token-2");
});

test("while renewing fails, the token is used until it expires, and the API server is asked every 5 s", async () => {
  const { token, requests, pass } = start((request) => {
    if (request === 1) return issued("token-1");
    throw new KubernetesError(500, "POST: etcd is down");
  });
  await token.get(1_000);
  pass(59 * MINUTE);
  for (let read = 0; read < 10; read++) {
    expect(await token.get(1_000)).toBe("token-1");
    await settled();
  }
  expect(requests).toHaveLength(2);
  pass(MINUTE);
  const { code, message } = await problemOf(token.get(1_000));
  expect([code, message]).toEqual(["ASM_DELEGATE_TOKEN", expect.stringContaining("etcd is down")]);
  await problemOf(token.get(1_000));
  expect(requests).toHaveLength(3);
});

test.each([
  [404, /kubectl -n metrics create serviceaccount asm-metrics-adapter-delegates/],
  [403, /`create` of `serviceaccounts\/token` with the resourceName `asm-metrics-adapter-delegates`/],
])("HTTP %d is an error with its exact remedy, and reads recover", async (status, remedy) => {
  const { token, pass } = start((request) => {
    if (request > 1) return issued("token");
    throw new KubernetesError(status, "POST: refused");
  });
  expect((await problemOf(token.get(1_000))).remedy).toMatch(remedy);
  pass(5_000);
  expect(await token.get(1_000)).toBe("token");
});

test.each([
  {},
  issued(""),
  issued("two\r\nlines"),
  issued("x".repeat(16_385)),
  issued("token", 0),
  { status: { token: "token" } },
])("an answer without a usable token is an error that does not quote it", async (answer) => {
  const { message } = await problemOf(start(() => answer).token.get(1_000));
  expect(message).toMatch(/no usable token|no lifetime/);
  expect(message).not.toMatch(/two|xxx/);
});

test("a read does not wait longer for an API server that hangs, and the request goes on", async () => {
  let answer = (_: unknown) => {};
  const { token, requests } = start(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  expect((await problemOf(token.get(10))).message).toContain("did not answer within 0.01 s");
  answer(issued("token"));
  expect(await token.get(1_000)).toBe("token");
  expect(requests).toHaveLength(1);
});

test("a token that a delegate rejects is replaced, at most every 5 s, and used until then", async () => {
  const { token, requests, pass } = start(numbered);
  await token.get(1_000);
  token.rejected("token-1");
  expect(await token.get(1_000)).toBe("token-1");
  expect(requests).toHaveLength(1);
  pass(5_000);
  await token.get(1_000);
  await settled();
  expect(await token.get(1_000)).toBe("token-2");
  token.rejected("token-1");
  pass(5_000);
  await token.get(1_000);
  expect(requests).toHaveLength(2);
});
