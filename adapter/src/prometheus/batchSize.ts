import { isLiteral, type TemplateInstance } from "@asm-autoscaler/hpa-metrics";

/** How large the queries of a batch are together. */
interface BatchSize {
  instances: number;
  /** Values of the label with the most, such as pod names. */
  values: number;
  /** Characters of all values. */
  characters: number;
  /** The same in all selectors. Values that several instances have in common count several times. */
  written: number;
}

/** Size of one instance. */
interface InstanceSize extends Readonly<BatchSize> {
  /** Whether no value needs escapes in a regular expression. */
  readonly isPlain: boolean;
}

/**
 * Maximum number of values of one label in a grouped query. With 20 pods for each HPA, 2,000 pod names are the queries of
 * 100 HPAs, 80 KB of text and an answer of 300 KB.
 */
const MOST_VALUES = 2_000;
/**
 * The same if values need escapes. Prometheus looks up a larger alternation by pattern and not by value.
 * Source: maxSetMatches of Prometheus's model/labels/regexp.go.
 */
const MOST_ESCAPED = 250;
/** Maximum length of a grouped query, in characters. Proxies have limits of their own. */
export const MOST_TEXT = 100_000;
/** Maximum that is written before its length is known. It keeps a query with hundreds of selectors short enough. */
const MOST_WRITTEN = 4 * MOST_TEXT;
/**
 * Maximum that one home adds to a group of several homes: instances, and characters of their values. A home that has
 * more gets its own group.
 */
const MOST_SHARED = 100;
const MOST_SHARED_TEXT = 10_000;

/** Number of values of these instances. The work to write a group grows with it. */
export function valuesOf(instances: readonly TemplateInstance[]): number {
  return instances.reduce((sum, instance) => sum + sizeOf(instance).values, 0);
}

/** Whether the instances of one home are few and small enough to be sent with those of others. */
export function isSmall(instances: readonly TemplateInstance[]): boolean {
  const size = noSize();
  for (const instance of instances) add(size, instance);
  return size.instances <= MOST_SHARED && size.characters <= MOST_SHARED_TEXT;
}

/**
 * Divides queries of one template into groups of at most `limit` instances, and of at most as many values and characters
 * as one query may have. Queries with values that need escapes are in the last groups.
 */
export function sized<T extends { readonly instance: TemplateInstance }>(queries: readonly T[], limit: number): T[][] {
  const [plain, escaped] = [true, false].map((is) => queries.filter(({ instance }) => sizeOf(instance).isPlain === is));
  const groups: T[][] = [];
  let size = noSize();
  for (const query of [...(plain ?? []), ...(escaped ?? [])]) {
    add(size, query.instance);
    const group = groups.at(-1);
    if (group && size.instances <= limit && fits(size, sizeOf(query.instance))) group.push(query);
    else {
      groups.push([query]);
      size = noSize();
      add(size, query.instance);
    }
  }
  return groups;
}

function fits({ values, written }: BatchSize, { isPlain }: InstanceSize): boolean {
  return values <= (isPlain ? MOST_VALUES : MOST_ESCAPED) && written <= MOST_WRITTEN;
}

function noSize(): BatchSize {
  return { instances: 0, values: 0, characters: 0, written: 0 };
}

function add(size: BatchSize, instance: TemplateInstance): void {
  const { values, characters, written } = sizeOf(instance);
  size.instances++;
  size.values += values;
  size.characters += characters;
  size.written += written;
}

/** Computed once for each instance: a query is evaluated every few seconds, with a thousand others. */
const sizes = new WeakMap<TemplateInstance, InstanceSize>();

function sizeOf(instance: TemplateInstance): InstanceSize {
  const known = sizes.get(instance);
  if (known) return known;
  const all = instance.values.flat();
  const characters = all.reduce((sum, { length }) => sum + length, 0);
  const { labels, segments } = instance.template;
  // Each selector has one matcher for each label.
  const selectors =
    segments.filter((segment) => typeof segment === "object" && "matcher" in segment).length / labels.length;
  const size: InstanceSize = {
    instances: 1,
    values: Math.max(...instance.values.map(({ length }) => length)),
    characters,
    written: characters * selectors,
    isPlain: all.every(isLiteral),
  };
  sizes.set(instance, size);
  return size;
}
