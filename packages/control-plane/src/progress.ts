/** The step or the file that a progress line is about. Its next line replaces this one. */
interface ProgressTopic {
  readonly name: string;
  /** True for the last line of the topic. */
  readonly done?: boolean;
}

/** Called with each progress message, one line at a time. */
export type OnProgress = (line: string, topic?: ProgressTopic) => void;

type Output = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;

/** In a log, at most one line of a topic in this time, in milliseconds. */
const LOG_INTERVAL_MS = 10_000;

/**
 * Returns a function that shows progress on an output. A terminal shows one line for each topic in place, below the
 * other lines. Another output gets the first and the last line of a topic, and one every ten seconds.
 * @param decorate Added to each line, for example the time.
 */
export function showProgress(
  output: Output = process.stdout,
  decorate: (line: string) => string = (line) => line,
): OnProgress {
  return output.isTTY ? inPlace(output, decorate) : asLog(output, decorate);
}

function asLog(output: Output, decorate: (line: string) => string): OnProgress {
  const shownAt = new Map<string, number>();
  return (line, topic) => {
    const now = Date.now();
    if (topic !== undefined && topic.done !== true) {
      if (now - (shownAt.get(topic.name) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return;
      shownAt.set(topic.name, now);
    }
    output.write(`${decorate(line)}\n`);
  };
}

function inPlace(output: Output, decorate: (line: string) => string): OnProgress {
  const current = new Map<string, string>();
  return (line, topic) => {
    const text = decorate(line);
    // Up to the first of the lines in place, and clear the screen from there.
    let screen = current.size > 0 ? `\u001b[${current.size}A\u001b[0J` : "";
    if (topic === undefined || topic.done === true) {
      if (topic !== undefined) current.delete(topic.name);
      screen += `${text}\n`;
    } else {
      current.set(topic.name, text);
    }
    // A line that wraps would take two rows.
    for (const one of current.values()) screen += `${one.slice(0, Math.max(20, output.columns - 1))}\n`;
    output.write(screen);
  };
}
