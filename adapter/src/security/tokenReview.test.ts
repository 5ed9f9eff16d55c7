import { beforeEach, expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes.ts";
import { createTokenReviewer } from "./tokenReview.ts";

let clock: number;
let asked: unknown[];
let answer: () => unknown;
let review: ReturnType<typeof createTokenReviewer>;

beforeEach(() => {
  clock = 0;
  asked = [];
  answer = () => ({
    status: {
      authenticated: true,
      user: { username: "robot", uid: "9", groups: ["g"], extra: { k: ["v"] } },
    },
  });
  review = createTokenReviewer(
    {
      async call(method, path, options) {
        expect([method, path]).toEqual(["POST", "/apis/authentication.k8s.io/v1/tokenreviews"]);
        asked.push(options?.body);
        return answer();
      },
    },
    () => clock,
  );
});

test("a good token is its user's, who is authenticated, and is asked about once in ten seconds", async () => {
  const many = await Promise.all(Array.from({ length: 50 }, async () => review("t")));
  expect(many[0]).toEqual({
    identity: { user: "robot", uid: "9", groups: ["g", "system:authenticated"], extra: new Map([["k", ["v"]]]) },
  });
  expect(asked).toEqual([{ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "t" } }]);
  clock = 9999;
  expect(review("t")).not.toBeInstanceOf(Promise);
  clock = 10_000;
  answer = () => ({ status: { authenticated: false } });
  expect(await review("t")).toEqual({});
  expect(asked).toHaveLength(2);
});

test("a bad token is remembered as such, another one is not that token", async () => {
  answer = () => ({ status: { authenticated: false } });
  expect(await review("bad")).toEqual({});
  expect(await review("bad")).toEqual({});
  expect(asked).toHaveLength(1);
  await review("bad2");
  expect(asked).toHaveLength(2);
});

test("an error is an error, is not kept, and holds no token", async () => {
  answer = () => ({ status: { authenticated: true, error: "token s3cret is odd", user: { username: "robot" } } });
  const error = await Promise.resolve(review("s3cret")).then(String, String);
  expect(error).toContain("the API server finds an error in the token");
  expect(error).not.toContain("s3cret");
  answer = () => {
    throw new KubernetesError(403, "no");
  };
  await expect(review("s3cret")).rejects.toThrow("no");
  expect(asked).toHaveLength(2);
});
