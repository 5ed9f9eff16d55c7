import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { problem } from "@asm-autoscaler/hpa-metrics";
import { type Answer, writeAnswer } from "../api/answer.ts";
import { JSON_TYPE } from "../api/contentNegotiation.ts";
import type { AdmissionWebhookFlags, Flags } from "../flags/flags.ts";
import { reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { pause, withOwnSignal } from "../kubernetes/pause.ts";
import { type CertificateTexts, followFiles } from "../serving/certificateFiles.ts";
import { limitConnections } from "../serving/connectionPool.ts";
import { createHandshakeGate } from "../serving/handshakeGate.ts";
import { listenAddress } from "../serving/listenAddress.ts";
import { certificatesOf } from "../serving/pem.ts";
import { isAdmission } from "./reviewHandler.ts";

/** Options of the webhook's server. */
export interface WebhookServerOptions {
  flags: Pick<Flags, "admissionWebhook" | "bindAddress">;
  /** Answers one request for the webhook's path; see reviewHandler.ts. */
  answer(request: IncomingMessage): Promise<Answer>;
  log: Log;
  /** Called with the port each time the server starts to accept connections. */
  onListening?(port: number): void;
}

/**
 * Limits that protect the process, because anyone can connect and the same process serves metrics. Times in
 * milliseconds.
 */
const CONNECTIONS = { most: 64, silentMs: 5_000 };
const HANDSHAKES = { most: 128, silentMs: 2_000 };
const MAX_HEADER_BYTES = 16 << 10;
const HANDSHAKE_MS = 2_000;
const HEADERS_MS = 2_000;
/** Timeout for a request. The webhook configuration makes the API server wait for two seconds. */
const REQUEST_MS = 3_000;
const CHECK_MS = 500;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/**
 * Serves the admission webhook until `signal` aborts. Does nothing when the webhook's flags are not set.
 *
 * The webhook has its own port and certificate. The author of the ValidatingWebhookConfiguration must know its CA, so
 * that the adapter needs no permission on that object. The certificate files are read again when they change. The port
 * stays closed until the files are usable and the port is free. The API server then fails to connect at once and admits
 * the HPA. The adapter logs the problem once (`ASM_WEBHOOK_NOT_SERVED`) and retries. Readiness does not depend on the
 * webhook.
 *
 * With a client CA file, the webhook answers only clients with a certificate of that CA. A webhook cannot identify the
 * API server in any other way. The API server sends a client certificate only if its own configuration says so:
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers
 */
export async function serveWebhook(options: WebhookServerOptions, signal: AbortSignal): Promise<void> {
  const { flags, log } = options;
  const webhook = flags.admissionWebhook;
  if (!webhook) return;
  let retryMs = FIRST_RETRY_MS;
  let logged = "";
  while (!signal.aborted) {
    try {
      await serveOnce(webhook, options, signal);
    } catch (error) {
      const sentence = `the admission webhook cannot be served on ${flags.bindAddress}:${webhook.port} (${reason(error)}), so mistakes in HPAs are reported only after they are written`;
      if (sentence !== logged) logProblem(log, problem("ASM_WEBHOOK_NOT_SERVED", sentence));
      logged = sentence;
    }
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

/** Listens with the first certificate, reloads the files when they change, and closes all connections at the end. */
async function serveOnce(
  { port, files }: AdmissionWebhookFlags,
  { flags, answer, log, onListening }: WebhookServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const server = createWebhookServer(answer, files.clientCa !== undefined, log);
  const pool = limitConnections(server, CONNECTIONS);
  const { listener, pool: pending } = createHandshakeGate(server, { limits: HANDSHAKES, onSecure: () => undefined });
  const failed = new Promise<never>((_, reject) => {
    // After `listen`, an error is one connection that could not be accepted.
    listener.on("error", (error) => !listener.listening && reject(error));
  });
  const listen = () =>
    listener.listen(port, listenAddress(flags.bindAddress), () => {
      const { port: bound } = listener.address() as AddressInfo;
      log.info({}, `Admission webhook on https://${flags.bindAddress}:${bound}.`);
      onListening?.(bound);
    });
  try {
    await withOwnSignal(signal, (own) =>
      Promise.race([
        followFiles(files, (texts) => server.setSecureContext(contextOf(texts)), log, own.signal, listen),
        failed,
      ]),
    );
  } finally {
    listener.close();
    for (const one of [pool, pending]) one.endAll();
  }
}

function createWebhookServer(answer: WebhookServerOptions["answer"], requireClient: boolean, log: Log): Server {
  const server = createServer(
    {
      requestCert: requireClient,
      rejectUnauthorized: requireClient,
      handshakeTimeout: HANDSHAKE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => void respond(request, response, answer, log),
  );
  // Node checks for slow headers only on a server that listens.
  server.emit("listening");
  return server;
}

/** TLS options: TLS 1.3 only, because every API server with `matchConditions` supports it. Sessions are not resumed. */
function contextOf({ cert, key, clientCa }: CertificateTexts) {
  // Node treats an empty `ca` as unset, and would then accept certificates of public authorities.
  const ca = clientCa === undefined ? undefined : certificatesOf(clientCa);
  if (ca?.length === 0) throw new Error("the file of --admission-webhook-client-ca-file has no certificate");
  return {
    minVersion: "TLSv1.3" as const,
    secureOptions: constants.SSL_OP_NO_TICKET,
    cert,
    key,
    ...(ca ? { ca } : {}),
  };
}

/** Answers the only request of a connection. */
async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: WebhookServerOptions["answer"],
  log: Log,
): Promise<void> {
  const write = (given: Answer) =>
    writeAnswer(response, given, { type: JSON_TYPE, pretty: false, auditId: undefined, close: true });
  if (!isAdmission(request)) return write({ code: 404, body: "this port serves only the admission webhook" });
  try {
    write(await answer(request));
  } catch (error) {
    logProblem(log, problem("ASM_INTERNAL", `the admission webhook: ${reason(error)}`));
    write({ code: 500, body: "the review failed" });
  }
}
