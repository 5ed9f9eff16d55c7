import { describe, expect, test } from "@jest/globals";
import { APIS, order, takeOverScene } from "./takeOver.testing.ts";

describe.each(APIS)("of %s", (_name, api) => {
  // Pulumi creates the order before it deletes the APIService of a stack that now has `takeOver`.
  test("an APIService that was made for this adapter is not taken over, so that no client deletes it next", async () => {
    const scene = await takeOverScene(api);
    scene.cluster.apiService = { owner: "adapter" };
    scene.cluster.order = order();
    const replica = scene.start();
    await scene.look(2, replica);
    expect(replica.state()[0]).toMatchObject({ state: "waiting", problem: { code: "ASM_TAKE_OVER_ABSENT" } });
    expect(scene.data()).toMatchObject({ state: "Waiting" });
  });
});
