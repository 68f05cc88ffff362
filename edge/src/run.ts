/** One run of the sweep: what its steps share. */

import type { Budget } from "./budget.ts";
import type { House } from "./house.ts";
import type { Settings } from "./settings.ts";
import type { Spool } from "./spool.ts";
import { recordError, type SweepState } from "./state.ts";

export interface Run {
  readonly budget: Budget;
  readonly spool: Spool;
  readonly house: House;
  readonly settings: Settings;
  readonly state: SweepState;
  readonly now: () => number;
  readonly startedAt: number;
}

export function note(run: Run, code: string, detail: string): void {
  recordError(run.state, run.now(), code, detail);
}
