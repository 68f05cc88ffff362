/** The sweep's third step: bringing `rcpt/` up to the house's table, as far as one run's budget goes. */

import { note, type Run } from "./run.ts";
import { RECIPIENT } from "./spool.ts";
import { RECIPIENTS_STATE, type RecipientsState } from "./state.ts";
import { type Changes, changesBetween, isTable } from "./table.ts";

const APPLIED = "state/recipients-applied.txt";
const NEXT = "state/recipients-next.txt";
/** The sweep's own state. */
const RESERVE = 1;
/** Fetch and state. */
const CONFIRM_COST = 2;
/** The new table and the state. */
const ADOPT_COST = 2;
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
  const enough = run.budget.left >= CONFIRM_COST + RESERVE;
  return enough && !(run.now() - confirmed < run.settings.recipientsIntervalMilliseconds);
}

async function pull(run: Run, state: RecipientsState): Promise<void> {
  const response = await run.house.recipients(state.etag);
  if (response.status === 304 && state.etag !== null) return save(run, { ...state, confirmed_at: timestamp(run) });
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
  if (etag === null || !isTable(text)) return note(run, "recipients_malformed", "not a recipients table");
  if (run.budget.left < ADOPT_COST + RESERVE) return;
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
  if (changes === null) return save(run, { etag: null, confirmed_at: null, complete: false, next: null });
  const done = await apply(run, changes, next.done, room);
  const isLast = done === changes.puts.length + changes.deletes.length;
  if (!isLast) return save(run, { ...state, next: { ...next, done } });
  await run.spool.put(APPLIED, changes.text);
  await save(run, { ...state, etag: next.etag, complete: true, next: null });
}

/** Goes on after the first `done` changes; says how many are done then. */
async function apply(run: Run, { puts, deletes }: Changes, done: number, room: number): Promise<number> {
  const group = puts.slice(done, done + room);
  await putAll(run, group);
  const first = done + group.length - puts.length;
  const keys = first < 0 ? [] : deletes.slice(first, first + DELETE_KEYS);
  await run.spool.delete(keys.map((hash) => RECIPIENT + hash));
  return done + group.length + keys.length;
}

/** `null` if the table to be written is lost: applied as empty, it would refuse all mail. */
async function storedChanges(run: Run): Promise<(Changes & { text: string }) | null> {
  const applied = (await (await run.spool.get(APPLIED))?.text()) ?? "";
  const text = (await (await run.spool.get(NEXT))?.text()) ?? "";
  if (text === "" || !isTable(text)) return null;
  return { ...changesBetween(isTable(applied) ? applied : "", text), text };
}

async function putAll(run: Run, puts: Changes["puts"]): Promise<void> {
  for (let index = 0; index < puts.length; index += CONCURRENT_PUTS) {
    const group = puts.slice(index, index + CONCURRENT_PUTS);
    await Promise.all(group.map(([hash, kind]) => run.spool.put(RECIPIENT + hash, "", { kind })));
  }
}

async function save(run: Run, state: RecipientsState): Promise<void> {
  await run.spool.put(RECIPIENTS_STATE, JSON.stringify(state));
}

function timestamp(run: Run): string {
  return new Date(run.now()).toISOString();
}
