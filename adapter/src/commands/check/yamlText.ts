import { Document, isScalar, visit } from "yaml";

/** Text that every version of YAML reads as text: it starts like a word, and has no character with a meaning. */
const PLAIN = /^[A-Za-z][\w./-]*$/;
/** Words of this form that YAML 1.1 reads as a boolean, as null or as a number. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|e-?[\d_]+)$/i;
/** Characters that YAML 1.1 takes for a line break or refuses. */
const SPECIAL = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Formats an object as YAML that readers of YAML 1.1 (kubectl, Helm, PyYAML) and of YAML 1.2 read alike. All text that
 * could be something else to one of them is quoted.
 */
export function yamlText(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (place, node) => {
      if (!isScalar(node) || typeof node.value !== "string") return;
      const text = node.value;
      if (PLAIN.test(text) && !RESERVED.test(text)) node.type = "PLAIN";
      else if (place !== "key" && isBlock(text)) node.type = "BLOCK_LITERAL";
      else node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 }).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, escaped);
}

/** Whether the text has several lines that a literal block keeps as they are. */
function isBlock(text: string): boolean {
  return text.includes("\n") && !/^\s/.test(text) && !SPECIAL.test(text);
}

/** Such characters are in quoted texts only. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
