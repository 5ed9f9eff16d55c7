import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { CUSTOM, EXTERNAL, inBase64, KEDA, order, type TakeOverScene, takeOverScene } from "./takeOver.testing.ts";

const [V1BETA1, V1BETA2] = CUSTOM_API_SERVICES;
const PA = "monitoring/prometheus-adapter";
const ALL = [EXTERNAL_API_SERVICE, ...CUSTOM_API_SERVICES];

/** KEDA has the external metrics API, and prometheus-adapter both versions of the custom one. */
async function twoOwners(): Promise<TakeOverScene> {
  const scene = await takeOverScene(EXTERNAL);
  const caBundle = inBase64(scene.theirs);
  scene.cluster.others.set(V1BETA1, { owner: PA, caBundle, versionPriority: 100 });
  scene.cluster.others.set(V1BETA2, { owner: PA, caBundle, versionPriority: 200 });
  scene.cluster.order = order();
  return scene;
}

const start = (scene: TakeOverScene, own: object = {}) => scene.start({ apiServices: ALL, ...own });
const ownerOf = ({ cluster }: TakeOverScene, name: string) => cluster.others.get(name)?.owner;
const data = ({ cluster }: TakeOverScene) => cluster.order?.data ?? {};

describe("an order for two API groups", () => {
  test("takes each APIService over in one write, and gives back exactly what was there", async () => {
    const scene = await twoOwners();
    const { cluster, ours } = scene;
    const before = structuredClone([cluster.apiService, ...cluster.others.values()]);
    const replica = start(scene);
    await scene.look(2, replica);
    for (const found of [cluster.apiService, ...cluster.others.values()])
      expect(found).toMatchObject({ owner: "adapter", caBundle: inBase64(ours) });
    expect(data(scene)).toMatchObject({
      progress: "TakenOver",
      state: "TakenOver",
      message: `APIService ${EXTERNAL_API_SERVICE} belongs to kube-system/adapter. It replaced ${KEDA}.`,
      "custom.state": "TakenOver",
      "custom.message": `APIServices ${V1BETA1} and ${V1BETA2} belong to kube-system/adapter. They replaced ${PA}.`,
      "custom.takeOvers": "1",
    });
    expect(replica.state().map(({ group, state }) => [group, state])).toEqual([
      ["external.metrics.k8s.io", "taken-over"],
      ["custom.metrics.k8s.io", "taken-over"],
    ]);
    cluster.deleteOrder();
    await scene.look(1, replica);
    expect([cluster.apiService, ...cluster.others.values()]).toEqual(before);
    expect(cluster.order).toBeUndefined();
  });

  test("replicas that race write each APIService twice: the CA beside the owner's, and the take-over", async () => {
    const scene = await twoOwners();
    const replicas = [start(scene), start(scene), start(scene)];
    await scene.look(8, ...replicas);
    expect(scene.cluster.writes).toBe(6);
    expect(data(scene)).toMatchObject({ progress: "TakenOver" });
    scene.cluster.deleteOrder();
    await scene.look(3, ...replicas);
    expect(scene.cluster.writes).toBe(9);
    expect([scene.cluster.apiService?.owner, ownerOf(scene, V1BETA1), ownerOf(scene, V1BETA2)]).toEqual([KEDA, PA, PA]);
  });

  test.each([
    ["external", "custom", EXTERNAL.hpa("web", "lost"), "state", "custom.state"],
    ["custom", "external", CUSTOM.hpa("web", "lost"), "custom.state", "state"],
  ])("whose %s metrics wait does not hold back the %s ones", async (_waits, _goes, hpa, waits, goes) => {
    const scene = await twoOwners();
    scene.cluster.hpas = [hpa];
    scene.serves.owner = new Set(["lost"]);
    const replica = start(scene);
    await scene.look(4, replica);
    expect(data(scene)).toMatchObject({ [waits]: "Waiting", [goes]: "TakenOver" });
    expect(data(scene)["progress"]).toMatch(/^Waiting: ASM_TAKE_OVER_LOSES: HPA test\/web would lose/);
    expect(data(scene)["progress"]).not.toContain("belong");
    scene.serves.ours = new Set(["lost"]);
    scene.time.ms += 60_000;
    await scene.look(2, replica);
    expect(data(scene)).toMatchObject({ progress: "TakenOver" });
  });

  test("does not wait for an API that nobody has registered", async () => {
    for (const missing of ["external", "custom"] as const) {
      const scene = await twoOwners();
      if (missing === "external") scene.cluster.apiService = undefined;
      else scene.cluster.others.clear();
      const replica = start(scene);
      await scene.look(3, replica);
      expect(data(scene)["progress"]).toBe("TakenOver");
      const key = missing === "external" ? "message" : "custom.message";
      expect(data(scene)[key]).toMatch(/^APIServices? .* (does|do) not exist, so there is nothing to take over\.$/);
      const absent = { group: `${missing}.metrics.k8s.io`, state: "absent" };
      expect(replica.state()).toContainEqual(expect.objectContaining(absent));
    }
  });

  test("waits if nobody has registered any of them", async () => {
    const scene = await twoOwners();
    scene.cluster.apiService = undefined;
    scene.cluster.others.clear();
    await scene.look(3, start(scene));
    expect(data(scene)["progress"]).toMatch(/^Waiting: ASM_TAKE_OVER_ABSENT: .* ASM_TAKE_OVER_ABSENT: /);
  });

  test("is about one of them if it says so, beside another one that was made for this adapter", async () => {
    const scene = await twoOwners();
    scene.cluster.apiService = { owner: "adapter" };
    Object.assign(scene.cluster.order ?? {}, { data: { groups: "custom.metrics.k8s.io" } });
    const replica = start(scene);
    await scene.look(2, replica);
    expect(data(scene)).toMatchObject({ progress: "TakenOver", groups: "custom.metrics.k8s.io" });
    expect(data(scene)).not.toHaveProperty("state");
    expect(replica.state().map(({ group }) => group)).toEqual(["custom.metrics.k8s.io"]);
  });

  test.each([
    ["custom.metrics.k8s.io", "custom."],
    ["external.metrics.k8s.io,custom", ""],
  ])("that names a group that the adapter does not serve (%s) changes nothing, and says so", async (groups, prefix) => {
    const scene = await takeOverScene(EXTERNAL);
    scene.cluster.order = { ...order(), data: { groups } };
    const replica = scene.start();
    await scene.look(3, replica);
    expect(scene.cluster.writes).toBe(0);
    expect(data(scene)).toMatchObject({
      [`${prefix}state`]: "Waiting",
      progress: expect.stringMatching(
        /^Waiting: ASM_TAKE_OVER_GROUP: .*"custom.*" *, which this adapter does not serve/,
      ),
    });
    expect(replica.state()).toMatchObject([{ state: "waiting", problem: { code: "ASM_TAKE_OVER_GROUP" } }]);
  });

  test("gives back what the adapter does not serve any more, also if a pod of before takes it once more", async () => {
    const scene = await twoOwners();
    const former = start(scene);
    await scene.look(2, former);
    const next = scene.start();
    await scene.look(2, next);
    expect(ownerOf(scene, V1BETA1)).toBe(PA);
    expect(ownerOf(scene, V1BETA2)).toBe(PA);
    expect(scene.cluster.apiService?.owner).toBe("adapter");
    scene.time.ms += 60_000;
    await scene.look(6, former);
    expect(ownerOf(scene, V1BETA2)).toBe("adapter");
    await scene.look(70, next);
    expect(ownerOf(scene, V1BETA1)).toBe(PA);
    expect(ownerOf(scene, V1BETA2)).toBe(PA);
    expect(data(scene)).toMatchObject({ progress: "TakenOver" });
  });

  test("gives back at once what the order names and the adapter does not serve any more", async () => {
    const scene = await twoOwners();
    Object.assign(scene.cluster.order ?? {}, { data: { groups: "custom.metrics.k8s.io" } });
    await scene.look(2, start(scene));
    expect(ownerOf(scene, V1BETA2)).toBe("adapter");
    await scene.look(1, scene.start());
    expect([ownerOf(scene, V1BETA1), ownerOf(scene, V1BETA2)]).toEqual([PA, PA]);
    expect(data(scene)["progress"]).toMatch(/^Waiting: ASM_TAKE_OVER_GROUP: /);
  });

  test("is given back as far as possible: one APIService that cannot be does not hold back the others", async () => {
    const scene = await twoOwners();
    const replica = start(scene);
    await scene.look(2, replica);
    scene.cluster.failing = (method, path) => (method === "PATCH" && path.endsWith(V1BETA1) ? 403 : undefined);
    scene.cluster.deleteOrder();
    await scene.look(3, replica);
    expect(scene.cluster.apiService?.owner).toBe(KEDA);
    expect(ownerOf(scene, V1BETA2)).toBe(PA);
    expect(data(scene)["custom.message"]).toMatch(new RegExp(`^ASM_GIVE_BACK: APIService ${V1BETA1} cannot be given`));
    scene.cluster.failing = undefined;
    await scene.look(2, replica);
    expect(ownerOf(scene, V1BETA1)).toBe(PA);
    expect(scene.cluster.order).toBeUndefined();
  });
});

