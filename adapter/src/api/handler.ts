import type { IncomingMessage, ServerResponse } from "node:http";
import type { Verdict } from "../auth/authorize.ts";
import { within } from "../clock.ts";
import { quote } from "../kubernetes/quote.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";
import { ANONYMOUS, type Identity } from "../kubernetes/userInfo.ts";
import { type Answer, answerWith, writeAnswer } from "./answer.ts";
import { CONCURRENCY_LIMITS, type ConcurrencyLimits, createConcurrencyLimits } from "./concurrencyLimits.ts";
import { JSON_TYPE, negotiate, type Representation, wantsPretty, YAML_TYPE } from "./contentNegotiation.ts";
import type { ApiDependencies, Forwarding } from "./dependencies.ts";
import { createDispatch, transformations } from "./dispatch.ts";
import { CUSTOM, EXTERNAL } from "./groups.ts";
import { healthAnswer } from "./health.ts";
import { parseTarget, type Target } from "./requestTarget.ts";
import type { Route } from "./routes.ts";
import {
  answerLate,
  bodyRefused,
  deadlineExceeded,
  forbidden,
  internalError,
  notAcceptable,
  overloaded,
  permissionUnknown,
  type Status,
  starting,
  tokenNotReviewed,
  unauthorized,
} from "./status.ts";

/** What the handler knows about a request so far. */
interface Known {
  user?: string;
  refusal?: string;
  error?: unknown;
  /** The media type of the answer. */
  type?: Representation["type"] | undefined;
  /** Releases the request's concurrency slot. */
  release?: () => void;
  /** The request is authorized; only the answer remains. */
  permitted?: boolean;
  /** The delegate that the request is forwarded to. */
  delegate?: string;
  /** The answer is being written. A later result is ignored. */
  answered?: boolean;
}

/** Deadlines for the whole request, including authentication and authorization, in milliseconds. */
const REQUEST_DEADLINE_MS = 1000;
const OTHER_DEADLINE_MS = 5000;

/** Creates the handler of all API requests. The handler never throws. */
export function createHandler(
  dependencies: ApiDependencies,
  isClosing: () => boolean,
  limits: ConcurrencyLimits = CONCURRENCY_LIMITS,
) {
  const acquire = createConcurrencyLimits(limits);
  const groups = dependencies.custom ? [EXTERNAL, CUSTOM] : [EXTERNAL];
  const dispatch = createDispatch(dependencies, groups);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const { method = "", url = "" } = request;
    const target = parseTarget(method, url, groups);
    const known: Known = {};
    const answer = await answerInTime(request, target, known);
    known.answered = true;
    known.release?.();
    const auditId = readAuditId(request);
    const { user, refusal, error, delegate } = known;
    writeAnswer(response, answer, {
      type: known.type ?? JSON_TYPE,
      // A 406 answer is indented for every client (apiserver: responsewriters/writers.go, ErrorNegotiated).
      pretty:
        answer.code === 406 || wantsPretty(target.wellFormed ? target.pretty : null, request.headers["user-agent"]),
      auditId,
      // Connections of clients without an identity are not reused.
      close: isClosing() || hasBody(request) || user === undefined,
    });
    dependencies.log({
      method,
      path: url.slice(0, 512),
      status: answer.code,
      milliseconds: performance.now() - began,
      ...(target.wellFormed ? { verb: target.attributes.verb } : {}),
      ...(auditId === undefined ? {} : { auditId }),
      ...(user === undefined ? {} : { user }),
      ...(delegate === undefined ? {} : { delegate }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(error === undefined ? {} : { error }),
    });
  };

  async function answerInTime(request: IncomingMessage, target: Target, known: Known): Promise<Answer> {
    const deadlineMs = deadlineOf(target);
    try {
      const answer = await within(answerRequest(request, target, known), deadlineMs);
      if (answer === "late") return answerWith(lateStatus(target, known, deadlineMs));
      if (!("forward" in answer)) return answer;
      known.delegate = answer.delegate;
      return await answer.forward(request.url ?? "", request.headers.via);
    } catch (error) {
      known.error = error;
      return answerWith(internalError());
    }
  }

  async function answerRequest(request: IncomingMessage, target: Target, known: Known): Promise<Answer | Forwarding> {
    if (!target.wellFormed) return answerWith(target.status);
    const { route, attributes } = target;
    const found = dependencies.identify(request);
    const identity = found instanceof Promise ? await found : found;
    if ("refused" in identity) {
      if (route.kind === "health" && identity.refused !== "unauthorized")
        return healthAnswer(route, dependencies.health(route.check));
      known.refusal = identity.reason;
      if (identity.refused === "starting") return answerWith(starting());
      if (identity.refused === "unreviewed") return answerWith(tokenNotReviewed());
      return answerWith(identity.refused === "anonymous" ? forbidden(ANONYMOUS, attributes) : unauthorized());
    }
    known.user = identity.user;
    if (route.kind === "health") return healthAnswer(route, dependencies.health(route.check));

    // Content negotiation requires an identity. Other clients get JSON.
    const representation = negotiate(request.headers.accept, transformations(route));
    known.type = representation?.type;
    const release = known.answered ? undefined : acquire(identity);
    if (!release) return answerWith(overloaded());
    known.release = release;
    const verdict = await permission(identity, attributes, known);
    if (verdict === undefined) return answerWith(permissionUnknown(identity.user));
    if (!verdict.allowed) return answerWith(forbidden(identity.user, attributes, verdict.reason));
    known.permitted = true;
    if (route.kind === "refused") return answerWith(route.status);
    if (hasBody(request)) return answerWith(bodyRefused());
    if (!representation) return answerWith(notAcceptable([JSON_TYPE, YAML_TYPE]));
    return dispatch({
      ...{ route, identity, representation },
      ifNoneMatch: request.headers["if-none-match"],
      serverAddress: `${request.socket.localAddress ?? ""}:${request.socket.localPort ?? ""}`,
    });
  }

  async function permission(identity: Identity, attributes: Attributes, known: Known): Promise<Verdict | undefined> {
    try {
      return await dependencies.authorize(identity, attributes);
    } catch (error) {
      known.error = error;
      return undefined;
    }
  }
}

function deadlineOf(target: Target): number {
  if (!target.wellFormed || !("timeoutMs" in target.route)) return OTHER_DEADLINE_MS;
  return Math.ceil(Math.min(target.route.timeoutMs ?? REQUEST_DEADLINE_MS, REQUEST_DEADLINE_MS));
}

function lateStatus(target: Target, { permitted }: Known, deadlineMs: number): Status {
  const late = permitted && target.wellFormed ? metricOf(target.route) : undefined;
  return late ? deadlineExceeded(late.metric, late.where, deadlineMs) : answerLate(deadlineMs);
}

/** The metric that a route reads, and of which objects. */
function metricOf(route: Route): { metric: string; where: string } | undefined {
  const inNamespace = (namespace: string) => (namespace === "" ? "" : ` in namespace ${quote(namespace)}`);
  if (route.kind === "metric") return { metric: route.metric, where: inNamespace(route.namespace).trim() };
  if (route.kind !== "customMetric") return undefined;
  const { metric, resource, name, namespace } = route.read;
  return { metric, where: `of ${resource} ${quote(name)}${inNamespace(namespace)}` };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function readAuditId({ headers }: IncomingMessage): string | undefined {
  const value = headers["audit-id"];
  return typeof value === "string" && /^[\x21-\x7e]{1,64}$/.test(value) ? value : undefined;
}
