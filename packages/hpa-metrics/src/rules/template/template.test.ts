import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseTemplate } from "./template";

interface Data {
  readonly Series: string;
  readonly LabelMatchers: string;
  readonly LabelValuesByName: Readonly<Record<string, string>>;
  readonly GroupBy: string;
  readonly GroupBySlice: readonly string[];
}

/** What Go makes of each template: see `source` in the file. */
const vectors: {
  readonly data: readonly Data[];
  readonly cases: readonly { readonly t: string; readonly r?: readonly (string | null)[] }[];
} = JSON.parse(readFileSync(join(__dirname, "template.vectors.json"), "utf8"));

const FIELDS = ["Series", "LabelMatchers", "LabelValuesByName", "GroupBy", "GroupBySlice"];

function render(template: string, data: Partial<Data> = {}, limit?: number) {
  const parsed = parseTemplate(template, FIELDS);
  if (!parsed.ok) return parsed;
  const { Series = "", LabelMatchers = "", LabelValuesByName = {}, GroupBy = "", GroupBySlice = [] } = data;
  const values = new Map(Object.entries(LabelValuesByName));
  return parsed.template.render({ Series, LabelMatchers, LabelValuesByName: values, GroupBy, GroupBySlice }, limit);
}

/** What is refused although Go accepts it. */
const REFUSED =
  /not supported|support %|a missing value|^printf|index of a text|range over a number|variables are declared|only a function can follow|the whole of the data/;

test("a template gives what it gives in Go, or is refused by name", () => {
  const wrong = vectors.cases.flatMap(({ t, r }) =>
    vectors.data.flatMap((data, index) => {
      const go = r?.[index] ?? null;
      const ours = render(t, data);
      if (ours.ok ? ours.text === go : go === null || REFUSED.test(ours.why)) return [];
      return [{ t, go, ours }];
    }),
  );
  expect(wrong).toEqual([]);
});

describe("what is not supported is named", () => {
  test.each<[string, RegExp]>([
    ["<<template `a`>>", /^line 1, column 3: template is not supported$/],
    ["<<define `a`>>x<<end>>", /define is not supported/],
    ["a\n<<html .Series>>", /^line 2, column 3: html is not supported as a function$/],
    ["<<slice .Series 1>>", /slice is not supported as a function/],
    ["<<eq .Series nil>>", /nil is not supported/],
    ["<<1.5>>", /1\.5 is not a decimal integer/],
    ["<<'a'>>", /a character in single quotes is not supported/],
    ["<<.Nope>>", /\.Nope does not exist: \.Series, \.LabelMatchers/],
    ["<<range .GroupBySlice>><<$.Nope>><<end>>", /\.Nope does not exist/],
    ["<<printf `%5s` .Series>>", /printf does not support %5/],
    ["<<$x>>", /the variable \$x is not declared/],
    ["<<if .Series>>", /this if has no end/],
    ["<<.Series", /this << has no >>/],
    ["<<index .Series 0>>", /index of a text by a number/],
  ])("%s", (template, why) => {
    expect(render(template)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });
});

const text = fc.string({ unit: "binary", maxLength: 8 }).filter((value) => value.isWellFormed());
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe("for any values", () => {
  test("a map is printed in the order of its keys' bytes, a list with spaces, and a text as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), fc.array(text), text, (map, list, series) => {
        const entries = Object.keys(map).sort(byBytes);
        const data = { LabelValuesByName: map, GroupBySlice: list, Series: series };
        const printed = render("<<.LabelValuesByName>>|<<.GroupBySlice>>|<<.Series>>", data);
        const expected = `map[${entries.map((key) => `${key}:${map[key]}`).join(" ")}]|[${list.join(" ")}]|${series}`;
        expect(printed).toEqual({ ok: true, text: expected });
        expect(render("<<range $k, $v := .LabelValuesByName>><<$k>>=<<$v>>;<<end>>", data)).toEqual({
          ok: true,
          text: entries.map((key) => `${key}=${map[key]};`).join(""),
        });
      }),
    );
  });

  test("text without an action stays as it is", () => {
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes("<<")),
        (value) => expect(render(value)).toEqual({ ok: true, text: value }),
      ),
    );
  });

  test("a damaged template gives a text or a reason", () => {
    const templates = vectors.cases.map(({ t }) => t);
    fc.assert(
      fc.property(
        fc.constantFrom(...templates),
        fc.constantFrom(...templates),
        fc.nat(300),
        fc.nat(300),
        (left, right, end, start) => {
          const rendered = render(left.slice(0, end) + right.slice(start), vectors.data[0]);
          expect(rendered.ok ? rendered.text : rendered.why).toEqual(expect.any(String));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("a template that would hold the event loop is stopped:", () => {
  const names = Array.from({ length: 100 }, (_, index) => [`l${index}`, "x".repeat(100)]);
  const data = { LabelValuesByName: Object.fromEntries(names), LabelMatchers: "x".repeat(200_000) };
  const nested = (depth: number, inside: string) =>
    `${"<<range .LabelValuesByName>><<with $>>".repeat(depth)}${inside}${"<<end>><<end>>".repeat(depth)}`;
  test.each<[string, string, RegExp]>([
    ["long", "x".repeat(8193), /longer than 8192 characters/],
    ["deep", `${"<<if true>>".repeat(400)}${"<<end>>".repeat(400)}`, /more than 50 actions inside each other/],
    ["deep in parentheses", `<<${"(".repeat(4000)}1${")".repeat(4000)}>>`, /more than 50 parentheses/],
    ["many loops inside each other", nested(8, "x"), /more than 10000 steps/],
    ["much output", "<<.LabelMatchers>><<.LabelMatchers>>", /longer than 262144 characters/],
    ["much output of functions", `<<print ${".LabelMatchers ".repeat(500)}>>`, /more than 1048576 characters/],
    ["doubled", `<<$x := .LabelMatchers>>${"<<$x = print $x $x>>".repeat(50)}`, /longer than|more than/],
    ["measured again and again", "<<if len .LabelMatchers>><<end>>".repeat(200), /more than 1048576 characters/],
  ])("%s", (_, template, why) => {
    expect(render(template, data)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });
});
