import {
  type AdapterProblemCode,
  type LibraryProblemCode,
  type ProblemCode,
  problems,
  type RepositoryProblemCode,
} from "@asm-autoscaler/hpa-metrics";
import { adapterMeanings } from "./problems/adapter";
import { libraryMeanings, reportedWithoutPreview } from "./problems/library";
import { repositoryMeanings } from "./problems/repository";

/** Problems that one kind of reader meets. */
interface Section {
  readonly title: string;
  readonly audience: string;
  readonly meanings: Readonly<Partial<Record<ProblemCode, string>>>;
}

const library: Readonly<Record<LibraryProblemCode, string>> = libraryMeanings;
const adapter: Readonly<Record<AdapterProblemCode, string>> = adapterMeanings;
const repository: Readonly<Record<RepositoryProblemCode, string>> = repositoryMeanings;

const sections: readonly Section[] = [
  {
    title: "Errors of the library",
    audience: "users of the Pulumi components, of `hpa-metrics` and of `asm-autoscaler backtest`",
    meanings: library,
  },
  {
    title: "Errors of the adapter",
    audience: "owners of HPAs, operators of the adapter, and users of its commands",
    meanings: adapter,
  },
  {
    title: "Errors of this repository",
    audience: "developers of this repository, who use `npm start`, `npm test` and the local control plane",
    meanings: repository,
  },
];

/** The error reference as Markdown: an introduction, an index, and what each problem means with its remedy. */
export function errorReference(introduction: string): string {
  const index = sections.map(({ title, audience }) => `- [${title}](#${anchor(title)}): for ${audience}.`).join("\n");
  return `${[introduction.trim(), index, ...sections.flatMap(sectionText)].join("\n\n")}\n`;
}

function sectionText({ title, audience, meanings }: Section): string[] {
  const codes = Object.keys(meanings).sort() as ProblemCode[];
  const entries = codes.flatMap((code) => entry(code, meanings[code] ?? ""));
  return [`## ${title}`, `These errors are for ${audience}.`, codeTable(codes), ...entries];
}

const TABLE_COLUMNS = 3;

/** Links to all codes. The order is from top to bottom, then to the next column, whose title has its first letters. */
function codeTable(codes: readonly ProblemCode[]): string {
  const height = Math.ceil(codes.length / TABLE_COLUMNS);
  const columns = Array.from({ length: TABLE_COLUMNS }, (_, at) => codes.slice(at * height, (at + 1) * height));
  const titles = columns.map((column) => `${letter(column[0])} to ${letter(column.at(-1))}`);
  const rows = Array.from({ length: height }, (_, at) => columns.map((column) => link(column[at])));
  return [titles, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function letter(code = ""): string {
  return code.slice("ASM_".length).charAt(0);
}

function link(code: ProblemCode | undefined): string {
  return code === undefined ? "" : `[\`${code}\`](#${anchor(code)})`;
}

function entry(code: ProblemCode, meaning: string): string[] {
  const { remedy } = problems[code];
  return [`### ${code}`, `Severity: ${severity(code)}`, wrapped(meaning), wrapped(`Remedy: ${remedy}`)];
}

function severity(code: ProblemCode): string {
  const isAtPreview = code in library && !(reportedWithoutPreview as ReadonlySet<ProblemCode>).has(code);
  return `${problems[code].severity}${isAtPreview ? " at preview" : ""}`;
}

/** The anchor that Markdown renderers give to a title. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(" ", "-");
}

const COLUMNS = 120;

/** Fills lines as an editor does. Code in backticks stays on one line. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.match(/(?:`+[^`]*`+|[^\s`])+/g) ?? []) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
