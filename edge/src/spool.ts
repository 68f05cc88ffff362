/** The R2 bucket as the edge uses it; every operation counts against the run's budget. */

import type { Budget } from "./budget.ts";
import { within } from "./deadline.ts";

export const HELD = "in/";
export const DEAD = "dead/";
export const RECEIPT = "log/";
export const RECIPIENT = "rcpt/";

/**
 * A handler of e-mail that runs for more than about 30 s may be cut off without a temporary error; so a body that does not
 * come in time fails the put, while there is still time to say so.
 */
const STREAM_MILLISECONDS = 20_000;

export interface Listing {
  readonly objects: readonly R2Object[];
  readonly truncated: boolean;
}

export class Spool {
  readonly #bucket: R2Bucket;
  readonly #budget: Budget;

  constructor(bucket: R2Bucket, budget: Budget) {
    this.#bucket = bucket;
    this.#budget = budget;
  }

  get(key: string): Promise<R2ObjectBody | null> {
    this.#budget.spend();
    return this.#bucket.get(key);
  }

  head(key: string): Promise<R2Object | null> {
    this.#budget.spend();
    return this.#bucket.head(key);
  }

  /** One operation for up to 1 000 keys, so deletions are gathered; none for no keys. */
  async delete(keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    this.#budget.spend();
    await this.#bucket.delete(keys);
  }

  async put(key: string, body: string, metadata: Record<string, string> = {}): Promise<void> {
    this.#budget.spend();
    await this.#bucket.put(key, body, { customMetadata: metadata });
  }

  /** Writes only if the object still has `etag`; says whether it did. */
  async putIfUnchanged(key: string, body: string, etag: string): Promise<boolean> {
    this.#budget.spend();
    return (await this.#bucket.put(key, body, { onlyIf: { etagMatches: etag } })) !== null;
  }

  /** R2 needs the length of a stream beforehand; a stream shorter or longer than `size` fails the put. */
  async putStream(key: string, body: ReadableStream, size: number, metadata: Record<string, string>): Promise<void> {
    this.#budget.spend();
    const { readable, writable } = new FixedLengthStream(size);
    const stored = this.#bucket.put(key, readable, { customMetadata: metadata });
    await within(STREAM_MILLISECONDS, `storing ${key}`, Promise.all([stored, body.pipeTo(writable)]));
  }

  async list(prefix: string, limit: number, options: R2ListOptions = {}): Promise<Listing> {
    this.#budget.spend();
    const { objects, truncated } = await this.#bucket.list({ ...options, prefix, limit });
    return { objects, truncated };
  }
}
