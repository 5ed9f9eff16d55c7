import { oneLine, type Problem, problem, record } from "@asm-autoscaler/hpa-metrics";
import { reason } from "../kubernetes/client.ts";
import { HttpConfigError } from "./httpConfig.ts";
import { ProxyVariableError } from "./proxyEnvironment.ts";
import { codeOf, EncodingError } from "./transport.ts";

/**
 * Returns the problem of a request that has no usable response. `timeoutMs` is the query timeout, and `via` the result
 * of `proxyNote`.
 */
export function failedRequest(address: string, error: unknown, timeoutMs: number, via = ""): Problem {
  const why = oneLine(reason(error));
  if (isFileError(error)) {
    const remedy = "Mount the file, or correct its path in the flags or in the file of --prometheus-http-config.";
    const message = `a file of the credentials for Prometheus at ${address} cannot be read: ${why}`;
    return problem("ASM_HTTP_CONFIG", message, { remedy });
  }
  if (error instanceof ProxyVariableError)
    return problem(
      "ASM_PROXY_INVALID",
      `the query for Prometheus at ${address} cannot be sent through a proxy: ${why}`,
    );
  if (error instanceof EncodingError || isDecompression(error))
    return problem("ASM_PROMETHEUS_ANSWER", `the answer of Prometheus at ${address} cannot be decompressed: ${why}`);
  if (codeOf(error).includes("NO_APPLICATION_PROTOCOL")) {
    const remedy = "Let the server, or the proxy in front of it, also accept HTTP/1.1.";
    const message = `Prometheus at ${address} accepts only HTTP/2${via}, and the adapter uses HTTP/1.1`;
    return problem("ASM_PROMETHEUS_UNREACHABLE", message, { remedy });
  }
  const message = isLate(error)
    ? `Prometheus at ${address} did not answer within ${timeoutMs / 1000} s${via}`
    : `Prometheus at ${address} cannot be asked${via}: ${why}`;
  return problem("ASM_PROMETHEUS_UNREACHABLE", message);
}

/** Whether a request failed because it took too long. */
export function isLate(error: unknown): boolean {
  return /Timeout/.test(String(record(error)["name"]));
}

/** Whether the error is one of node:zlib: `Z_DATA_ERROR`, `Z_BUF_ERROR`, `ERR__ERROR_FORMAT_…`, `ZSTD_error_…`. */
function isDecompression(error: unknown): boolean {
  return /^(?:Z_|ZSTD_|ERR__ERROR_)/.test(codeOf(error));
}

function isFileError(error: unknown): boolean {
  if (error instanceof HttpConfigError) return true;
  return typeof error === "object" && error !== null && "syscall" in error && "path" in error;
}
