import { readFileSync } from "node:fs";
import { nearest, ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { parseDocument } from "yaml";

/** A value as text, or a file. The file is read at every use, so a replaced Secret applies at once. */
export type SecretText = { text: string } | { file: string };

/**
 * How to connect to one Prometheus: the fields of Prometheus's `http_config` that a client needs.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config
 */
export interface HttpConfig {
  /** The file that this configuration was read from, so that it can be read again. */
  file?: string;
  /** Sent as `Authorization: <type> <credentials>`. Type `none` sends only the credentials (ARMS V1). */
  authorization?: { type: string; credentials: SecretText };
  basicAuth?: { username: SecretText; password: SecretText };
  headers: { name: string; value: SecretText }[];
  tls?: TlsConfig;
}

interface TlsConfig {
  ca?: SecretText;
  cert?: SecretText;
  key?: SecretText;
  serverName?: string;
  insecureSkipVerify: boolean;
}

/** The error for an `http_config` file that is not usable. The message names the file and the field. */
export class HttpConfigError extends ProblemError {
  constructor(message: string) {
    super(problem("ASM_HTTP_CONFIG", message));
  }
}

const NO_CONFIG: HttpConfig = { headers: [] };

/** Returns a configuration with a bearer token from a file, or without credentials if there is no file. */
export function tokenFileConfig(file: string | undefined): HttpConfig {
  return file ? { headers: [], authorization: { type: "Bearer", credentials: { file } } } : NO_CONFIG;
}

/**
 * Returns the configuration for the flags of one server: an `http_config` file, a file with a bearer token, or neither.
 * @throws HttpConfigError as `readHttpConfig`.
 */
export function serverConfig(files: {
  httpConfigFile?: string | undefined;
  tokenFile?: string | undefined;
}): HttpConfig {
  return files.httpConfigFile ? readHttpConfig(files.httpConfigFile) : tokenFileConfig(files.tokenFile);
}

/** Reads an `http_config` file. @throws HttpConfigError for a missing file, an unknown field or a contradiction. */
export function readHttpConfig(file: string): HttpConfig {
  const fail = (sentence: string): never => {
    throw new HttpConfigError(`${file}: ${sentence}`);
  };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return fail(`cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  const { value: document, mistake } = yamlOf(text);
  if (mistake !== undefined) return fail(mistake);
  const root = section(
    document ?? {},
    "http_config",
    ["basic_auth", "authorization", "http_headers", "tls_config"],
    fail,
  );
  if (root["basic_auth"] && root["authorization"]) fail("has both basic_auth and authorization; keep one");
  return {
    file,
    headers: readHeaders(root["http_headers"], fail),
    ...(root["authorization"] === undefined ? {} : { authorization: readAuthorization(root["authorization"], fail) }),
    ...(root["basic_auth"] === undefined ? {} : { basicAuth: readBasicAuth(root["basic_auth"], fail) }),
    ...(root["tls_config"] === undefined ? {} : { tls: readTls(root["tls_config"], fail) }),
  };
}

/**
 * Parses YAML. Returns the value, or the error and its position. The parser's own messages are not used: they quote the
 * text, which may be a secret.
 */
function yamlOf(text: string): { value?: unknown; mistake?: string } {
  const parsed = parseDocument(text, { logLevel: "error" });
  const [wrong] = [...parsed.errors, ...parsed.warnings];
  try {
    if (!wrong) return { value: parsed.toJS() };
  } catch {
    return { mistake: "cannot be read as YAML: an alias has no anchor; put the value in quotes" };
  }
  const at = wrong.linePos?.[0];
  return {
    mistake: `cannot be read as YAML (${wrong.code}${at ? `, line ${at.line}, column ${at.col}` : ""}); put values in quotes`,
  };
}

type Fail = (sentence: string) => never;

function readAuthorization(value: unknown, fail: Fail): { type: string; credentials: SecretText } {
  const fields = section(value, "authorization", ["type", "credentials", "credentials_file"], fail);
  const credentials = secret(fields, "credentials", "authorization", fail);
  if (!credentials) return fail("authorization needs credentials or credentials_file");
  return { type: typeof fields["type"] === "string" ? fields["type"] : "Bearer", credentials };
}

function readBasicAuth(value: unknown, fail: Fail): { username: SecretText; password: SecretText } {
  const fields = section(value, "basic_auth", ["username", "username_file", "password", "password_file"], fail);
  return {
    username: secret(fields, "username", "basic_auth", fail) ?? fail("basic_auth needs username or username_file"),
    password: secret(fields, "password", "basic_auth", fail) ?? { text: "" },
  };
}

function readHeaders(value: unknown, fail: Fail): { name: string; value: SecretText }[] {
  if (value === undefined) return [];
  return Object.entries(record(value)).flatMap(([name, given]) => {
    const fields = section(given, `http_headers.${name}`, ["values", "secrets", "files"], fail);
    const list = (key: string): string[] => {
      const items = fields[key] ?? [];
      if (Array.isArray(items) && items.every((item) => typeof item === "string")) return items;
      return fail(`http_headers.${name}.${key} must be a list of strings`);
    };
    return [
      ...[...list("values"), ...list("secrets")].map((text) => ({ name, value: { text } })),
      ...list("files").map((file) => ({ name, value: { file } })),
    ];
  });
}

function readTls(value: unknown, fail: Fail): TlsConfig {
  const known = ["ca", "ca_file", "cert", "cert_file", "key", "key_file", "server_name", "insecure_skip_verify"];
  const fields = section(value, "tls_config", known, fail);
  const [ca, cert, key] = ["ca", "cert", "key"].map((name) => secret(fields, name, "tls_config", fail));
  if ((cert === undefined) !== (key === undefined)) fail("tls_config needs cert and key together");
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(typeof fields["server_name"] === "string" ? { serverName: fields["server_name"] } : {}),
    insecureSkipVerify: fields["insecure_skip_verify"] === true,
  };
}

function section(value: unknown, name: string, known: string[], fail: Fail): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(`${name} must be a mapping`);
  const fields = record(value);
  for (const field of Object.keys(fields)) {
    if (known.includes(field)) continue;
    const close = nearest(field, known);
    // A field that is similar to no known field may be a misplaced value, and so a secret. It is not quoted.
    if (close !== undefined) fail(`${name} has the unknown field "${field}"; did you mean "${close}"?`);
    fail(`${name} has an unknown field; known: ${known.join(", ")}`);
  }
  return fields;
}

function secret(fields: Record<string, unknown>, name: string, parent: string, fail: Fail): SecretText | undefined {
  const text = fields[name] ?? undefined;
  const file = fields[`${name}_file`] ?? undefined;
  if (text !== undefined && file !== undefined) fail(`${parent} has both ${name} and ${name}_file; keep one`);
  if (file !== undefined) return typeof file === "string" ? { file } : fail(`${parent}.${name}_file must be a path`);
  if (text === undefined) return undefined;
  return typeof text === "string" ? { text } : fail(`${parent}.${name} must be a string; put it in quotes`);
}

/**
 * Returns the current value. Removes the line end that editors and `kubectl create secret --from-file` leave in a file.
 * @throws if the file cannot be read.
 */
export function secretText(value: SecretText): string {
  return "text" in value ? value.text : readFileSync(value.file, "utf8").replace(/\r?\n$/, "");
}

/** Returns the request headers of the configuration. Reads its files at each call. @throws if a file cannot be read. */
export function requestHeaders(config: HttpConfig): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const { name, value } of config.headers) {
    headers[name.toLowerCase()] = [headers[name.toLowerCase()] ?? [], secretText(value)].flat();
  }
  if (config.basicAuth) {
    const pair = `${secretText(config.basicAuth.username)}:${secretText(config.basicAuth.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  if (config.authorization) {
    const { type, credentials } = config.authorization;
    headers["authorization"] =
      type.toLowerCase() === "none" ? secretText(credentials) : `${type} ${secretText(credentials)}`;
  }
  return headers;
}
