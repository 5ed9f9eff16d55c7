import { reason } from "../kubernetes/client.ts";
import type { Answer } from "./answer.ts";
import { HttpConfigError } from "./httpConfig.ts";
import { ProxyVariableError } from "./proxyEnvironment.ts";
import { oneLine } from "./shownText.ts";
import { codeOf, EncodingError } from "./transport.ts";

/**
 * Returns the problem of a request that has no usable response. `timeoutMs` is the query timeout, and `via` the result
 * of `proxyNote`.
 */
export function failedRequest(address: string, error: unknown, timeoutMs: number, via = ""): Answer {
  const why = oneLine(reason(error));
  if (isFileError(error)) {
    return problem(
      "ASM_HTTP_CONFIG",
      `a file of the credentials for Prometheus at ${address} cannot be read: ${why}`,
      "Mount the file, or correct its path in the flags or in the file of --prometheus-http-config.",
    );
  }
  if (error instanceof ProxyVariableError) {
    return problem(
      error.code,
      `the query for Prometheus at ${address} cannot be sent through a proxy: ${why}`,
      "Correct the environment variable of the adapter, or name the host of Prometheus in NO_PROXY.",
    );
  }
  if (error instanceof EncodingError || isDecompression(error)) {
    return problem(
      "ASM_PROMETHEUS_ANSWER",
      `the answer of Prometheus at ${address} cannot be decompressed: ${why}`,
      "Check the proxy in front of it: the body must have the encoding that its Content-Encoding header names.",
    );
  }
  if (codeOf(error).includes("NO_APPLICATION_PROTOCOL")) {
    return problem(
      "ASM_PROMETHEUS_UNREACHABLE",
      `Prometheus at ${address} accepts only HTTP/2${via}, and the adapter uses HTTP/1.1`,
      "Let the server, or the proxy in front of it, also accept HTTP/1.1.",
    );
  }
  const message = isLate(error)
    ? `Prometheus at ${address} did not answer within ${timeoutMs / 1000} s${via}`
    : `Prometheus at ${address} cannot be asked${via}: ${why}`;
  return problem(
    "ASM_PROMETHEUS_UNREACHABLE",
    message,
    "Check that it runs, that its address is correct and that network policies let the adapter connect.",
  );
}

/** Whether a request failed because it took too long. */
export function isLate(error: unknown): boolean {
  return error instanceof Error && /Timeout/.test(error.name);
}

/** Whether the error is one of node:zlib: `Z_DATA_ERROR`, `Z_BUF_ERROR`, `ERR__ERROR_FORMAT_…`, `ZSTD_error_…`. */
function isDecompression(error: unknown): boolean {
  return /^(?:Z_|ZSTD_|ERR__ERROR_)/.test(codeOf(error));
}

function isFileError(error: unknown): boolean {
  if (error instanceof HttpConfigError) return true;
  return typeof error === "object" && error !== null && "syscall" in error && "path" in error;
}

function problem(code: string, message: string, remedy: string): Answer {
  return { ok: false, problem: { code, severity: "error", message, remedy } };
}
