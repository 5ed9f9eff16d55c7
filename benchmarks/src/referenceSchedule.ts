import { createServer, type IncomingMessage, type Server } from "node:http";

/** kube-metrics-adapter's `--default-collection-interval`. */
const INTERVAL_MS = 60_000;

/**
 * A Prometheus in front of the real one that answers some queries by the schedule of kube-metrics-adapter: each query is
 * evaluated when it first comes, then every 60 s from a random phase on, and what was last evaluated is served in
 * between. All other queries go straight through. So both schedules run under one adapter and one HPA controller.
 * The real reference also needs up to 30 s to see a new HPA and a moment to query; the model grants it none of that.
 */
export async function startReferenceSchedule(
  prometheusUrl: string,
  address: string,
  isReference: (query: string) => boolean,
): Promise<{ url: string; stop(): Promise<void> }> {
  const answers = new Map<string, Promise<string>>();
  const timers = new Set<NodeJS.Timeout>();

  const ask = async (form: URLSearchParams): Promise<string> => {
    const response = await fetch(`${prometheusUrl}/api/v1/query`, { method: "POST", body: form });
    return response.text();
  };
  const collect = (query: string): Promise<string> => {
    const evaluate = () => answers.set(query, ask(new URLSearchParams({ query })));
    evaluate();
    const phase = setTimeout(() => {
      evaluate();
      timers.add(setInterval(evaluate, INTERVAL_MS));
    }, Math.random() * INTERVAL_MS);
    timers.add(phase);
    return answers.get(query) ?? ask(new URLSearchParams({ query }));
  };

  const server: Server = createServer((request, response) => {
    read(request)
      .then((body) => {
        const form = new URLSearchParams(body);
        const query = form.get("query") ?? "";
        return isReference(query) ? (answers.get(query) ?? collect(query)) : ask(form);
      })
      .then(
        (text) => response.writeHead(200, { "content-type": "application/json" }).end(text),
        (error: Error) => response.writeHead(502).end(error.message),
      );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(9091, address, resolve));
  return {
    url: `http://${address}:9091`,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
