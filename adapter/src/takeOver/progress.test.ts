import { describe, expect, test } from "@jest/globals";
import { APIS, order, takeOverScene } from "./takeOver.testing.ts";

describe.each(APIS)("of %s", (_name, api) => {
  // `pulumi up` waits for `TakenOver`, and prints the present value.
  test("what pulumi up prints is the reason while the order waits, and the state after it", async () => {
    const scene = await takeOverScene(api);
    const { cluster, serves, time } = scene;
    cluster.hpas = [api.hpa("queue", "s0-rabbitmq")];
    serves.owner.add("s0-rabbitmq");
    cluster.order = order();
    const replica = scene.start();
    await scene.look(3, replica);
    expect(scene.data()["progress"]).toMatch(/^Waiting: ASM_TAKE_OVER_LOSES: .*test\/queue/);
    serves.ours.add("s0-rabbitmq");
    time.ms += 60_000;
    await scene.look(3, replica);
    expect(scene.data()).toMatchObject({ state: "TakenOver", progress: "TakenOver" });
  });

  test("an order that an earlier version has followed gets what pulumi up waits for", async () => {
    const scene = await takeOverScene(api);
    const { cluster } = scene;
    cluster.order = order();
    await scene.look(3, scene.start());
    const { progress, ...before } = cluster.order?.data ?? {};
    const said = scene.data();
    expect(progress).toBe("TakenOver");
    cluster.order = { ...cluster.order, finalizers: cluster.order?.finalizers ?? [], data: before };
    await scene.look(3, scene.start());
    expect(scene.data()).toEqual(said);
  });
});
