/** The one media type of this API. */
export const JSON_TYPE = "application/json";

/**
 * Whether an `Accept` header takes plain JSON. A clause that asks for a transformation (`as=Table;g=…;v=…`, as `kubectl get`
 * and the discovery aggregator do) is passed over, and so is every type we do not write: the HPA controller's protobuf
 * or anything is JSON, protobuf alone is not acceptable. apiserver/pkg/endpoints/handlers/negotiation/negotiate.go
 */
export function acceptsJson(header: string | undefined): boolean {
  if (header === undefined || header.trim() === "") return true;
  return header.split(",").some(takesJson);
}

function takesJson(clause: string): boolean {
  const [range = "", ...parameters] = clause.split(";").map((part) => part.trim().toLowerCase());
  if (![JSON_TYPE, "application/*", "*/*"].includes(range)) return false;
  return parameters.every((parameter) => {
    const [name = "", value = ""] = parameter.split("=").map((part) => part.trim());
    if (name === "q") return Number(value) > 0;
    return !["as", "g", "v", "sv"].includes(name) && !(name === "stream" && value !== "" && value !== "watch");
  });
}

/**
 * Whether JSON is indented: by `pretty`, else for the command line tools and browsers that the API server knows.
 */
export function wantsPretty(pretty: string | null, userAgent: string | undefined): boolean {
  // Go's strconv.ParseBool.
  if (pretty) return ["1", "t", "T", "true", "TRUE", "True"].includes(pretty);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
