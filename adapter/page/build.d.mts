/** The page's files by their paths. */
export function buildPage(): Promise<{
  files: Record<string, { type: string; text: string }>;
  /** Paths of its sources. */
  inputs: string[];
}>;
