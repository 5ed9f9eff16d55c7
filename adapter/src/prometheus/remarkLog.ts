/** Maximum number of remarks that are remembered, so that each is reported once. The oldest is forgotten. */
const MOST_REMEMBERED = 500;

/** Reports what one server remarks about queries, each remark once. */
export interface RemarkLog {
  add(remarks: readonly string[], query: string): void;
}

/** Creates a log without remarks. `address` is the server's. */
export function createRemarkLog(address: string, onRemark: (sentence: string) => void): RemarkLog {
  const known = new Set<string>();
  return {
    add(remarks, query) {
      for (const remark of remarks) {
        // The position at the end differs from query to query.
        const key = remark.replace(/ \(\d+:\d+\)"?$/, "");
        if (known.has(key)) continue;
        known.add(key);
        const [oldest] = known;
        if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
        onRemark(`Prometheus at ${address} remarks ${remark} about the query ${query.slice(0, 300)}`);
      }
    },
  };
}
