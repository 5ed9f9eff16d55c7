import { get as getPlain } from "node:http";
import { get as getTls } from "node:https";

/**
 * Sends one request to a health endpoint.
 * @param ca PEM certificates that verify an https endpoint.
 * @returns true if the status is 200 to 299.
 * @throws Error if the endpoint cannot be reached.
 */
export function answersOk(url: string, signal: AbortSignal, ca?: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { signal, agent: false, ...(ca && { ca }) };
    const request = (url.startsWith("https:") ? getTls : getPlain)(url, options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 300);
    });
    request.on("error", reject);
  });
}
