import type { PrometheusEndpoint } from "../prometheus/endpoint";
import type { FoundInstance } from "./lookUp";

/** What an endpoint is made of: the arguments about it, known. */
interface Access {
  url?: string;
  authorization?: string;
  basicAuth?: { username: string; password: string };
}

/** The endpoint that was given or found. Credentials that are given win over a token that was found. */
export function endpointOf(given: Access, found: FoundInstance | undefined): PrometheusEndpoint {
  const url = found?.url ?? given.url ?? "";
  if (given.basicAuth) return { url, basicAuth: given.basicAuth };
  const authorization = given.authorization || found?.token;
  return authorization ? { url, authorization } : { url };
}
