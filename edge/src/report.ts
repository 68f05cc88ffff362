/** The sweep's second step: telling the house what the edge has, and learning its orders. */

import { type Held, idsOf } from "./batch.ts";
import { isOrder, type Order } from "./dead.ts";
import { readEnvelope } from "./envelope.ts";
import { note, type Run } from "./run.ts";
import { DEAD, type Listing, RECEIPT } from "./spool.ts";
import type { RecipientsState } from "./state.ts";
import { momentOf } from "./uuid7.ts";

const HELD_IDS = 500;
const RECEIPTS = 500;
const DEAD_LETTERS = 100;
const PAGE = 1000;
const REPORT_BYTES = 256 * 1024;
const WITH_METADATA: R2ListOptions = { include: ["customMetadata"] };

/** Returns the orders, or `null` if the report did not arrive; then errors and receipts stay for the next one. */
export async function report(
  run: Run,
  held: Held,
  gone: readonly string[],
  recipients: RecipientsState,
): Promise<readonly Order[] | null> {
  const { dead, count } = await deadLetters(run);
  const receipts = idsOf((await run.spool.list(RECEIPT, RECEIPTS)).objects);
  const body = {
    ...heldPart(run, held, gone),
    dead_count: count,
    dead,
    accepted: receipts,
    ...statePart(run, recipients),
  };
  const listed = await send(run, bounded(body));
  if (listed === null) return null;
  run.state.errors = [];
  run.state.orders_done = [];
  await run.spool.delete(receipts.map((id) => RECEIPT + id));
  const orders = listed.filter(isOrder);
  if (orders.length < listed.length)
    note(run, "orders_malformed", "the house orders something this edge does not know");
  return orders;
}

function heldPart(run: Run, held: Held, gone: readonly string[]): object {
  const left = held.ids.filter((id) => !gone.includes(id));
  const oldest = left[0] === undefined ? null : new Date(momentOf(left[0])).toISOString();
  const at = new Date(run.now()).toISOString();
  return {
    v: 1,
    edge: "worker",
    at,
    held: left.length,
    held_more: held.more,
    oldest,
    held_ids: left.slice(0, HELD_IDS),
  };
}

function statePart(run: Run, { etag, confirmed_at, complete }: RecipientsState): object {
  const { errors, orders_done } = run.state;
  return { errors, recipients: { etag, confirmed_at, complete }, orders_done };
}

async function deadLetters(run: Run): Promise<{ dead: object[]; count: number }> {
  const page = await run.spool.list(DEAD, PAGE, WITH_METADATA);
  // R2 cuts a listing with metadata short before its limit; the count must not suffer from that.
  const startAfter = page.objects.at(-1)?.key;
  const rest = page.truncated && startAfter ? await run.spool.list(DEAD, PAGE, { startAfter }) : { objects: [] };
  const dead = page.objects.slice(0, DEAD_LETTERS).map(deadLetter);
  return { dead, count: page.objects.length + rest.objects.length };
}

function deadLetter(object: Listing["objects"][number]): object {
  const id = object.key.slice(DEAD.length);
  const { from, to, at, size } = readEnvelope(object.customMetadata?.["envelope"], id, object.size);
  const { died_at = at, reason = "" } = object.customMetadata ?? {};
  return { id, from, to, at, died_at, size, reason };
}

function bounded(body: { dead: object[] }): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  if (bytes.length <= REPORT_BYTES) return bytes;
  return bounded({ ...body, dead: body.dead.slice(0, Math.floor(body.dead.length / 2)) });
}

async function send(run: Run, body: Uint8Array): Promise<readonly unknown[] | null> {
  try {
    const response = await run.house.report(body);
    if (response.status === 200) return listedOrders(await response.json());
    await response.body?.cancel();
    const code = response.status === 401 || response.status === 403 ? "unauthorized" : "report_failed";
    note(run, code, `the house answered the report with ${response.status}`);
  } catch (error) {
    note(run, "report_failed", String(error));
  }
  return null;
}

/** Somebody else's 200 must not be taken for the house's: the receipts would be dropped. */
function listedOrders(answer: unknown): readonly unknown[] {
  const { v, orders } = (answer ?? {}) as { v?: unknown; orders?: unknown };
  if (v !== 1 || !Array.isArray(orders)) throw new Error("the answer to the report is not a house's");
  return orders;
}
