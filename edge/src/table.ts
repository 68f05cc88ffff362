/** The text of a recipients table, and the changes from one to the next. */

const LINE = /^[0-9a-f]{32} [acx]$/;

export type Table = ReadonlyMap<string, string>;

export interface Changes {
  readonly puts: readonly (readonly [hash: string, kind: string])[];
  readonly deletes: readonly string[];
}

/** `null` unless every line is well-formed and the last one is whole: a half table would refuse good mail. */
export function parseTable(text: string): Table | null {
  if (text === "") return new Map();
  if (!text.endsWith("\n")) return null;
  const lines = text.slice(0, -1).split("\n");
  if (!lines.every((line) => LINE.test(line))) return null;
  return new Map(lines.map((line) => [line.slice(0, 32), line.slice(33)]));
}

export function changesBetween(applied: Table, next: Table): Changes {
  const puts = [...next].filter(([hash, kind]) => applied.get(hash) !== kind);
  return { puts, deletes: [...applied.keys()].filter((hash) => !next.has(hash)) };
}
