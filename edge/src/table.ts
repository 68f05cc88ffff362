/**
 * The text of a recipients table, and the changes from one to the next. Lines have one length and come sorted, so both are
 * read in place: maps of ten thousand lines would take more than the free plan's 10 ms of CPU.
 */

const LINE = /[0-9a-f]{32} [acx]\n/y;
const LINE_LENGTH = 35;
const HASH_LENGTH = 32;

export interface Changes {
  readonly puts: readonly (readonly [hash: string, kind: string])[];
  readonly deletes: readonly string[];
}

/** Every line well-formed, whole and in order: half a table would refuse good mail. */
export function isTable(text: string): boolean {
  LINE.lastIndex = 0;
  for (let start = 0; start < text.length; start += LINE_LENGTH) {
    if (!LINE.test(text)) return false;
    if (start > 0 && hashAt(text, start - LINE_LENGTH) >= hashAt(text, start)) return false;
  }
  return true;
}

export function changesBetween(applied: string, next: string): Changes {
  const puts: [string, string][] = [];
  const deletes: string[] = [];
  let old = 0;
  for (let start = 0; start < next.length; start += LINE_LENGTH) {
    const hash = hashAt(next, start);
    for (; old < applied.length && hashAt(applied, old) < hash; old += LINE_LENGTH) deletes.push(hashAt(applied, old));
    const known = hashAt(applied, old) === hash;
    if (!known || kindAt(applied, old) !== kindAt(next, start)) puts.push([hash, kindAt(next, start)]);
    if (known) old += LINE_LENGTH;
  }
  for (; old < applied.length; old += LINE_LENGTH) deletes.push(hashAt(applied, old));
  return { puts, deletes };
}

function hashAt(text: string, start: number): string {
  return text.slice(start, start + HASH_LENGTH);
}

function kindAt(text: string, start: number): string {
  return text.charAt(start + HASH_LENGTH + 1);
}
