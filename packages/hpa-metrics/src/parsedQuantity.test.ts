import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseQuantity, QuantityError } from "./parsedQuantity";

interface Vector {
  readonly in: string;
  readonly canonical: string;
  readonly milli: string;
  readonly err?: string;
}
const vectors: { guards: string; quantities: Vector[] } = JSON.parse(
  readFileSync(join(__dirname, "quantity.vectors.json"), "utf8"),
);

test.each(vectors.quantities.filter((vector) => vector.err === undefined))("$in reads as in Go", (vector) => {
  const { milli, canonical } = parseQuantity(vector.in);
  expect({ milli: String(milli), canonical }).toEqual({ milli: vector.milli, canonical: vector.canonical });
});

test.each(vectors.quantities.filter((vector) => vector.err !== undefined))("$in is refused as in Go", (vector) => {
  expect(() => parseQuantity(vector.in)).toThrow(new QuantityError(vector.err));
});

test("any text is read or refused with a QuantityError, quickly", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[-+]?[0-9]{0,25}\.?[0-9]{0,25}[eEinumkKMGTP]{0,3}[-+]?[0-9]{0,6}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const { canonical } = parseQuantity(text);
        expect(parseQuantity(canonical).canonical).toBe(canonical);
      } catch (error) {
        expect(error).toBeInstanceOf(QuantityError);
      }
    }),
    { numRuns: 2000 },
  );
  expect(() => parseQuantity(`${"1".repeat(200_000)}x`)).toThrow(QuantityError);
  expect(() => parseQuantity("1e999999999")).toThrow("exponent");
});
