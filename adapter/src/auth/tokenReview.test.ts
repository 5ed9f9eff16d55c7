import { beforeEach, describe, expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { TooManyReviews } from "./reviewCache.ts";
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
  const many = await Promise.all(Array.from({ length: 50 }, async () => review("t", "10.0.0.1")));
  expect(many[0]).toEqual({
    identity: { user: "robot", uid: "9", groups: ["g", "system:authenticated"], extra: new Map([["k", ["v"]]]) },
  });
  expect(asked).toEqual([{ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "t" } }]);
  clock = 9999;
  expect(review("t", "10.0.0.1")).not.toBeInstanceOf(Promise);
  clock = 10_000;
  answer = () => ({ status: { authenticated: false } });
  expect(await review("t", "10.0.0.1")).toEqual({});
  expect(asked).toHaveLength(2);
});

test("a bad token is remembered as such, another one is not that token", async () => {
  answer = () => ({ status: { authenticated: false } });
  expect(await review("bad", "10.0.0.1")).toEqual({});
  expect(await review("bad", "10.0.0.1")).toEqual({});
  expect(asked).toHaveLength(1);
  await review("bad2", "10.0.0.1");
  expect(asked).toHaveLength(2);
});

test("an error is an error, is not kept, and holds no token", async () => {
  answer = () => ({ status: { authenticated: true, error: "token s3cret is odd", user: { username: "robot" } } });
  const error = await Promise.resolve(review("s3cret", "10.0.0.1")).then(String, String);
  expect(error).toContain("the API server finds an error in a token that it calls good");
  expect(error).not.toContain("s3cret");
  answer = () => {
    throw new KubernetesError(403, "no");
  };
  await expect(review("s3cret", "10.0.0.1")).rejects.toThrow("no");
  expect(asked).toHaveLength(2);
});

test("a token that is refused with an error is asked about again after a second", async () => {
  answer = () => ({ status: { error: "the issuer cannot be reached" } });
  expect(await review("t", "10.0.0.1")).toEqual({ doubtful: true });
  clock = 999;
  expect(await review("t", "10.0.0.1")).toEqual({ doubtful: true });
  expect(asked).toHaveLength(1);
  clock = 1000;
  answer = () => ({ status: { authenticated: true, user: { username: "robot" } } });
  expect(await review("t", "10.0.0.1")).toMatchObject({ identity: { user: "robot" } });
});

describe("in a flood of made-up tokens", () => {
  const honest = ["10.0.1.1", "10.0.1.2", "10.0.1.3"];
  /** The API server answers when it is told to, and knows tokens that begin so. */
  let waiting: (() => void)[];
  const answerAll = () => {
    for (const go of waiting.splice(0)) go();
  };
  const outcome = async (token: string, source: string) => {
    try {
      return (await review(token, source)).identity ? "good" : "unknown";
    } catch (error) {
      return error instanceof TooManyReviews ? "not reviewed" : error;
    }
  };

  beforeEach(() => {
    waiting = [];
    review = createTokenReviewer(
      {
        call: (_method, _path, options) =>
          new Promise((resolve) => {
            const { token } = (options as { body: { spec: { token: string } } }).body.spec;
            const authenticated = token.startsWith("good");
            waiting.push(() => resolve({ status: { authenticated, user: { username: token } } }));
          }),
      },
      () => clock,
    );
  });

  test("of one source it has eight under review, and good tokens of others are all found good", async () => {
    const flood = Array.from({ length: 500 }, (_, index) => outcome(`bad-${index}`, "10.6.6.6"));
    const good = honest.map((source) => outcome(`good-${source}`, source));
    expect(waiting).toHaveLength(8 + honest.length);
    answerAll();
    expect(await Promise.all(good)).toEqual(honest.map(() => "good"));
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((one) => one === "unknown")).toHaveLength(8);
    expect(outcomes.filter((one) => one === "not reviewed")).toHaveLength(492);
  });

  test("of very many sources it is bounded, and sources that brought a good token bring new ones", async () => {
    const known = outcome("good-1", "10.0.1.1");
    answerAll();
    expect(await known).toBe("good");
    const flood = Array.from({ length: 500 }, (_, index) => outcome(`bad-${index}`, `10.6.${index % 250}.1`));
    expect(waiting).toHaveLength(32);
    const next = outcome("good-2", "10.0.1.1");
    const other = outcome("good-3", "10.0.1.9");
    expect(waiting).toHaveLength(33);
    answerAll();
    expect([await next, await other]).toEqual(["good", "not reviewed"]);
    await Promise.all(flood);
  });

  test("from its own address a good token is reviewed again and again", async () => {
    const first = outcome("good", "10.6.6.6");
    answerAll();
    expect(await first).toBe("good");
    for (clock = 10_000; clock <= 60_000; clock += 10_000) {
      const flood = Array.from({ length: 100 }, (_, index) => outcome(`bad-${clock}-${index}`, "10.6.6.6"));
      const again = outcome("good", "10.6.6.6");
      answerAll();
      expect(await again).toBe("good");
      await Promise.all(flood);
    }
  });

  test("thousands of refusals push out no good verdict", async () => {
    const first = outcome("good", "10.0.1.1");
    answerAll();
    await first;
    for (let index = 0; index < 5000; index++) {
      const bad = outcome(`bad-${index}`, "10.6.6.6");
      answerAll();
      expect(await bad).toBe("unknown");
    }
    expect(review("good", "10.0.1.1")).not.toBeInstanceOf(Promise);
  });
});
