import { expect, test } from "@jest/globals";
import { Response } from "undici";
import type { WatchedObject } from "./kubernetes.ts";
import { type Watch, watchList } from "./watch.ts";

interface Thing extends WatchedObject {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string };
}
const thing = (name: string, resourceVersion: string, uid = name): Thing => ({
  metadata: { name, namespace: "test", uid, resourceVersion },
});
const list = (resourceVersion: string, ...items: Thing[]) => Response.json({ metadata: { resourceVersion }, items });
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const watched = (...chunks: (string | Uint8Array)[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks)
          controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
        controller.close();
      },
    }),
  );

/** Plays the answers in order, then holds the last request open; returns what was told, when all is played. */
async function play(answers: (Response | Error)[], onEvent = (_name: string) => {}) {
  const told: string[] = [];
  const problems: string[] = [];
  const asked: string[] = [];
  let watch: Watch | undefined;
  await new Promise<void>((played) => {
    watch = watchList<Thing>(
      (path, init) => {
        asked.push(path);
        const answer = answers.shift();
        if (answer instanceof Error) return Promise.reject(answer);
        if (answer !== undefined) return Promise.resolve(answer);
        played();
        return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
      },
      "/api/v1/things",
      {
        onEvent: ({ type, object }) => {
          told.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
          onEvent(object.metadata.name);
        },
        onProblem: (problem) => problems.push(problem.message),
      },
    );
  });
  await watch?.synced;
  watch?.stop();
  return { told, problems, asked };
}

test("what is listed comes as ADDED, what is watched as it is, bookmarks only move the version", async () => {
  const { told, problems, asked } = await play([
    list("5", thing("a", "1")),
    watched(
      line("ADDED", thing("b", "6")),
      line("BOOKMARK", { metadata: { resourceVersion: "9" } }),
      line("DELETED", thing("a", "10")),
    ),
  ]);
  expect(told).toEqual(["ADDED a 1", "ADDED b 6", "DELETED a 10"]);
  expect(problems).toEqual([]);
  expect(asked.map((path) => new URL(path, "http://x").searchParams.get("resourceVersion"))).toEqual([null, "5", "10"]);
});

test("an event that arrives in pieces, split within a character, is whole", async () => {
  const bytes = new TextEncoder().encode(line("ADDED", thing("mañana\u2028x", "6")));
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
  const { told } = await play([list("5"), watched(...pieces)]);
  expect(told).toEqual(["ADDED mañana\u2028x 6"]);
});

test("after a break the list is read again and only what changed meanwhile is told", async () => {
  const { told, problems } = await play([
    list("5", thing("same", "1"), thing("changed", "2"), thing("gone", "3"), thing("replaced", "4", "first")),
    new Error("connection lost"),
    list("9", thing("same", "1"), thing("changed", "7"), thing("new", "8"), thing("replaced", "9", "second")),
  ]);
  expect(told.slice(4)).toEqual([
    "MODIFIED changed 7",
    "ADDED new 8",
    "DELETED replaced 4",
    "ADDED replaced 9",
    "DELETED gone 3",
  ]);
  expect(problems).toEqual(["connection lost"]);
});

test("a version that is too old is not a fault, the list is read again", async () => {
  const { told, problems, asked } = await play([
    list("5", thing("a", "1")),
    watched(line("ERROR", { code: 410, message: "too old resource version" })),
    list("9", thing("a", "8")),
  ]);
  expect(told).toEqual(["ADDED a 1", "MODIFIED a 8"]);
  expect(problems).toEqual([]);
  expect(asked).toHaveLength(4);
});

test("a refused list is a fault with status and body, and is tried again", async () => {
  const { told, problems } = await play([new Response("forbidden: no", { status: 403 }), list("5", thing("a", "1"))]);
  expect(problems).toEqual(["listing /api/v1/things was answered with 403: forbidden: no"]);
  expect(told).toEqual(["ADDED a 1"]);
});

test("a throwing onEvent is a fault and the next event still comes", async () => {
  const { told, problems } = await play([list("5", thing("bad", "1"), thing("good", "2"))], (name) => {
    if (name === "bad") throw new Error("cannot take it");
  });
  expect(told).toEqual(["ADDED bad 1", "ADDED good 2"]);
  expect(problems).toEqual(["cannot take it"]);
});
