import type { IncomingMessage, ServerResponse } from "node:http";
import { ANONYMOUS, type Identity, type Refusal } from "../security/identity.ts";
import { acceptsJson, JSON_TYPE, wantsPretty } from "./accept.ts";
import { type Answer, answerWith, writeAnswer } from "./answer.ts";
import { group, groupList, resourceList } from "./discovery.ts";
import { healthAnswer } from "./health.ts";
import { openapiDocument, openapiHash, openapiIndex, openapiIndexTag, openapiUrl } from "./openapi.ts";
import { matchesSelector } from "./selector.ts";
import {
  bodyRefused,
  deadlineExceeded,
  forbidden,
  internalError,
  notAcceptable,
  readingUnavailable,
  unauthorized,
} from "./status.ts";
import { type HealthCheck, parseTarget, type Route, type Target } from "./target.ts";
import { type Reading, valueList } from "./values.ts";

/** What a metric read came to; `message` names the HPA, the key, the cause and the remedy, and the user sees it. */
export type ReadResult =
  | { readonly ok: true; readonly readings: readonly Reading[] }
  | { readonly ok: false; readonly message: string };

/** What the API needs of the rest of the adapter. */
export interface ApiDependencies {
  /** Every registered metric's name, in any order; a name may be there twice. Answers at once. */
  metricNames(): readonly string[];
  /** The readings of a namespace's metric (in any letter case) whose labels match. */
  readMetric(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
  ): Promise<ReadResult>;
  /** Who asks. Answers at once: the availability probe goes through it. */
  identify(request: IncomingMessage): Identity | Refusal;
  /** The names of the failing checks; none is healthy. */
  health(check: HealthCheck): readonly string[];
  log(entry: RequestEntry): void;
}

/** One answered request, for the log. Holds no header, so no token. */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  /** 0 where there was no request: a connection could not be accepted, and `error` says why. */
  readonly status: number;
  readonly milliseconds: number;
  readonly verb?: string;
  readonly user?: string;
  readonly auditId?: string;
  /** Why the client has no identity. */
  readonly refusal?: string;
  /** What was thrown while answering. */
  readonly error?: unknown;
}

/** The last guard: `readMetric` has a shorter deadline of its own. */
const READ_DEADLINE_MS = 2000;

/** Answers every request of the API. Never throws. */
export function createHandler(dependencies: ApiDependencies, isClosing: () => boolean) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const { method = "", url = "" } = request;
    const target = parseTarget(method, url);
    const known: { user?: string; refusal?: string; error?: unknown } = {};
    let answer: Answer;
    try {
      answer = await answerRequest(dependencies, request, target, known);
    } catch (error) {
      known.error = error;
      answer = answerWith(internalError());
    }
    const auditId = readAuditId(request);
    const entry = {
      method,
      path: url.slice(0, 512),
      status: answer.code,
      milliseconds: performance.now() - began,
      ...(target.wellFormed ? { verb: target.attributes.verb } : {}),
      ...(auditId === undefined ? {} : { auditId }),
      ...known,
    };
    writeAnswer(response, answer, {
      pretty: wantsPretty(target.wellFormed ? target.pretty : null, request.headers["user-agent"]),
      auditId,
      close: isClosing() || hasBody(request),
    });
    dependencies.log(entry);
  };
}

async function answerRequest(
  dependencies: ApiDependencies,
  request: IncomingMessage,
  target: Target,
  known: { user?: string; refusal?: string },
): Promise<Answer> {
  if (!target.wellFormed) return answerWith(target.status);
  const { route, attributes } = target;
  if (route.kind === "health") return healthAnswer(route, dependencies.health(route.check));

  const identity = dependencies.identify(request);
  if ("refused" in identity) {
    known.refusal = identity.reason;
    return answerWith(identity.refused === "anonymous" ? forbidden(ANONYMOUS, attributes) : unauthorized());
  }
  known.user = identity.user;
  // The API server has authorized what its aggregator forwards; authorization of our own belongs here.
  if (route.kind === "refused") return answerWith(route.status);
  if (hasBody(request)) return answerWith(bodyRefused());
  if (!acceptsJson(request.headers.accept)) return answerWith(notAcceptable([JSON_TYPE]));
  return serve(dependencies, request, route);
}

async function serve(
  dependencies: ApiDependencies,
  request: IncomingMessage,
  route: Exclude<Route, { kind: "health" | "refused" }>,
): Promise<Answer> {
  switch (route.kind) {
    case "groupList":
      return ok(groupList(`${request.socket.localAddress ?? ""}:${request.socket.localPort ?? ""}`));
    case "group":
      return ok(group());
    case "resourceList":
      return ok(resourceList(dependencies.metricNames()));
    case "metric":
      return readMetric(dependencies, route);
    case "openapiIndex":
      return tagged(request, openapiIndexTag, openapiIndex);
    case "openapi":
      if (route.hash !== undefined && route.hash !== openapiHash) {
        return { code: 301, body: undefined, headers: { Location: openapiUrl } };
      }
      return tagged(request, `"${openapiHash}"`, openapiDocument);
  }
}

function ok(body: object): Answer {
  return { code: 200, body };
}

/** A document that clients keep: 304 where they have it already. */
function tagged(request: IncomingMessage, tag: string, body: object): Answer {
  const headers = { ETag: tag, Vary: "Accept" };
  return request.headers["if-none-match"] === tag
    ? { code: 304, body: undefined, headers }
    : { code: 200, body, headers };
}

async function readMetric(
  dependencies: ApiDependencies,
  { namespace, metric, selector, timeoutMs }: Extract<Route, { kind: "metric" }>,
): Promise<Answer> {
  const deadlineMs = Math.ceil(Math.min(timeoutMs ?? READ_DEADLINE_MS, READ_DEADLINE_MS));
  const reading = dependencies.readMetric(namespace, metric, (labels) => matchesSelector(selector, labels));
  const result = await within(reading, deadlineMs);
  if (result === "late") return answerWith(deadlineExceeded(metric, namespace, deadlineMs));
  return result.ok ? ok(valueList(result.readings)) : answerWith(readingUnavailable(result.message));
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, milliseconds, "late").unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function readAuditId({ headers }: IncomingMessage): string | undefined {
  const value = headers["audit-id"];
  return typeof value === "string" && /^[\x21-\x7e]{1,64}$/.test(value) ? value : undefined;
}
