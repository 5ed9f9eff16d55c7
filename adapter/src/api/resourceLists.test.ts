import { expect, test } from "@jest/globals";
import { customResourceList, externalResourceList } from "./resourceLists.ts";

/** The names in a body, whether or not it is encoded. */
function namesIn(body: object): string[] {
  const text = Array.isArray(body) ? Buffer.concat(body).toString() : JSON.stringify(body);
  return JSON.parse(text).resources.map(({ name }: { name: string }) => name);
}

const numbered = (prefix: string, length: number) => Array.from({ length }, (_, index) => `${prefix}${index}`);

test("external metrics of HPAs come before those of others, each once, however long the lists are", async () => {
  const listed = async (...others: string[][]) =>
    namesIn(await externalResourceList("v1beta1", ["z", "b", "z"], others));
  expect(await listed(["c", "b"], ["a"])).toEqual(["b", "z", "a", "c"]);
  const long = ["b", ...numbered("m", 2_500), "m0"];
  expect(await listed(["c", "b", "m7"], long)).toEqual(["z", "c", "b", ...numbered("m", 2_500)]);
  expect(await listed(long)).toEqual(["z", "b", ...numbered("m", 2_500)]);
});

test("a list of external metrics is empty only if nobody else serves any", async () => {
  expect(namesIn(await externalResourceList("v1beta1", []))).toEqual([]);
  expect(namesIn(await externalResourceList("v1beta1", [], [[]]))).toEqual(["externalmetrics"]);
  const long = numbered("m", 1_001);
  expect(namesIn(await externalResourceList("v1beta1", [], [long]))).toEqual(long);
});

test("the event loop has its turn while a long list is encoded, and the list is encoded once", async () => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const metrics = numbered("pods/m", 20_000).map((name) => ({ name, isNamespaced: true }));
  const [first, other] = await Promise.all(
    ["v1beta1", "v1beta2"].map((version) => customResourceList(version, metrics)),
  );
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(20);
  if (!Array.isArray(first) || !Array.isArray(other)) throw new Error("a long list is in parts");
  // The first part has the version, the second begins after the first comma of the same bytes.
  expect(first.slice(2, -1).every((part, index) => part === other[index + 2])).toBe(true);
  expect(first.length).toBe(22);
});
