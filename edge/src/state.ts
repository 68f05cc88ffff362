/** The small JSON documents under `state/`. */

import type { Spool } from "./spool.ts";

export interface EdgeError {
  readonly at: string;
  readonly code: string;
  readonly detail: string;
}

export interface OrderDone {
  readonly order_id: string;
  readonly result: "retried" | "discarded" | "not_found";
}

export interface SweepState {
  cursor: string;
  ill_runs: number;
  not_before: number;
  lease_until: number;
  errors: EdgeError[];
  orders_done: OrderDone[];
}

export interface RecipientsState {
  etag: string | null;
  confirmed_at: string | null;
  complete: boolean;
  /** A table being written: its ETag, and how many of its changes are in. */
  next: { etag: string; done: number } | null;
}

export const SWEEP_STATE = "state/sweep.json";
export const RECIPIENTS_STATE = "state/recipients.json";
const ERRORS = 20;
const DETAIL_CHARACTERS = 300;

export function emptySweepState(): SweepState {
  return { cursor: "", ill_runs: 0, not_before: 0, lease_until: 0, errors: [], orders_done: [] };
}

export async function readRecipientsState(spool: Spool): Promise<RecipientsState> {
  const empty: RecipientsState = { etag: null, confirmed_at: null, complete: false, next: null };
  return parse(await (await spool.get(RECIPIENTS_STATE))?.text(), empty);
}

/** A document that cannot be read counts as missing: the edge then learns again what it needs. */
export function parse<T extends object>(text: string | undefined, empty: T): T {
  try {
    return { ...empty, ...(JSON.parse(text ?? "{}") as Partial<T>) };
  } catch {
    return empty;
  }
}

/** The same error every minute is one error, with its last time. */
export function recordError(state: SweepState, now: number, code: string, detail: string): void {
  const text = detail.slice(0, DETAIL_CHARACTERS);
  const others = state.errors.filter((error) => error.code !== code || error.detail !== text);
  state.errors = [...others, { at: new Date(now).toISOString(), code, detail: text }].slice(-ERRORS);
}
