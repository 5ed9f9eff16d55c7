/** The page's files by their paths. */
export function buildPage(): Promise<Record<string, { type: string; text: string }>>;
