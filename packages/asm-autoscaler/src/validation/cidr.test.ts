import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Cidr, cidrErrors, contains, overlap, overlapErrors, parseCidr, placedCidr } from "./cidr";
import { UNKNOWN } from "./inputs";

// An oracle that knows no arithmetic: a block as the text of the bits that its addresses share.
const bits = fc.array(fc.constantFrom("0", "1"), { maxLength: 32 }).map((drawn) => drawn.join(""));

function written(shared: string): string {
  const all = shared.padEnd(32, "0");
  const parts = [0, 8, 16, 24].map((at) => Number.parseInt(all.slice(at, at + 8), 2));
  return `${parts.join(".")}/${shared.length}`;
}

function block(shared: string): Cidr {
  const parsed = parseCidr(written(shared));
  if (parsed === undefined) throw new Error(`${written(shared)} is refused`);
  return parsed;
}

// Two unrelated blocks hardly ever meet; half of the pairs are made to.
const pairs = fc.oneof(
  fc.tuple(bits, bits),
  fc.tuple(bits, bits).map(([outer, more]): [string, string] => [outer, (outer + more).slice(0, 32)]),
);

describe("blocks", () => {
  test("one contains another when its shared bits begin the other's", () => {
    fc.assert(
      fc.property(pairs, ([outer, inner]) => {
        expect(contains(block(outer), block(inner))).toBe(inner.startsWith(outer));
      }),
    );
  });

  test("two overlap when one contains the other, whichever comes first", () => {
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const expected = one.startsWith(other) || other.startsWith(one);
        expect(overlap(block(one), block(other))).toBe(expected);
        expect(overlap(block(other), block(one))).toBe(expected);
      }),
    );
  });

  test("neighbours do not overlap", () => {
    fc.assert(
      fc.property(
        bits.filter((shared) => shared.length < 32),
        (shared) => {
          expect(overlap(block(`${shared}0`), block(`${shared}1`))).toBe(false);
        },
      ),
    );
  });

  test("a block that does not start at its first address is refused, and the remedy is the block that does", () => {
    fc.assert(
      fc.property(
        bits.filter((shared) => shared.length > 0 && shared.includes("1")),
        fc.nat(31),
        (shared, cut) => {
          const prefix = Math.min(cut, shared.lastIndexOf("1"));
          const crooked = written(shared).replace(/\/.*/, `/${prefix}`);
          expect(parseCidr(crooked)).toBeUndefined();
          expect(cidrErrors("x", crooked, { shortest: 0, longest: 32 })).toEqual([
            {
              path: "x",
              code: "ASM_CIDR_INVALID",
              message: `"${crooked}" does not start at its first address`,
              remedy: `Write ${written(shared.slice(0, prefix))}`,
            },
          ]);
        },
      ),
    );
  });
});

test.each([
  "",
  "10.0.0.0",
  "10.0.0/8",
  "10.0.0.0/33",
  "256.0.0.0/8",
  "010.0.0.0/8",
  "10.0.0.0/08",
  "::/0",
  " 10.0.0.0/8",
])("%j is no block", (text) => {
  expect(parseCidr(text)).toBeUndefined();
  expect(cidrErrors("x", text, { shortest: 0, longest: 32 })[0]?.message).toContain("is not an IPv4 CIDR block");
});

test("the prefix length has bounds, both allowed", () => {
  const range = { shortest: 16, longest: 29 };
  const lengths = [15, 16, 29, 30].filter((prefix) => cidrErrors("x", `10.0.0.0/${prefix}`, range).length === 0);
  expect(lengths).toEqual([16, 29]);
});

test("what is not known yet is not judged", () => {
  expect(cidrErrors("x", UNKNOWN, { shortest: 0, longest: 32 })).toEqual([]);
  expect(placedCidr("x", UNKNOWN)).toEqual([]);
});

test("each overlapping block is told which earlier one it meets", () => {
  const blocks = [
    ["a", "10.1.0.0/16"],
    ["b", "10.2.0.0/16"],
    ["c", "10.1.128.0/17"],
  ] as const;
  expect(overlapErrors(blocks.flatMap(([path, text]) => placedCidr(path, text)))).toEqual([
    expect.objectContaining({ path: "c", message: "10.1.128.0/17 overlaps 10.1.0.0/16 of a" }),
  ]);
});
