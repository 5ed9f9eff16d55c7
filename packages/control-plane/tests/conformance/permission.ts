import { expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { readers } from "./identity.ts";
import { metricPath, type Stage } from "./stage.ts";

const METRIC = metricPath("prometheus-query", "query-name=rps", "ns");
const UNSELECTED = metricPath("prometheus-query", undefined, "ns");

/** What a known user may do: the API server's own RBAC, asked by the adapter. */
export function permission(stage: () => Stage): void {
  const ask = async (user: string, path = UNSELECTED) =>
    (await stage().direct.proxied(path, { user, groups: ["system:authenticated"] })).status;
  const binding = (user: string) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: user, namespace: "ns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "readers" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });

  test("27 who may read one namespace reads no other", async () => {
    const { apply, direct } = stage();
    await apply(readers, binding("ann"));
    await until("ann to be let in", async () => (await ask("ann")) === 200, 11);
    const other = await direct.proxied(metricPath("prometheus-query"), { user: "ann", groups: [] });
    expect(other.status).toBe(403);
    expect(other.json).toMatchObject({
      kind: "Status",
      reason: "Forbidden",
      message: expect.stringContaining(
        'User "ann" cannot list resource "prometheus-query" in API group "external.metrics.k8s.io" in the namespace "default"',
      ),
    });
  });

  test("59 the review says who wants to do what", async () => {
    const { direct } = stage();
    const headers = { "X-Remote-Uid": "u-1", "X-Remote-Extra-example.org%2fKey": "a" };
    await direct.proxied(METRIC, { user: "asked", groups: ["g1", "g2"], headers });
    const review = (await accessReviews(stage())).findLast(
      ({ requestObject }) => requestObject.spec["user"] === "asked",
    );
    expect(review?.requestObject.spec).toMatchObject({
      user: "asked",
      groups: expect.arrayContaining(["g1", "g2", "system:authenticated"]),
      extra: { "example.org/key": ["a"] },
      resourceAttributes: {
        namespace: "ns",
        verb: "list",
        group: "external.metrics.k8s.io",
        version: "v1beta1",
        resource: "prometheus-query",
      },
    });
  });

  test("60 a grant and its end count within ten seconds, and alike questions are asked once", async () => {
    const { apply, plane } = stage();
    expect(await ask("bob")).toBe(403);
    await apply(binding("bob"));
    await until("bob to be let in", async () => (await ask("bob")) === 200, 12);
    const before = (await accessReviews(stage())).length;
    const all = await Promise.all(Array.from({ length: 100 }, () => ask("bob")));
    expect(new Set(all)).toEqual(new Set([200]));
    expect((await accessReviews(stage())).length - before).toBeLessThanOrEqual(1);
    await plane.kubectl(["delete", "rolebinding", "-n", "ns", "bob"]);
    await until("bob to be let out", async () => (await ask("bob")) === 403, 12);
  }, 60_000);

  test("61 system:masters need no review", async () => {
    const before = (await accessReviews(stage())).length;
    expect((await stage().direct.proxied(METRIC, { user: "root" })).status).toBe(200);
    expect((await accessReviews(stage())).length).toBe(before);
  });

  test("the HPA controller's own role lets it in", async () => {
    const { direct } = stage();
    const user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
    const groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
    expect((await direct.proxied(METRIC, { user, groups })).status).toBe(200);
  });
}

async function accessReviews({ plane }: Stage) {
  return (await plane.reviews()).filter(
    ({ objectRef, user }) => objectRef.resource === "subjectaccessreviews" && user.username === "asm-metrics-adapter",
  );
}
