import { type ClientRequest, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { V1Container, V1Probe } from "@kubernetes/client-node";

/**
 * One attempt of a probe, as in kubelet. HTTP passes with a status from 200 to 399. HTTPS does not verify the
 * certificate. TCP passes if a connection opens. Each attempt opens a new connection.
 * @returns undefined if it passed, or else why it failed. Never throws. The timeout is the probe's timeoutSeconds.
 */
export async function tryProbe(probe: V1Probe, container: V1Container, podIP: string): Promise<string | undefined> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1_000;
  const { httpGet, tcpSocket } = probe;
  const wanted = httpGet?.port ?? tcpSocket?.port;
  if (wanted === undefined) return "the probe is of a kind that this kubelet lacks";
  const port = portNumber(container, wanted);
  if (port === undefined) return `the container has no port ${wanted}`;
  if (!httpGet) return connects(tcpSocket?.host ?? podIP, port, timeout);
  const options = {
    host: httpGet.host ?? podIP,
    port,
    path: httpGet.path ?? "/",
    headers: Object.fromEntries([
      ["User-Agent", "kube-probe/1.37"],
      ...(httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]),
    ]),
    agent: false as const,
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(timeout),
  };
  const status = await answer(httpGet.scheme === "HTTPS" ? tlsRequest(options) : plainRequest(options));
  if (typeof status === "string") return status;
  return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`;
}

/** The schedule of a probe's attempts, and the handler of its results. */
export interface ProbeSchedule {
  /** One attempt. Undefined if it passed. */
  attempt(): Promise<string | undefined>;
  /**
   * Called for the first result and for each change: `successThreshold` or `failureThreshold` consecutive attempts had
   * the same result.
   */
  onDecision(passes: boolean, why: string): void;
  /** Start time of the container on the clock of `performance.now()`. initialDelaySeconds count from it. */
  startedAt: number;
  signal: AbortSignal;
}

/** Runs a probe periodically until the signal is aborted. Then it resolves. It never rejects. */
export async function runProbe(
  probe: V1Probe,
  { attempt, onDecision, startedAt, signal }: ProbeSchedule,
): Promise<void> {
  const wait = (seconds: number) => pause(seconds * 1_000, undefined, { signal }).catch(() => {});
  let alike = 0;
  let before: boolean | undefined;
  let decided: boolean | undefined;
  await wait(Math.max(0, (probe.initialDelaySeconds ?? 0) - (performance.now() - startedAt) / 1_000));
  while (!signal.aborted) {
    const next = wait(probe.periodSeconds ?? 10);
    const problem = await attempt();
    if (signal.aborted) return;
    const passes = problem === undefined;
    alike = passes === before ? alike + 1 : 1;
    before = passes;
    const threshold = passes ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (alike >= threshold && passes !== decided) {
      decided = passes;
      onDecision(passes, problem ?? "");
    }
    await next;
  }
}

function portNumber(container: V1Container, port: number | string): number | undefined {
  return typeof port === "number" ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
}

function answer(request: ClientRequest): Promise<number | string> {
  return new Promise((resolve) => {
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", (error) => resolve(error.message));
    request.end();
  });
}

function connects(host: string, port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (result: string | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("the connection timed out"));
    socket.once("error", (error) => end(error.message));
  });
}
