/** The sweep's third step: bringing `rcpt/` up to the house's table, as far as one run's budget goes. */

import { note, type Run } from "./run.ts";
import { RECIPIENT } from "./spool.ts";
import { RECIPIENTS_STATE, type RecipientsState } from "./state.ts";
import { type Changes, changesBetween, parseTable } from "./table.ts";

const APPLIED = "state/recipients-applied.txt";
const NEXT = "state/recipients-next.txt";
/** The sweep's own state. */
const RESERVE = 1;
/** Fetch, the new table, and the state before and after. */
const PULL_COST = 4;
/** Both tables read, the applied one and the state written, one deletion. */
const STEP_COST = 5;
/** R2 deletes so many keys in one operation. */
const DELETE_KEYS = 1000;
/** The runtime opens six connections at once; more would only queue. */
const CONCURRENT_PUTS = 6;

export async function synchronise(run: Run, state: RecipientsState): Promise<void> {
  try {
    if (state.next === null && isDue(run, state)) await pull(run, state);
    if (state.next !== null) await step(run, state, state.next);
  } catch (error) {
    note(run, "recipients_failed", String(error));
  }
}

function isDue(run: Run, state: RecipientsState): boolean {
  const confirmed = Date.parse(state.confirmed_at ?? "");
  const enough = run.budget.left >= PULL_COST + RESERVE - 1;
  return enough && !(run.now() - confirmed < run.settings.recipientsIntervalMilliseconds);
}

async function pull(run: Run, state: RecipientsState): Promise<void> {
  const response = await run.house.recipients(state.etag);
  if (response.status === 304) return save(run, { ...state, confirmed_at: timestamp(run) });
  if (response.status !== 200) {
    await response.body?.cancel();
    const code = response.status === 401 || response.status === 403 ? "unauthorized" : "recipients_failed";
    return note(run, code, `the house answered the recipients with ${response.status}`);
  }
  await adopt(run, state, response.headers.get("ETag"), await response.text());
}

/** An empty table is not adopted: it would refuse all mail, and a house without mailboxes loses nothing by judging. */
async function adopt(run: Run, state: RecipientsState, etag: string | null, text: string): Promise<void> {
  if (text === "") return;
  if (etag === null || parseTable(text) === null) return note(run, "recipients_malformed", "not a recipients table");
  if (run.budget.left < PULL_COST - 2 + RESERVE) return;
  await run.spool.put(NEXT, text);
  // "Incomplete" is stored before the first change, so that no look-up trusts a table half way.
  Object.assign(state, { complete: false, confirmed_at: timestamp(run), next: { etag, done: 0 } });
  await save(run, state);
}

/** Every step can be repeated: the changes follow from two stored texts, and only their number done is remembered. */
async function step(run: Run, state: RecipientsState, next: { etag: string; done: number }): Promise<void> {
  const room = run.budget.left - STEP_COST - RESERVE;
  if (room < 0) return;
  const changes = await storedChanges(run);
  const { puts, deletes } = changes;
  const done =
    next.done < puts.length ? next.done + (await applyPuts(run, puts.slice(next.done, next.done + room))) : next.done;
  const keys = done < puts.length ? [] : deletes.slice(done - puts.length, done - puts.length + DELETE_KEYS);
  await run.spool.delete(keys.map((hash) => RECIPIENT + hash));
  const total = done + keys.length;
  if (total < puts.length + deletes.length) return save(run, { ...state, next: { ...next, done: total } });
  await run.spool.put(APPLIED, changes.text);
  await save(run, { ...state, etag: next.etag, complete: true, next: null });
}

async function storedChanges(run: Run): Promise<Changes & { text: string }> {
  const applied = (await (await run.spool.get(APPLIED))?.text()) ?? "";
  const text = (await (await run.spool.get(NEXT))?.text()) ?? "";
  const empty = new Map<string, string>();
  return { ...changesBetween(parseTable(applied) ?? empty, parseTable(text) ?? empty), text };
}

async function applyPuts(run: Run, puts: Changes["puts"]): Promise<number> {
  for (let index = 0; index < puts.length; index += CONCURRENT_PUTS) {
    const group = puts.slice(index, index + CONCURRENT_PUTS);
    await Promise.all(group.map(([hash, kind]) => run.spool.put(RECIPIENT + hash, "", { kind })));
  }
  return puts.length;
}

async function save(run: Run, state: RecipientsState): Promise<void> {
  await run.spool.put(RECIPIENTS_STATE, JSON.stringify(state));
}

function timestamp(run: Run): string {
  return new Date(run.now()).toISOString();
}