describe("the versions of one API group", () => {
  /** The owners of both versions after each write. */
  const watch = (scene: TakeOverScene) => {
    const seen: string[] = [];
    scene.cluster.onWrite = (_, name) => {
      if (name !== EXTERNAL_API_SERVICE) seen.push(`${ownerOf(scene, V1BETA1)} ${ownerOf(scene, V1BETA2)}`);
    };
    return seen;
  };

  test.each([
    ["v1beta2, by its priority", { [V1BETA1]: 100, [V1BETA2]: 200 }, `${"adapter"} ${PA}`],
    ["v1beta2, by its name", { [V1BETA1]: 100, [V1BETA2]: 100 }, `${"adapter"} ${PA}`],
    ["v1beta1, by its priority", { [V1BETA1]: 200, [V1BETA2]: 100 }, `${PA} ${"adapter"}`],
  ])("are between two adapters for one write, in which the preferred one stays (%s)", async (_, priorities, split) => {
    const scene = await twoOwners();
    for (const [name, versionPriority] of Object.entries(priorities))
      Object.assign(scene.cluster.others.get(name) ?? {}, { versionPriority });
    const seen = watch(scene);
    const replica = start(scene);
    await scene.look(2, replica);
    expect(seen).toEqual([`${PA} ${PA}`, `${PA} ${PA}`, split, "adapter adapter"]);
    scene.cluster.deleteOrder();
    seen.splice(0);
    await scene.look(1, replica);
    const back = split === `adapter ${PA}` ? `${PA} adapter` : `adapter ${PA}`;
    expect(seen).toEqual([back, `${PA} ${PA}`]);
  });

  test("follow each other also if somebody else writes the second one at the same time", async () => {
    const scene = await twoOwners();
    const seen = watch(scene);
    const { onWrite } = scene.cluster;
    scene.cluster.onWrite = (found, name) => {
      onWrite?.(found, name);
      if (name === V1BETA1 && found.owner === "adapter")
        scene.cluster.meanwhile = () =>
          Object.assign(scene.cluster.others.get(V1BETA2) ?? {}, { versionPriority: 201 });
    };
    scene.cluster.failing = (method, path) => {
      const isSecond = method === "PATCH" && path.endsWith(V1BETA2) && ownerOf(scene, V1BETA1) === "adapter";
      if (!isSecond) return undefined;
      scene.cluster.failing = undefined;
      return 409;
    };
    await scene.look(2, start(scene));
    expect(seen.at(-2)).toBe(`adapter ${PA}`);
    expect(seen.at(-1)).toBe("adapter adapter");
  });

  test("stay with their owner if the second write is refused", async () => {
    const scene = await twoOwners();
    const before = structuredClone([...scene.cluster.others.values()]);
    for (const found of scene.cluster.others.values()) {
      // Nobody verifies its certificate, so nothing is written before.
      Reflect.deleteProperty(found, "caBundle");
      found.insecureSkipTLSVerify = true;
    }
    const unverified = structuredClone([...scene.cluster.others.values()]);
    expect(before).toHaveLength(2);
    scene.cluster.failing = (method, path) => (method === "PATCH" && path.endsWith(V1BETA2) ? 403 : undefined);
    await scene.look(3, start(scene));
    expect([...scene.cluster.others.values()]).toEqual(unverified);
    expect(data(scene)["custom.message"]).toMatch(new RegExp(`^ASM_TAKE_OVER_FAILED: .*${V1BETA2}`));
  });

  test("are left as they are where the other adapter has registered only one", async () => {
    const scene = await twoOwners();
    scene.cluster.others.delete(V1BETA2);
    await scene.look(2, start(scene));
    expect(ownerOf(scene, V1BETA1)).toBe("adapter");
    expect(scene.cluster.others.has(V1BETA2)).toBe(false);
    expect(data(scene)).toMatchObject({ progress: "TakenOver" });
  });

  test("are taken over again together when a program gives one of them back, and it is named", async () => {
    const scene = await twoOwners();
    const replica = start(scene);
    await scene.look(2, replica);
    for (let round = 0; round < 2; round++) {
      scene.time.ms += 20_000;
      scene.cluster.meanwhile = () =>
        Object.assign(scene.cluster.others.get(V1BETA2) ?? {}, {
          ...{ owner: PA, caBundle: inBase64(scene.theirs), serviceWriter: "argocd-controller" },
        });
      await scene.look(8, replica);
    }
    expect(ownerOf(scene, V1BETA2)).toBe("adapter");
    expect(data(scene)["custom.message"]).toMatch(
      new RegExp(
        `ASM_TAKE_OVER_REVERTED: "argocd-controller" gives APIServices ${V1BETA1} and ${V1BETA2} back to ${PA}`,
      ),
    );
    expect(data(scene)["message"]).not.toContain("ASM_");
  });

  test("are both reported when a program removes the CA of one before the take-over", async () => {
    const scene = await twoOwners();
    scene.cluster.onWrite = (found, name) => {
      if (name === V1BETA1) Object.assign(found, { caBundle: inBase64(scene.theirs), writer: "cert-manager" });
    };
    await scene.look(3, start(scene));
    expect(ownerOf(scene, V1BETA2)).toBe(PA);
    expect(data(scene)["custom.message"]).toMatch(
      new RegExp(`^ASM_TAKE_OVER_CONTESTED: "cert-manager" removes .* of APIService ${V1BETA1}`),
    );
  });
});

test("the rights that are missing are those of the API group", async () => {
  const scene = await takeOverScene(CUSTOM);
  scene.cluster.order = order();
  scene.cluster.hpas = [CUSTOM.hpa("web", "requests")];
  scene.cluster.metric = () => {
    throw new KubernetesError(403, "forbidden");
  };
  await scene.look(3, scene.start());
  expect(scene.data()["message"]).toMatch(
    /ASM_TAKE_OVER_FAILED: .*custom\.metrics\.k8s\.io.* `get` of all resources of `custom\.metrics\.k8s\.io`/,
  );
});
