import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { reason } from "../kubernetes.ts";
import { certificateUser } from "./clientCertificate.ts";
import { createCertificateVerdicts, peerOf } from "./clientCertificateVerdicts.ts";
import { createFrontProxy } from "./frontProxy.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { ANONYMOUS, type Identity, type Refusal } from "./identity.ts";
import type { TokenVerdict } from "./tokenReview.ts";

/** Whom to believe, as the cluster publishes it; each part is absent until it is known. Looked up at each request. */
export interface Trusted {
  readonly frontProxy?: FrontProxyConfig;
  /** The authorities of client certificates. Never those of the front proxy, whose certificates speak for others. */
  readonly clientAuthorities?: readonly X509Certificate[];
}

/** Says who asks: at once, unless the API server must be asked about a token. Never rejects. */
export type Authenticate = (request: IncomingMessage) => Identity | Refusal | Promise<Identity | Refusal>;

/**
 * The order of Kubernetes (apiserver/pkg/authentication/authenticatorfactory/delegating.go): front proxy, client
 * certificate, bearer token, anonymous. The first that knows the user decides; when none does and one found fault with its
 * credentials, the request is unauthorized.
 */
export function createAuthenticator(
  trusted: () => Trusted,
  reviewToken: (token: string) => TokenVerdict | Promise<TokenVerdict>,
): Authenticate {
  const frontProxy = createFrontProxy();
  const clientVerdicts = createCertificateVerdicts();

  const byCertificate = (request: IncomingMessage): Identity | Refusal => {
    const peer = peerOf(request.socket);
    if (!peer) return { refused: "anonymous", reason: "the client sent no certificate" };
    const { frontProxy: config, clientAuthorities } = trusted();
    const faults: string[] = [];
    if (config) {
      const verdict = frontProxy(request, peer, config);
      if (verdict && "user" in verdict) return named(verdict);
      faults.push(verdict?.reason ?? "the front proxy named no user");
    }
    if (clientAuthorities) {
      const chain = clientVerdicts(peer, clientAuthorities, Date.now());
      const user = chain.ok ? certificateUser(peer.certificate) : undefined;
      if (user) return named(user);
      faults.push(chain.ok ? "the client certificate names no user" : chain.reason);
    }
    return config
      ? { refused: "unauthorized", reason: faults.join("; ") }
      : { refused: "starting", reason: "the front proxy's authority is not known yet" };
  };

  return (request) => {
    const known = byCertificate(request);
    if (!("refused" in known) || known.reason === SPEAKS_FOR_NOBODY) return known;
    const token = bearerToken(request.headers.authorization);
    return token === undefined ? known : byToken(reviewToken, token, known);
  };
}

async function byToken(
  reviewToken: (token: string) => TokenVerdict | Promise<TokenVerdict>,
  token: string,
  otherwise: Refusal,
): Promise<Identity | Refusal> {
  try {
    const { identity } = await reviewToken(token);
    if (identity) return named(identity);
    return { refused: "unauthorized", reason: "the API server does not know the bearer token" };
  } catch (error) {
    const { refused } = otherwise;
    const why = `the bearer token could not be reviewed (${reason(error)})`;
    return { refused: refused === "starting" ? refused : "unauthorized", reason: why };
  }
}

const SPEAKS_FOR_NOBODY = "the credentials are those of an anonymous user";

function named(identity: Identity): Identity | Refusal {
  if (identity.user === ANONYMOUS) return { refused: "anonymous", reason: SPEAKS_FOR_NOBODY };
  return identity.user === "" ? { refused: "unauthorized", reason: "the credentials name no user" } : identity;
}

/** `Bearer` in any case, then the token; `undefined` for any other scheme, which is no credential here. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme = "", token = ""] = (header ?? "").trim().split(" ", 2);
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}
