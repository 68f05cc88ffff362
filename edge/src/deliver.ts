/** The sweep's first step: offering held messages to the house. */

import type { Answer } from "./answer.ts";
import { bury } from "./dead.ts";
import { note, type Run } from "./run.ts";
import { HELD } from "./spool.ts";
import { momentOf } from "./uuid7.ts";

export interface Delivered {
  readonly health: "well" | "unauthorized" | "ill";
  /** Ids no longer held: taken or buried. */
  readonly gone: readonly string[];
}

/** Get and offer, get again and put under `dead/`. */
const WORST_COST = 4;
/** What the rest of the run needs: deletion, report with its listings and receipts, recipients unchanged, state. */
const TAIL_RESERVE = 10;
/** After an illness only the deletion and the state are left to do. */
const ILL_RESERVE = 2;
/** Head, get, put. */
const BURIAL_COST = 3;
/** The next run is due by then; long runs would outlive the lease. */
const OFFERING_MILLISECONDS = 45_000;
/** So many ill runs in a row let the cursor pass: it may be the message that makes the house ill. */
const ILL_RUNS_AT_ONE_MESSAGE = 5;

export async function deliverBatch(run: Run, batch: readonly string[]): Promise<Delivered> {
  const gone: string[] = [];
  let health: Delivered["health"] = "well";
  for (const [index, id] of batch.entries()) {
    if (health !== "well" || !mayOffer(run)) break;
    health = await deliverOne(run, id, gone);
    if (health === "ill") await buryExpired(run, batch.slice(index + 1), gone);
  }
  await run.spool.delete(gone.map((id) => HELD + id));
  return { health, gone };
}

function mayOffer(run: Run): boolean {
  const inTime = run.now() - run.startedAt < OFFERING_MILLISECONDS;
  return inTime && run.budget.left >= WORST_COST + TAIL_RESERVE;
}

async function deliverOne(run: Run, id: string, gone: string[]): Promise<Delivered["health"]> {
  try {
    const object = await run.spool.get(HELD + id);
    if (object === null) return pass(run, id);
    const answer = await run.house.offer(id, object);
    console.log(JSON.stringify({ event: "edge.offered", id, by: "sweep", answer: answer.kind }));
    return await settle(run, id, answer, isExpired(run, id, object), gone);
  } catch (error) {
    note(run, "spool_failed", `${id}: ${error}`);
    return pass(run, id);
  }
}

async function settle(
  run: Run,
  id: string,
  answer: Answer,
  expired: boolean,
  gone: string[],
): Promise<Delivered["health"]> {
  if (answer.kind === "unauthorized") note(run, "unauthorized", answer.detail);
  if (answer.kind === "unexpected") note(run, "unexpected_status", `${id}: ${answer.detail}`);
  // Without the id: a wrong server answers all messages so, and twenty such errors would drive out all others.
  if (answer.kind === "unproven") note(run, "unproven_receipt", answer.detail);
  const reason = answer.kind === "never" ? answer.reason : expired ? "hold_expired" : null;
  if (answer.kind === "ill") fallIll(run, id, answer.detail);
  if (answer.kind === "taken") gone.push(id);
  else if (reason !== null) await tryToBury(run, id, reason, gone);
  if (answer.kind === "ill") return "ill";
  pass(run, id);
  return answer.kind === "unauthorized" ? "unauthorized" : "well";
}

function pass(run: Run, id: string): "well" {
  run.state.cursor = id;
  return "well";
}

/** The cursor stays, so that the order is kept – but not for ever, or one message could hold up all others. */
function fallIll(run: Run, id: string, detail: string): void {
  note(run, "house_ill", detail);
  run.state.ill_runs += 1;
  if (run.state.ill_runs % ILL_RUNS_AT_ONE_MESSAGE === 0) pass(run, id);
}

async function buryExpired(run: Run, ids: readonly string[], gone: string[]): Promise<void> {
  for (const id of ids) {
    if (run.budget.left < BURIAL_COST + ILL_RESERVE) return;
    if (!isOlderThanHold(run, momentOf(id))) continue;
    const object = await run.spool.head(HELD + id);
    if (object !== null && isExpired(run, id, object)) await tryToBury(run, id, "hold_expired", gone);
  }
}

/** A letter that could not be buried stays held and is offered again. */
async function tryToBury(run: Run, id: string, reason: string, gone: string[]): Promise<void> {
  try {
    await bury(run, id, reason);
    gone.push(id);
  } catch (error) {
    note(run, "spool_failed", `${id}: ${error}`);
  }
}

function isExpired(run: Run, id: string, object: R2Object): boolean {
  const retriedAt = object.customMetadata?.["retried_at"];
  return isOlderThanHold(run, retriedAt === undefined ? momentOf(id) : Date.parse(retriedAt));
}

function isOlderThanHold(run: Run, moment: number): boolean {
  return run.now() - moment > run.settings.holdMilliseconds;
}
