import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { fetch } from "undici";
import type { AdmissionReview } from "./review.ts";
import { createAdmission } from "./reviewHandler.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const review: AdmissionReview = {
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  response: { uid: "u", allowed: true },
};

async function serve(
  judge: (body: unknown) => AdmissionReview | undefined = () => review,
  isKnown = () => true,
): Promise<number> {
  const answer = createAdmission(
    // biome-ignore lint/correctness/useYield: a review of one step.
    function* (body) {
      return judge(body);
    },
    isKnown,
  );
  const made = createServer(async (request, response) => {
    const { code, body } = await answer(request);
    response.writeHead(code, { connection: "close" }).end(typeof body === "object" ? JSON.stringify(body) : body);
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const address = made.address();
  return typeof address === "object" && address ? address.port : 0;
}

const post = (port: number, body: string) => fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });

test("a review is judged by its parsed body", async () => {
  const seen: unknown[] = [];
  const port = await serve((body) => {
    seen.push(body);
    return review;
  });
  const response = await post(port, '{"kind":"AdmissionReview"}');
  expect([response.status, await response.json()]).toEqual([200, review]);
  expect(seen).toEqual([{ kind: "AdmissionReview" }]);
});

test("what is no JSON, no review and no POST is refused", async () => {
  const port = await serve((body) => (body === undefined ? undefined : undefined));
  expect((await post(port, "{")).status).toBe(400);
  expect((await post(port, "{}")).status).toBe(400);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405);
});

test("a body of more than four MiB is refused, declared or not", async () => {
  const port = await serve();
  const long = " ".repeat((4 << 20) + 1);
  const declared = await post(port, long).then(
    ({ status }) => status,
    () => 413,
  );
  expect(declared).toBe(413);
  const chunks = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(long));
      controller.close();
    },
  });
  const streamed = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: chunks, duplex: "half" }).then(
    ({ status }) => status,
    () => 413,
  );
  expect(streamed).toBe(413);
});

/** Sends the head of a review and a part of its body; gives the answer's status code. */
function askSlowly(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
    });
    socket.once("data", (data) => {
      resolve(data.toString().slice(9, 12));
      socket.destroy();
    });
  });
}

test("a body that does not come is not waited for", async () => {
  const port = await serve();
  const began = performance.now();
  expect(await askSlowly(port)).toBe("413");
  expect(performance.now() - began).toBeLessThan(3_000);
  expect((await post(port, "{}")).status).toBe(200);
});

test("callers who are not the API server have two places, and cannot take its own", async () => {
  let isKnown = false;
  const port = await serve(
    () => review,
    () => isKnown,
  );
  const others = Promise.all(Array.from({ length: 4 }, () => askSlowly(port)));
  expect((await post(port, "{}")).status).toBe(503);
  isKnown = true;
  expect((await post(port, "{}")).status).toBe(200);
  expect((await others).sort()).toEqual(["413", "413", "503", "503"]);
});
