/** The arguments without those that are null, as programs without types leave one out. */
export function given<T extends object>(args: T): T {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) as T;
}
