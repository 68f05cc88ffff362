/** Which held messages a run offers, and in which order. */

import { HELD, type Spool } from "./spool.ts";
import { isDeliveryId } from "./uuid7.ts";

export interface Held {
  /** The oldest ids, at most 1 000, in key order. */
  readonly ids: readonly string[];
  readonly more: boolean;
  readonly batch: readonly string[];
}

const PAGE = 1000;

/** The ids after the cursor, then round to the oldest; one listing, or two while more than a page is held. */
export async function heldMessages(spool: Spool, cursor: string, size: number): Promise<Held> {
  const first = await spool.list(HELD, PAGE);
  const ids = idsOf(first.objects);
  const after = ids.filter((id) => id > cursor);
  const before = ids.filter((id) => id <= cursor);
  const further = first.truncated && after.length < size ? await idsAfter(spool, cursor, ids, size) : [];
  return { ids, more: first.truncated, batch: [...after, ...further, ...before].slice(0, size) };
}

async function idsAfter(spool: Spool, cursor: string, ids: readonly string[], size: number): Promise<string[]> {
  const last = ids.at(-1) ?? "";
  const { objects } = await spool.list(HELD, size, { startAfter: HELD + (cursor > last ? cursor : last) });
  return idsOf(objects);
}

/** Whatever else was put under the prefix by hand is nothing the house could take. */
export function idsOf(objects: readonly R2Object[]): string[] {
  return objects.map((object) => object.key.slice(object.key.indexOf("/") + 1)).filter(isDeliveryId);
}
