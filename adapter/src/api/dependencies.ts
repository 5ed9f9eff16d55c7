import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Verdict } from "../auth/authorize.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import type { Reading } from "./reading.ts";
import type { HealthCheck } from "./requestTarget.ts";

/** What a metric read came to; `message` names the HPA, the key, the cause and the remedy, and the user sees it. */
export type ReadResult =
  | { readonly ok: true; readonly readings: readonly Reading[] }
  | { readonly ok: false; readonly message: string };

/** What the API needs of the rest of the adapter. */
export interface ApiDependencies {
  /** Every registered metric's name, in any order; a name may be there twice. Answers at once. */
  metricNames(): readonly string[];
  /** Those that an HPA of the namespace asks for. */
  namespaceMetrics(namespace: string): readonly string[];
  /** The readings of a namespace's metric (in any letter case) whose labels match. */
  readMetric(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    /** A label and the value that it must have to match, where the selector says one. */
    equal?: readonly [string, string],
  ): Promise<ReadResult>;
  /** Whether the client of a new connection is the front proxy. */
  isFrontProxy(socket: TLSSocket): boolean;
  /** Who asks. Answers at once where no token is to be reviewed: the availability probe goes through it. */
  identify(request: IncomingMessage): Identity | Refusal | Promise<Identity | Refusal>;
  /** Whether the user may. Rejects when nobody can be asked. */
  authorize(identity: Identity, attributes: Attributes): Verdict | Promise<Verdict>;
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
