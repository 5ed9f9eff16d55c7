import { beforeEach, describe, expect, test } from "@jest/globals";
import { CUSTOM, EXTERNAL } from "../api/groups.ts";
import { parseTarget } from "../api/requestTarget.ts";
import { KubernetesError } from "../kubernetes/client.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";
import type { Identity } from "../kubernetes/userInfo.ts";
import { createAuthorizer } from "./authorize.ts";

const G = "/apis/external.metrics.k8s.io/v1beta1";
const C = "/apis/custom.metrics.k8s.io/v1beta2";
const jane: Identity = { user: "jane", uid: "7", groups: ["a,b", "zürich"], extra: new Map([["k", ["v", "w"]]]) };
const hpa: Identity = {
  user: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
  uid: "1",
  groups: ["system:authenticated"],
  extra: new Map(),
};

interface Review {
  spec: { resourceAttributes?: { namespace: string; resource: string } };
}
let clock: number;
let asked: Review[];
let answer: (review: Review) => unknown;
let authorize: ReturnType<typeof createAuthorizer>;

beforeEach(() => {
  clock = 0;
  asked = [];
  answer = () => ({ status: { allowed: true } });
  authorize = createAuthorizer(
    {
      async call(method, path, options) {
        expect([method, path]).toEqual(["POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"]);
        const review = options?.body as Review;
        asked.push(review);
        return answer(review);
      },
    },
    () => clock,
  );
});

function attributes(path: string): Attributes {
  const target = parseTarget("GET", path, [EXTERNAL, CUSTOM]);
  if (!target.wellFormed) throw new Error(path);
  return target.attributes;
}
const read = (namespace: string, metric = "m") => attributes(`${G}/namespaces/${namespace}/${metric}`);
const only = (resource: string) => (review: Review) => {
  return { status: { allowed: review.spec.resourceAttributes?.resource === resource, reason: "RBAC" } };
};

describe("the question", () => {
  test("holds the whole user and the request's attributes, the selector's requirements among them", async () => {
    const selector = encodeURIComponent("a in (x,y),b!=z,c,!d,e>5");
    await authorize(jane, attributes(`${G}/namespaces/ns/rps?labelSelector=${selector}`));
    expect(asked).toEqual([
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user: "jane",
          uid: "7",
          groups: ["a,b", "zürich"],
          extra: { k: ["v", "w"] },
          resourceAttributes: {
            namespace: "ns",
            verb: "list",
            group: "external.metrics.k8s.io",
            version: "v1beta1",
            resource: "rps",
            subresource: "",
            name: "",
            labelSelector: {
              requirements: [
                { key: "a", operator: "In", values: ["x", "y"] },
                { key: "b", operator: "NotIn", values: ["z"] },
                { key: "c", operator: "Exists" },
                { key: "d", operator: "DoesNotExist" },
              ],
            },
          },
        },
      },
    ]);
  });

  test("for a path that is no resource holds the path", async () => {
    await authorize(jane, attributes(G));
    expect(asked[0]?.spec).toMatchObject({ nonResourceAttributes: { path: G, verb: "get" } });
  });

  test("is not asked for system:masters", () => {
    const verdict = authorize({ ...jane, groups: ["system:masters"] }, read("ns"));
    expect([verdict, asked]).toEqual([{ allowed: true }, []]);
  });
});

