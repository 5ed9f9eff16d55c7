/** Whether an argument is given; a program without types may leave one out as null. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Those of some arguments that are given, to be spread into the inputs of a resource. */
export function onlyGiven<T extends object>(args: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const given: { [Name in keyof T]?: NonNullable<T[Name]> } = {};
  for (const name in args) if (isGiven(args[name])) given[name] = args[name];
  return given;
}
