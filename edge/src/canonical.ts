/** The canonical form of an address, the same on both sides (docs/format/edge-protocol.md). */

export interface CanonicalAddress {
  readonly full: string;
  readonly untagged: string;
  readonly catchAll: string;
}

const LOCAL_OCTETS = 64;
const DOMAIN_OCTETS = 255;
const ADDRESS_OCTETS = 254;
const CONTROL = /\p{Cc}/u;
const ATEXT = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u{80}-\\u{10ffff}]+";
const DOT_ATOM = new RegExp(`^${ATEXT}(?:\\.${ATEXT})*$`, "u");
const QUOTED = /^"(?:[ !#-[\]-~\u{80}-\u{10ffff}]|\\[ -~])*"$/u;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What would make a URL parser see more than a host. */
const NOT_IN_A_HOST = /[\s/\\?#@:%[\]]/;

/** `null`: there is no canonical form, the house judges the address. */
export function canonicalise(address: string): CanonicalAddress | null {
  if (CONTROL.test(address)) return null;
  const text = address.normalize("NFC");
  const at = text.lastIndexOf("@");
  // Lower case may compose where capitals do not: H + macron below stays two, h becomes one.
  const local = lowerAscii(text.slice(0, Math.max(at, 0))).normalize("NFC");
  const domain = canonicalDomain(text.slice(at + 1));
  if (at < 1 || domain === null || !isLocalPart(local)) return null;
  if (octets(`${local}@${domain}`) > ADDRESS_OCTETS) return null;
  return { full: `${local}@${domain}`, untagged: `${withoutTag(local)}@${domain}`, catchAll: `@${domain}` };
}

/** Look-up order: the first entry found decides. */
export function lookupOrder(address: CanonicalAddress): string[] {
  return [...new Set([address.full, address.untagged, address.catchAll])];
}

function isLocalPart(local: string): boolean {
  return octets(local) <= LOCAL_OCTETS && (DOT_ATOM.test(local) || QUOTED.test(local));
}

function withoutTag(local: string): string {
  const plus = local.indexOf("+");
  return plus > 0 && !local.startsWith('"') ? local.slice(0, plus) : local;
}

function canonicalDomain(text: string): string | null {
  const name = aLabels(text.replace(/\.$/, ""))?.replace(/\.$/, "") ?? "";
  const labels = name.split(".");
  const valid = name.length <= DOMAIN_OCTETS && labels.every((label) => LABEL.test(label));
  return valid && !/^\d+$/.test(labels.at(-1) ?? "") ? name : null;
}

function aLabels(text: string): string | null {
  if (isAscii(text) && !/xn--/i.test(text)) return lowerAscii(text);
  if (NOT_IN_A_HOST.test(text)) return null;
  // The runtime's URL parser carries UTS 46 (non-transitional); a table of our own would cost 100 kB of bundle.
  const url = `http://${text}/`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}

function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text);
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
