/** The response body is larger than the limit. */
export class BodyTooLarge extends Error {
  constructor(most: number) {
    super(`the answer is larger than ${(most / 1024 / 1024).toFixed(most % (1024 * 1024) === 0 ? 0 : 1)} MiB`);
  }
}

/**
 * Reads a response body of at most `most` bytes as UTF-8 text.
 *
 * @throws BodyTooLarge when the body is larger. The rest of the body is not read.
 */
export async function readLimited(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new BodyTooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
