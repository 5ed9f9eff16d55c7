import "reflect-metadata";
import { ExtendedKeyUsageExtension, type Extension } from "@peculiar/x509";
import {
  authority,
  constraints,
  der,
  extension,
  type Made,
  make,
  type Name,
  names,
  signedOnceMore,
} from "./certificates.testing.ts";

/** A test case: the certificates of a client, leaf first, and the expected result. */
export interface ChainCase {
  readonly sent: readonly Made[];
  readonly authorities: readonly Made[];
  /** Part of the expected reason. Absent when the chain is valid. */
  readonly refused?: string;
  /** Set when Go has a different result. */
  readonly differsFromGo?: true;
}

const CLIENT = "1.3.6.1.5.5.7.3.2";
const SERVER = "1.3.6.1.5.5.7.3.1";
const usages = (...list: string[]) => new ExtendedKeyUsageExtension(list);
const unknown = (critical: boolean) => extension("1.2.3.4", der(0x05), critical);
const DNS = 2;
const EMAIL = 1;
const URI = 6;
const IP = 7;
const DIRECTORY = 4;

/** A chain of a root, an intermediate with the extensions `between`, and a leaf with the extensions `leaf`. */
async function three(between: readonly Extension[], leaf: readonly Extension[] = []): Promise<ChainCase> {
  const root = await authority("root");
  const issuer = await authority("between", { issuer: root, extensions: between });
  return { sent: [await make("leaf", { issuer, extensions: leaf }), issuer], authorities: [root] };
}

/** A chain with one path length limit per authority: first the root, then each intermediate. */
async function lengths(...limits: (number | undefined)[]): Promise<ChainCase> {
  const [rootLimit, ...below] = limits;
  const root = await authority("root", {}, rootLimit);
  const sent: Made[] = [];
  for (const [index, limit] of below.entries())
    sent.unshift(await authority(`between-${index}`, { issuer: sent[0] ?? root }, limit));
  return { sent: [await make("leaf", { issuer: sent[0] ?? root }), ...sent], authorities: [root] };
}

/** A chain with name constraints on the intermediate and names on the leaf. */
function constrained(permitted: readonly Name[], excluded: readonly Name[], leaf: readonly Name[]): Promise<ChainCase> {
  return three([constraints(permitted, excluded)], leaf.length > 0 ? [names(leaf)] : []);
}

async function signedWith(change: (leaf: Made, root: Made) => Made | Promise<Made>): Promise<ChainCase> {
  const root = await authority("root", { key: "RSASSA-PKCS1-v1_5" });
  return {
    sent: [await change(await make("leaf", { issuer: root, key: "RSASSA-PKCS1-v1_5" }), root)],
    authorities: [root],
  };
}

const refused = async (reason: string, made: Promise<ChainCase>): Promise<ChainCase> => ({
  ...(await made),
  refused: reason,
});
const unlikeGo = async (made: Promise<ChainCase>): Promise<ChainCase> => ({ ...(await made), differsFromGo: true });

