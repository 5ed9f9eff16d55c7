/**
 * Writes samples of the past into a Prometheus, by the remote write protocol 1.0: a protobuf message, compressed with
 * Snappy. Both are written by hand, because the test needs only this one message. Snappy's literals are not compressed.
 * Sources: https://prometheus.io/docs/specs/prw/remote_write_spec/ and format_description.txt of google/snappy.
 */

/** One series with its samples: Unix ms and value, in order of time. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [unixMs: number, value: number])[];
}

/** Prometheus refuses a sample that is an hour older than the newest one. So the series are written in parts. */
const PART_MS = 1_800_000;

/**
 * Writes the series, the oldest samples first.
 * @throws Error with the answer of Prometheus if it refuses them.
 */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const parts = new Map<number, WrittenSeries[]>();
  for (const { labels, samples } of series) {
    for (const [part, own] of Map.groupBy(samples, ([at]) => Math.floor(at / PART_MS)))
      parts.set(part, [...(parts.get(part) ?? []), { labels, samples: own }]);
  }
  for (const [, part] of [...parts].sort(([one], [other]) => one - other)) {
    const response = await fetch(`${url}/api/v1/write`, {
      method: "POST",
      headers: {
        "content-encoding": "snappy",
        "content-type": "application/x-protobuf",
        "x-prometheus-remote-write-version": "0.1.0",
      },
      body: snappy(message(1, ...part.map(timeSeries))),
    });
    if (!response.ok) throw new Error(`remote write: HTTP ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
}

function timeSeries({ labels, samples }: WrittenSeries): Buffer {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.concat([
    message(
      1,
      ...sorted.map(([name, value]) => Buffer.concat([message(1, Buffer.from(name)), message(2, Buffer.from(value))])),
    ),
    message(2, ...samples.map(([at, value]) => Buffer.concat([double(1, value), varintField(2, at)]))),
  ]);
}

/** Each body as a length-delimited field of this number. */
function message(field: number, ...bodies: readonly Buffer[]): Buffer {
  return Buffer.concat(bodies.flatMap((body) => [varint((field << 3) | 2), varint(body.length), body]));
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), bytes]);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

/** Literals of at most 65,536 bytes: a tag with two more bytes of length. */
function snappy(body: Buffer): Buffer {
  const parts = [varint(body.length)];
  for (let start = 0; start < body.length; start += 65_536) {
    const literal = body.subarray(start, start + 65_536);
    const length = Buffer.from([61 << 2, 0, 0]);
    length.writeUInt16LE(literal.length - 1, 1);
    parts.push(length, literal);
  }
  return Buffer.concat(parts);
}
