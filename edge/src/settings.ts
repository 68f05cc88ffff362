/** Bindings of the Worker, and the settings read from them. */

export interface DeliveryHint {
  readonly id: string;
}

export interface Env {
  readonly SPOOL: R2Bucket;
  /** Optional: a queue only lowers latency. */
  readonly QUEUE?: Queue<DeliveryHint>;
  readonly HOUSE_URL: string;
  readonly SIGNING_KEY: string;
  readonly RECIPIENT_KEY: string;
  readonly HOLD_DAYS?: string;
  readonly SWEEP_BATCH?: string;
  readonly RECIPIENTS_INTERVAL_SECONDS?: string;
  readonly FETCH_TIMEOUT_SECONDS?: string;
  /** Service token of Cloudflare Access, where the house stands behind it. */
  readonly ACCESS_CLIENT_ID?: string;
  readonly ACCESS_CLIENT_SECRET?: string;
}

export interface Settings {
  readonly holdMilliseconds: number;
  readonly sweepBatch: number;
  readonly recipientsIntervalMilliseconds: number;
  readonly fetchTimeoutMilliseconds: number;
}

/** What the outside world gives to the Worker; tests give their own. */
export interface Platform {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

const DAY = 86_400_000;

export function readSettings(env: Env): Settings {
  return {
    holdMilliseconds: positive(env.HOLD_DAYS, 14) * DAY,
    sweepBatch: positive(env.SWEEP_BATCH, 12),
    recipientsIntervalMilliseconds: positive(env.RECIPIENTS_INTERVAL_SECONDS, 300) * 1000,
    fetchTimeoutMilliseconds: positive(env.FETCH_TIMEOUT_SECONDS, 30) * 1000,
  };
}

/** A mistyped number falls back to the default: a Worker that stops over it would lose more than it protects. */
function positive(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : fallback;
}
