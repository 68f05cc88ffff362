/** Burial of messages the edge gives up on, and the orders that revive or discard them. */

import { note, type Run } from "./run.ts";
import { DEAD, HELD } from "./spool.ts";
import type { OrderDone } from "./state.ts";
import { isDeliveryId } from "./uuid7.ts";

export interface Order {
  readonly order_id: string;
  readonly action: "retry" | "discard";
  readonly delivery_id: string;
}

/** Together with the longest envelope this stays below R2's 2 048 bytes of metadata. */
const REASON_BYTES = 300;
/** Get, put, delete. */
const ORDER_COST = 3;

/** The copy under `dead/` is awaited; the caller deletes `in/<id>` only afterwards. */
export async function bury(run: Run, id: string, reason: string): Promise<void> {
  const object = await run.spool.get(HELD + id);
  if (object === null) return;
  const envelope = object.customMetadata?.["envelope"] ?? "";
  const metadata = { envelope, reason: truncated(reason), died_at: new Date(run.now()).toISOString() };
  await run.spool.putStream(DEAD + id, object.body, object.size, metadata);
  console.log(JSON.stringify({ event: "edge.buried", id, reason: metadata.reason }));
}

/** Anything else in the list is left alone: an action unknown here must not be taken for another one. */
export function isOrder(value: unknown): value is Order {
  const { order_id, action, delivery_id } = (value ?? {}) as Partial<Record<keyof Order, unknown>>;
  return typeof order_id === "string" && (action === "retry" || action === "discard") && isDeliveryId(delivery_id);
}

/** What the budget does not allow, or what fails, the house orders again. */
export async function carryOut(run: Run, orders: readonly Order[], reserve: number): Promise<void> {
  for (const order of orders) {
    if (run.budget.left < ORDER_COST + reserve) return;
    try {
      const result = await obey(run, order);
      run.state.orders_done.push({ order_id: order.order_id, result });
    } catch (error) {
      note(run, "order_failed", `${order.order_id}: ${error}`);
    }
  }
}

async function obey(run: Run, { action, delivery_id: id }: Order): Promise<OrderDone["result"]> {
  return action === "retry" ? revive(run, id) : discard(run, id);
}

async function revive(run: Run, id: string): Promise<OrderDone["result"]> {
  const object = await run.spool.get(DEAD + id);
  if (object === null) return (await run.spool.head(HELD + id)) === null ? "not_found" : "retried";
  const envelope = object.customMetadata?.["envelope"] ?? "";
  const metadata = { envelope, retried_at: new Date(run.now()).toISOString() };
  await run.spool.putStream(HELD + id, object.body, object.size, metadata);
  await run.spool.delete([DEAD + id]);
  return "retried";
}

async function discard(run: Run, id: string): Promise<OrderDone["result"]> {
  if ((await run.spool.head(DEAD + id)) === null) return "not_found";
  await run.spool.delete([DEAD + id]);
  return "discarded";
}

function truncated(reason: string): string {
  const bytes = new Uint8Array(REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(reason, bytes);
  return reason.slice(0, read);
}
