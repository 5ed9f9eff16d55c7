import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { reason } from "../kubernetes/client.ts";
import { ANONYMOUS, type Identity, type Refusal } from "../kubernetes/userInfo.ts";
import { certificateUser, createCertificateVerdicts, peerOf } from "./clientCertificate.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { createFrontProxy } from "./requestHeader.ts";
import { briefly } from "./subjectNames.ts";
import type { ReviewToken } from "./tokenReview.ts";

/** The certificate authorities that the cluster publishes. A part is absent until it is known. Read at each request. */
export interface Trusted {
  readonly frontProxy?: FrontProxyConfig;
  /**
   * The authorities of client certificates. The front proxy's authorities are separate, because its certificates may
   * act for other users.
   */
  readonly clientAuthorities?: readonly X509Certificate[];
}

/** Authenticates a request. Returns a promise only when a token needs a TokenReview. The promise never rejects. */
export type Authenticate = (request: IncomingMessage) => Identity | Refusal | Promise<Identity | Refusal>;

/**
 * Creates the authenticator. It tries the methods in the order of Kubernetes
 * (apiserver/pkg/authentication/authenticatorfactory/delegating.go): front proxy, client certificate, bearer token,
 * anonymous. The first method that identifies the user decides. When no method does and one rejects the credentials,
 * the request is unauthorized.
 */
export function createAuthenticator(trusted: () => Trusted, reviewToken: ReviewToken): Authenticate {
  const frontProxy = createFrontProxy();
  const clientVerdicts = createCertificateVerdicts();

  const byCertificate = (request: IncomingMessage): (Identity | Refusal) & { readonly source?: string } => {
    const peer = peerOf(request.socket);
    if (!peer) return { refused: "anonymous", reason: "the client sent no certificate" };
    const { frontProxy: config, clientAuthorities } = trusted();
    const problems: string[] = [];
    let source: string | undefined;
    if (config) {
      const verdict = frontProxy(request, peer, config);
      if (verdict && "user" in verdict) return named(verdict);
      if (!verdict) source = `front proxy ${briefly(peer.commonName)}`;
      problems.push(verdict?.reason ?? "the front proxy named no user");
    }
    if (clientAuthorities) {
      const chain = clientVerdicts(peer, clientAuthorities, Date.now());
      const user = chain.ok ? certificateUser(peer.certificate) : undefined;
      if (user) return named(user);
      problems.push(chain.ok ? "the client certificate names no user, or several UIDs" : chain.reason);
    }
    const refusal: Refusal = config
      ? { refused: "unauthorized", reason: problems.join("; ") }
      : { refused: "starting", reason: "the front proxy's authority is not known yet" };
    return source === undefined ? refusal : { ...refusal, source };
  };

  return (request) => {
    const known = byCertificate(request);
    if (!("refused" in known) || known.reason === SPEAKS_FOR_NOBODY) return known;
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) return known;
    if (token.length > MAX_TOKEN_BYTES) {
      return { refused: "unauthorized", reason: `the bearer token has more than ${MAX_TOKEN_BYTES} bytes` };
    }
    return byToken(reviewToken, token, known.source ?? request.socket.remoteAddress ?? "");
  };
}

/**
 * Maximum length of a bearer token, in bytes. A longer token is refused before it is hashed or reviewed.
 * Kubernetes only limits all headers together, to 1 MiB. Its own tokens have 1 to 2 KiB.
 */
const MAX_TOKEN_BYTES = 16 * 1024;
const MAX_REASON = 300;

async function byToken(reviewToken: ReviewToken, token: string, source: string): Promise<Identity | Refusal> {
  try {
    const { identity } = await reviewToken(token, source);
    if (identity) return named(identity);
    return { refused: "unauthorized", reason: "the API server does not know the bearer token" };
  } catch (error) {
    const why = reason(error).slice(0, MAX_REASON);
    return { refused: "unreviewed", reason: `the bearer token could not be reviewed (${why})` };
  }
}

const SPEAKS_FOR_NOBODY = "the credentials are those of an anonymous user";

function named(identity: Identity): Identity | Refusal {
  if (identity.user === ANONYMOUS) return { refused: "anonymous", reason: SPEAKS_FOR_NOBODY };
  return identity.user === "" ? { refused: "unauthorized", reason: "the credentials name no user" } : identity;
}

/** Reads the token after the scheme `Bearer` (in any case). `undefined` for any other scheme, which is ignored. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme = "", token = ""] = (header ?? "").trim().split(" ", 2);
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}
