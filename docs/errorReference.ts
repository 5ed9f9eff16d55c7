import {
  type AdapterProblemCode,
  type LibraryProblemCode,
  type ProblemCode,
  problems,
  type RepositoryProblemCode,
} from "hpa-metrics";
import { adapterMeanings } from "./problems/adapter";
import { libraryMeanings } from "./problems/library";
import { repositoryMeanings } from "./problems/repository";

/** Problems that one kind of reader meets. */
interface Section {
  readonly title: string;
  readonly text: string;
  readonly meanings: Readonly<Partial<Record<ProblemCode, string>>>;
}

const library: Readonly<Record<LibraryProblemCode, string>> = libraryMeanings;
const adapter: Readonly<Record<AdapterProblemCode, string>> = adapterMeanings;
const repository: Readonly<Record<RepositoryProblemCode, string>> = repositoryMeanings;

const sections: readonly Section[] = [
  {
    title: "Errors of the library",
    text: "You use the Pulumi components, `hpa-metrics` or `asm-autoscaler backtest`.",
    meanings: library,
  },
  {
    title: "Errors of the adapter",
    text: "You own an HPA, operate the adapter, or run one of its commands.",
    meanings: adapter,
  },
  {
    title: "Errors of this repository",
    text: "You develop this repository: `npm start`, `npm test` and the local control plane.",
    meanings: repository,
  },
];

/** The error reference as Markdown: an introduction, an index, and what each problem means with its remedy. */
export function errorReference(introduction: string): string {
  const index = sections.map(({ title, text }) => `- [${title}](#${anchor(title)}): ${text}`).join("\n");
  return `${[introduction.trim(), index, ...sections.flatMap(sectionText)].join("\n\n")}\n`;
}

function sectionText({ title, text, meanings }: Section): string[] {
  const codes = Object.keys(meanings).sort() as ProblemCode[];
  const links = codes.map((code) => `[\`${code}\`](#${anchor(code)})`).join(" ·\n");
  return [`## ${title}`, text, links, ...codes.flatMap((code) => entry(code, meanings[code] ?? ""))];
}

function entry(code: ProblemCode, meaning: string): string[] {
  return [`### ${code}`, wrapped(meaning), wrapped(`Remedy: ${problems[code].remedy}`)];
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
