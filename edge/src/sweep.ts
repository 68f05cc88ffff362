/** `scheduled()`: the guarantee. Alone it delivers everything, in bounded runs. */

import { heldMessages } from "./batch.ts";
import { Budget } from "./budget.ts";
import { carryOut } from "./dead.ts";
import { deliverBatch } from "./deliver.ts";
import { House } from "./house.ts";
import { report } from "./report.ts";
import { note, type Run } from "./run.ts";
import { type Env, type Platform, readSettings } from "./settings.ts";
import { Spool } from "./spool.ts";
import { emptySweepState, parse, readRecipientsState, SWEEP_STATE, type SweepState } from "./state.ts";
import { synchronise } from "./synchronise.ts";

const MINUTE = 60_000;
const BACK_OFF_MINUTES = 15;
/** Cron comes on the minute, give or take some seconds; without slack a back-off of one minute would skip a run. */
const CRON_SLACK_MILLISECONDS = 20_000;
/** Longer than any run: offers end after 45 s, the last of them, the report and the recipients have their time-outs. */
const LEASE_MILLISECONDS = 5 * MINUTE;
/** Recipients unchanged, and the state. */
const AFTER_ORDERS_RESERVE = 3;

export async function sweep(env: Env, platform: Platform): Promise<void> {
  const budget = new Budget();
  const spool = new Spool(env.SPOOL, budget);
  const house = new House(env, platform, budget);
  const startedAt = platform.now();
  const state = await claim(spool, startedAt);
  if (state === null) return;
  const run = { budget, spool, house, state, startedAt, now: platform.now, settings: readSettings(env) };
  try {
    await work(run);
  } catch (error) {
    note(run, "sweep_failed", String(error));
  } finally {
    await spool.put(SWEEP_STATE, JSON.stringify({ ...state, lease_until: 0 }));
  }
}

/**
 * The state, or `null` when this run is to be skipped. The lease keeps overlapping runs apart: they could not lose a
 * message, but they could mix two recipients tables.
 */
async function claim(spool: Spool, now: number): Promise<SweepState | null> {
  const stored = await spool.get(SWEEP_STATE);
  const state = parse(await stored?.text(), emptySweepState());
  const backedOff = isBefore(now, state.not_before, BACK_OFF_MINUTES * MINUTE);
  if (backedOff || isBefore(now, state.lease_until, LEASE_MILLISECONDS)) return null;
  const claimed = JSON.stringify({ ...state, lease_until: now + LEASE_MILLISECONDS });
  if (stored === null) await spool.put(SWEEP_STATE, claimed);
  else if (!(await spool.putIfUnchanged(SWEEP_STATE, claimed, stored.etag))) return null;
  return state;
}

/** A moment farther off than it could have been set was written under a wrong clock. */
function isBefore(now: number, moment: number, farthest: number): boolean {
  return now < moment && moment - now <= farthest;
}

async function work(run: Run): Promise<void> {
  const held = await heldMessages(run.spool, run.state.cursor, run.settings.sweepBatch);
  const { health, gone } = await deliverBatch(run, held.batch);
  if (health === "ill") return backOff(run);
  run.state.ill_runs = 0;
  run.state.not_before = 0;
  const recipients = await readRecipientsState(run.spool);
  const orders = await report(run, held, gone, recipients);
  if (orders !== null) await carryOut(run, orders, AFTER_ORDERS_RESERVE);
  await synchronise(run, recipients);
}

function backOff(run: Run): void {
  const minutes = Math.min(2 ** (run.state.ill_runs - 1), BACK_OFF_MINUTES);
  run.state.not_before = run.startedAt + minutes * MINUTE - CRON_SLACK_MILLISECONDS;
}
