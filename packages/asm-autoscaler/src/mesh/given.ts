/** Whether an argument is given; programs without types also leave one out as null. */
export function isGiven<T>(value: T | undefined | null): value is T {
  return value !== undefined && value !== null;
}