/** Test cases for every rule of `verifyClientChain`, by test name. */
export async function chainCases(): Promise<ReadonlyMap<string, ChainCase>> {
  const root = await authority("root");
  const otherRoot = await authority("root");
  const notCertified = "its authority may not certify";
  const excluded = "is excluded by its authority";
  const notCompared = "cannot be compared";
  const notUnderstood = "critical extension 1.2.3.4 is not understood";
  const form = "has a form that the adapter does not check";
  const notForClients = "is not for client authentication";
  const weak = "is signed with an algorithm that is not accepted";
  const between = await authority("between", { issuer: root });
  const selfIssued = await authority("root", { issuer: root });

  const cases: Record<string, Promise<ChainCase> | ChainCase> = {
    "a leaf of the authority holds": lengths(undefined),
    "a leaf of another authority of that name does not": {
      sent: [await make("leaf", { issuer: otherRoot })],
      authorities: [root],
      refused: "is not signed by a trusted authority",
    },
    "authorities of one name are each tried": {
      sent: [await make("leaf", { issuer: otherRoot })],
      authorities: [root, otherRoot],
    },
    "an intermediate that was not sent is missed": {
      sent: [await make("leaf", { issuer: between })],
      authorities: [root],
      refused: "is not signed by a trusted authority",
    },
    "the authority's own certificate is a chain": { sent: [root], authorities: [root] },
    "the authority may be sent along": { sent: [await make("leaf", { issuer: root }), root], authorities: [root] },
    "an issuer without basic constraints signs nobody": (async () => {
      const issuer = await make("other", { issuer: root });
      const refused = "may not sign certificates";
      return { sent: [await make("leaf", { issuer }), issuer], authorities: [root], refused };
    })(),
    "an authority without basic constraints signs nobody": (async () => {
      const bare = await make("bare");
      return {
        sent: [await make("leaf", { issuer: bare })],
        authorities: [bare],
        refused: "may not sign certificates",
      };
    })(),
    "key usage without the signing of certificates": refused(
      "may not sign certificates",
      three([extension("2.5.29.15", der(0x03, Buffer.from([0x07, 0x80])))]),
    ),
    "key usage with the signing of certificates": three([extension("2.5.29.15", der(0x03, Buffer.from([0x02, 0x04])))]),
    "an authority that expired": (async () => {
      const old = await authority("root", { notAfter: new Date(Date.now() - 1000) });
      return { sent: [await make("leaf", { issuer: old })], authorities: [old], refused: "expired on" };
    })(),

    "path length 0 allows no intermediate": refused(
      "allows 0 intermediates below it, and there are 1",
      lengths(0, undefined),
    ),
    "path length 0 allows a leaf": lengths(undefined, 0),
    "path length 1 allows one intermediate": lengths(1, undefined),
    "path length 1 allows no second one": refused("allows 1 intermediates", lengths(1, undefined, undefined)),
    "path length of an intermediate counts too": refused("allows 0 intermediates", lengths(undefined, 0, undefined)),
    "a self-issued intermediate counts, as in Go": (async () => {
      const limited = await authority("limited", { issuer: root }, 0);
      const renewed = await authority("limited", { issuer: limited });
      const sent = [await make("leaf", { issuer: renewed }), renewed, limited];
      return { sent, authorities: [root], refused: "allows 0 intermediates" };
    })(),
    "a self-issued intermediate is a chain": {
      sent: [await make("leaf", { issuer: selfIssued }), selfIssued],
      authorities: [root],
    },

    "SHA-1 on the leaf": refused(
      weak,
      signedWith((leaf, issuer) => signedOnceMore(leaf, issuer, "sha1")),
    ),
    "ECDSA with SHA-1 on the leaf": {
      sent: [await make("leaf", { issuer: root, hash: "SHA-1" })],
      authorities: [root],
      refused: weak,
    },
    "SHA-1 on an intermediate": (async () => {
      const issuer = await authority("between", { issuer: root, hash: "SHA-1" });
      return { sent: [await make("leaf", { issuer }), issuer], authorities: [root], refused: weak };
    })(),
    "SHA-1 on the authority does not count": (async () => {
      const old = await authority("root", { hash: "SHA-1" });
      return { sent: [await make("leaf", { issuer: old })], authorities: [old] };
    })(),
    "MD5 on the leaf": refused(
      weak,
      signedWith((leaf, issuer) => signedOnceMore(leaf, issuer, "md5")),
    ),
    "RSA with SHA-256": signedWith((leaf) => leaf),
    "RSA-PSS": (async () => {
      const pss = await authority("root", { key: "RSA-PSS" });
      return { sent: [await make("leaf", { issuer: pss })], authorities: [pss] };
    })(),
    Ed25519: (async () => {
      const edwards = await authority("root", { key: "Ed25519" });
      return { sent: [await make("leaf", { issuer: edwards, key: "Ed25519" })], authorities: [edwards] };
    })(),

    "an unknown critical extension on the leaf": refused(notUnderstood, three([], [unknown(true)])),
    "an unknown critical extension on an intermediate": refused(notUnderstood, three([unknown(true)])),
    "an unknown critical extension on the authority": (async () => {
      const odd = await authority("root", { extensions: [unknown(true)] });
      return { sent: [await make("leaf", { issuer: odd })], authorities: [odd], refused: notUnderstood };
    })(),
    "an unknown extension that is not critical": three([unknown(false)], [unknown(false)]),
    "critical names of a form that nobody reads": refused(
      "2.5.29.17 is not understood",
      three([], [names([[8, [42]]], true)]),
    ),
    "a critical subject key identifier": refused(
      "2.5.29.14 is not understood",
      three([], [extension("2.5.29.14", der(0x04, Buffer.from("id")))]),
    ),
    "an extension that is there twice": refused("twice", three([], [unknown(false), unknown(false)])),
    "an extension that cannot be read": refused(
      "the basic constraints extension cannot be read",
      three([], [extension("2.5.29.19", Buffer.from([0x30, 0x05]))]),
    ),

    "usage of servers on the leaf": refused(notForClients, three([], [usages(SERVER)])),
    "usage of servers on an intermediate": refused(notForClients, three([usages(SERVER)], [usages(CLIENT)])),
    "usage of clients below that of both": three([usages(SERVER, CLIENT)], [usages(CLIENT)]),
    "any usage": three([usages("2.5.29.37.0")], [usages(CLIENT)]),
    "no usage on the leaf below that of servers": refused(notForClients, three([usages(SERVER)])),
    "usage of servers on the authority": (async () => {
      const servers = await authority("root", { extensions: [usages(SERVER)] });
      return { sent: [await make("leaf", { issuer: servers })], authorities: [servers], refused: notForClients };
    })(),

    "no names below constraints: the common name is none": constrained([[DNS, "example.com"]], [[DNS, "leaf"]], []),
    "a permitted DNS name": constrained([[DNS, "example.com"]], [], [[DNS, "a.Example.com"]]),
    "the permitted domain itself": constrained([[DNS, "example.com"]], [], [[DNS, "example.com"]]),
    "a domain that only ends like the permitted one": refused(
      notCertified,
      constrained([[DNS, "example.com"]], [], [[DNS, "notexample.com"]]),
    ),
    "one name of two is not permitted": refused(
      notCertified,
      constrained(
        [[DNS, "example.com"]],
        [],
        [
          [DNS, "a.example.com"],
          [DNS, "other.org"],
        ],
      ),
    ),
    "a leading dot permits subdomains": constrained([[DNS, ".example.com"]], [], [[DNS, "a.example.com"]]),
    "a leading dot permits no domain itself": refused(
      notCertified,
      constrained([[DNS, ".example.com"]], [], [[DNS, "example.com"]]),
    ),
    "the empty DNS constraint permits all": constrained([[DNS, ""]], [], [[DNS, "example.com"]]),
    "the empty DNS constraint excludes all": refused(excluded, constrained([], [[DNS, ""]], [[DNS, "example.com"]])),
    "an excluded DNS name": refused(excluded, constrained([], [[DNS, "example.com"]], [[DNS, "a.EXAMPLE.com"]])),
    "excluded wins over permitted": refused(
      excluded,
      constrained([[DNS, "example.com"]], [[DNS, "a.example.com"]], [[DNS, "b.a.example.com"]]),
    ),
    "a wildcard that may be the excluded name": refused(
      excluded,
      constrained([], [[DNS, "a.example.com"]], [[DNS, "*.example.com"]]),
    ),
    "a wildcard beside the excluded name": constrained([], [[DNS, "a.example.org"]], [[DNS, "*.example.com"]]),
    "a DNS name that is not one": refused(notCompared, constrained([[DNS, ""]], [], [[DNS, "a..example.com"]])),
    "other forms than the constrained one": constrained([[DNS, "example.com"]], [], [[EMAIL, "a@other.org"]]),

    "a permitted IPv4 address": constrained([[IP, [10, 1, 0, 0, 255, 255, 0, 0]]], [], [[IP, [10, 1, 2, 3]]]),
    "an IPv4 address outside": refused(
      notCertified,
      constrained([[IP, [10, 1, 0, 0, 255, 255, 0, 0]]], [], [[IP, [10, 2, 2, 3]]]),
    ),
    "an excluded IPv4 address": refused(
      excluded,
      constrained([], [[IP, [10, 0, 0, 0, 255, 0, 0, 0]]], [[IP, [10, 2, 2, 3]]]),
    ),
    "an IPv6 address below IPv4 constraints": refused(
      notCertified,
      constrained([[IP, [0, 0, 0, 0, 0, 0, 0, 0]]], [], [[IP, [0x20, ...Array(15).fill(1)]]]),
    ),
    "a permitted IPv6 address": constrained(
      [[IP, [0x20, ...Array(15).fill(0), 0xff, ...Array(15).fill(0)]]],
      [],
      [[IP, [0x20, ...Array(15).fill(1)]]],
    ),
    "an IPv4 address that is written as IPv6 evades nothing": unlikeGo(
      refused(
        notCompared,
        constrained([], [[IP, Array(32).fill(0)]], [[IP, [...Array(10).fill(0), 0xff, 0xff, 10, 0, 0, 1]]]),
      ),
    ),
    "an IP range with holes": refused("has an IP range", constrained([[IP, [10, 0, 0, 0, 255, 0, 255, 0]]], [], [])),

    "a permitted mailbox": constrained([[EMAIL, "Jane@example.com"]], [], [[EMAIL, "Jane@EXAMPLE.com"]]),
    "another mailbox": refused(
      notCertified,
      constrained([[EMAIL, "jane@example.com"]], [], [[EMAIL, "Jane@example.com"]]),
    ),
    "a mailbox of a permitted domain": constrained([[EMAIL, "example.com"]], [], [[EMAIL, "a@example.com"]]),
    "a mailbox of a domain below it": constrained([[EMAIL, ".example.com"]], [], [[EMAIL, "a@b.example.com"]]),
    "a mailbox of another domain": refused(
      notCertified,
      constrained([[EMAIL, "example.com"]], [], [[EMAIL, "a@example.org"]]),
    ),
    "an excluded mailbox": refused(excluded, constrained([], [[EMAIL, "example.com"]], [[EMAIL, "a@example.com"]])),
    "a mailbox that is not one": refused(
      notCompared,
      constrained([[EMAIL, "example.com"]], [], [[EMAIL, "example.com"]]),
    ),
    "a quoted mailbox": unlikeGo(refused(notCompared, constrained([[EMAIL, ""]], [], [[EMAIL, '"a b"@example.com']]))),

    "a permitted URI": constrained([[URI, "example.com"]], [], [[URI, "spiffe://a.example.com/ns/x"]]),
    "a URI of another host": refused(
      notCertified,
      constrained([[URI, "example.com"]], [], [[URI, "https://example.org/"]]),
    ),
    "an excluded URI, with a user and a port": refused(
      excluded,
      constrained([], [[URI, "example.com"]], [[URI, "https://u:p@EXAMPLE.com:8443/?q#f"]]),
    ),
    "a URI that hides its host behind a user": refused(
      notCertified,
      constrained([[URI, "example.com"]], [], [[URI, "https://example.com@example.org/"]]),
    ),
    "a URI without a host": refused(notCompared, constrained([[URI, ""]], [], [[URI, "urn:example.com"]])),
    "a URI with an address": refused(notCompared, constrained([[URI, ""]], [], [[URI, "https://10.0.0.1/"]])),
    "a URI without a host where nothing is constrained": three([], [names([[URI, "urn:example.com"]])]),

    "constraints of a form that is not checked": refused(form, constrained([[DIRECTORY, [0x30, 0]]], [], [])),
    "that form where it is not critical": unlikeGo(refused(form, three([constraints([[8, [42]]], [], false)]))),
    "constraints without a subtree": refused("is empty", three([extension("2.5.29.30", der(0x30))])),
    "constraints that are not critical count": refused(
      notCertified,
      three([constraints([[DNS, "a.org"]], [], false)], [names([[DNS, "b.org"]])]),
    ),
    "constraints of the authority count": (async () => {
      const limited = await authority("root", { extensions: [constraints([[DNS, "a.org"]], [])] });
      const issuer = await authority("between", { issuer: limited });
      const leaf = await make("leaf", { issuer, extensions: [names([[DNS, "b.org"]])] });
      return { sent: [leaf, issuer], authorities: [limited], refused: notCertified };
    })(),
    "constraints count for intermediates": (async () => {
      const limited = await authority("limited", { issuer: root, extensions: [constraints([[DNS, "a.org"]], [])] });
      const issuer = await authority("between", { issuer: limited, extensions: [names([[DNS, "b.org"]])] });
      return { sent: [await make("leaf", { issuer }), issuer, limited], authorities: [root], refused: notCertified };
    })(),
    "constraints of a certificate are not about itself": three([
      constraints([[DNS, "a.org"]], []),
      names([[DNS, "b.org"]]),
    ]),

    "policy constraints below the authority": refused(
      "policy constraints",
      three([extension("2.5.29.36", der(0x30, der(0x80, Buffer.from([0]))))]),
    ),
    "another chain holds where the first does not": (async () => {
      const keys = between.keys;
      const servers = await authority("between", { issuer: root, keys, extensions: [usages(SERVER)] });
      const sent = [await make("leaf", { issuer: between }), servers, between];
      return { sent, authorities: [root] };
    })(),
  };
  const made = await Promise.all(Object.entries(cases).map(async ([name, one]) => [name, await one] as const));
  return new Map(made);
}