describe("the verdict", () => {
  test("is kept for ten seconds, yes or no, for each user, namespace and metric alone", async () => {
    answer = (review) => ({ status: { allowed: review.spec.resourceAttributes?.namespace === "ns" } });
    for (let i = 0; i < 100; i++) expect(await authorize(jane, read("ns"))).toEqual({ allowed: true });
    for (let i = 0; i < 100; i++) expect(await authorize(jane, read("other"))).toMatchObject({ allowed: false });
    expect(asked).toHaveLength(2);
    await authorize({ ...jane, groups: [] }, read("ns"));
    await authorize({ ...jane, extra: new Map() }, read("ns"));
    expect(asked).toHaveLength(4);
    clock = 10_000;
    answer = () => ({ status: { allowed: false, reason: "gone" } });
    expect(await authorize(jane, read("ns"))).toEqual({ allowed: false, reason: "gone" });
    answer = () => ({ status: { allowed: true } });
    clock = 20_000;
    expect(await authorize(jane, read("ns"))).toEqual({ allowed: true });
  });

  test("that allows and denies, or says neither, is no", async () => {
    answer = () => ({ status: { allowed: true, denied: true } });
    expect(await authorize(jane, read("ns"))).toMatchObject({ allowed: false });
    answer = () => ({});
    expect(await authorize(jane, read("other"))).toMatchObject({ allowed: false });
  });

  test("is asked for again while the API server is in trouble, and not where it refuses", async () => {
    let calls = 0;
    answer = () => {
      calls += 1;
      if (calls < 3) throw new KubernetesError(500, "etcd");
      return { status: { allowed: true } };
    };
    expect(await authorize(jane, read("ns"))).toEqual({ allowed: true });
    expect(calls).toBe(3);
    answer = () => {
      calls += 1;
      throw new KubernetesError(403, "may not create");
    };
    await expect(authorize(jane, read("other"))).rejects.toThrow("may not create");
    expect(calls).toBe(4);
  });

  test("of one user is asked for at most sixteen times at once, and others are asked about on", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    answer = () => promise;
    const flood = Array.from({ length: 40 }, async (_, index) => authorize(jane, read(`ns-${index}`)));
    expect(asked).toHaveLength(16);
    const other = authorize({ ...jane, user: "john" }, read("ns"));
    expect(asked).toHaveLength(17);
    resolve({ status: { allowed: true } });
    expect(await other).toEqual({ allowed: true });
    const outcomes = await Promise.allSettled(flood);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(24);
  });

  test("that is no, for however many names, takes the place of no yes", async () => {
    answer = (review) => ({ status: { allowed: review.spec.resourceAttributes?.resource === "m" } });
    await authorize(jane, read("ns"));
    for (let index = 0; index < 5000; index++) await authorize(jane, read("ns", `made-up-${index}`));
    expect(authorize(jane, read("ns"))).toEqual({ allowed: true });
  });

  test("of a user with very many groups is kept as any other, under a short key", async () => {
    const groups = Array.from({ length: 3000 }, (_, index) => `team-${index}`);
    await authorize({ ...jane, groups }, read("ns"));
    await authorize({ ...jane, groups }, read("ns"));
    await authorize({ ...jane, groups: groups.slice(1) }, read("ns"));
    expect(asked).toHaveLength(2);
  });
});

describe("the HPA controller", () => {
  test("is asked about once for all metrics", async () => {
    answer = only("*");
    for (const namespace of ["a", "b", "c"]) expect(await authorize(hpa, read(namespace))).toEqual({ allowed: true });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.spec.resourceAttributes).toMatchObject({ namespace: "", resource: "*", verb: "list" });
  });

  test("is asked about once for all custom metrics, of objects and of namespaces, and not by way of external ones", async () => {
    answer = only("*");
    await authorize(hpa, read("a"));
    for (const path of ["a/pods/*/rps", "b/ingresses.networking.k8s.io/web/hits", "c/metrics/rps"])
      expect(await authorize(hpa, attributes(`${C}/namespaces/${path}`))).toEqual({ allowed: true });
    expect(asked).toHaveLength(2);
    expect(asked[1]?.spec.resourceAttributes).toEqual({
      ...{ namespace: "", verb: "get", group: "custom.metrics.k8s.io", version: "v1beta2", resource: "*" },
    });
  });

  test("is asked about each object and metric where it may not read all custom metrics", async () => {
    answer = only("pods");
    expect(await authorize(hpa, attributes(`${C}/namespaces/a/pods/*/rps`))).toEqual({ allowed: true });
    expect(await authorize(hpa, attributes(`${C}/namespaces/a/services/web/rps`))).toMatchObject({ allowed: false });
    expect(asked[1]?.spec.resourceAttributes).toMatchObject({
      resource: "pods",
      subresource: "rps",
      name: "*",
      verb: "get",
    });
  });

  test("is asked about each metric where it may not read all", async () => {
    answer = only("m");
    expect(await authorize(hpa, read("a"))).toEqual({ allowed: true });
    expect(await authorize(hpa, read("a", "other"))).toMatchObject({ allowed: false });
    expect(asked).toHaveLength(3);
  });

  test("waits for nobody for a minute after a yes, but a no counts at once", async () => {
    answer = only("*");
    await authorize(hpa, read("a"));
    answer = () => new Promise(() => {});
    clock = 69_999;
    expect(authorize(hpa, read("a"))).toEqual({ allowed: true });
    clock = 70_000;
    expect(authorize(hpa, read("a"))).toBeInstanceOf(Promise);
  });

  test("is refused when its permission was taken away and it asks again", async () => {
    answer = only("*");
    await authorize(hpa, read("a"));
    answer = () => ({ status: { allowed: false } });
    clock = 15_000;
    expect(authorize(hpa, read("a"))).toEqual({ allowed: true });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await authorize(hpa, read("a"))).toMatchObject({ allowed: false });
  });

  test("alone is answered so: nobody else's old permission counts", async () => {
    await authorize(jane, read("a"));
    clock = 10_000;
    expect(authorize(jane, read("a"))).toBeInstanceOf(Promise);
  });
});
