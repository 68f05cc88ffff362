/** The Worker in workerd, as a test sees it. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { startRuntime } from "../../dev/runtime.ts";
import { House, RECIPIENT_KEY, SIGNING_KEY } from "./house.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Longer than any back-off. */
export const NEXT_SWEEP = 16 * MINUTE;
const SUBREQUESTS = 50;

export interface Outcome {
  outcome: "accepted" | "rejected" | "exception" | "done";
  reason: string | null;
  subrequests: string[];
}

export interface Stored {
  key: string;
  size: number;
  metadata: Record<string, string>;
}

export class Edge {
  readonly house: House;
  readonly #runtime: Miniflare;
  readonly #folder: string;
  readonly #url: URL;
  #offset = 0;

  private constructor(house: House, runtime: Miniflare, folder: string, url: URL) {
    this.house = house;
    this.#runtime = runtime;
    this.#folder = folder;
    this.#url = url;
  }

  static async start(bindings: Record<string, string> = {}): Promise<Edge> {
    const house = await new House().open();
    const folder = await mkdtemp(join(tmpdir(), "machiya-edge-"));
    const all = { HOUSE_URL: house.url, SIGNING_KEY, RECIPIENT_KEY, ...bindings };
    const runtime = await startRuntime({ entry: "dev/worker.ts", bindings: all, persist: folder });
    return new Edge(house, runtime, folder, await runtime.ready);
  }

  async stop(): Promise<void> {
    await this.house.close();
    await this.#runtime.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** An empty bucket, the real time, and a house that takes everything. */
  async reset(): Promise<void> {
    await this.#post("/reset");
    await this.house.close();
    this.house.reset();
    await this.house.open();
    this.#offset = 0;
  }

  async email(
    body: string | Uint8Array,
    to: string,
    options: { from?: string; size?: number; stall?: boolean } = {},
  ): Promise<Outcome> {
    const query = new URLSearchParams({ from: options.from ?? "sender@example.com", to });
    if (options.size !== undefined) query.set("size", String(options.size));
    if (options.stall) query.set("stall", "1");
    const bytes = Buffer.from(body);
    return this.#json(`/email?${query}`, { method: "POST", body: bytes.length > 0 ? bytes : null });
  }

  async accept(to: string, body: string | Uint8Array = `Subject: for ${to}\r\n\r\nhello\r\n`): Promise<void> {
    const { outcome, reason } = await this.email(body, to);
    assert.equal(outcome, "accepted", reason ?? "");
  }

  /** Every sweep of every test stays within the free plan. */
  async sweep(): Promise<Outcome> {
    const outcome = await this.#post("/sweep");
    assert.equal(outcome.outcome, "done", outcome.reason ?? "");
    assert.ok(outcome.subrequests.length <= SUBREQUESTS, `${outcome.subrequests.length} subrequests`);
    return outcome;
  }

  queue(ids: string[]): Promise<Outcome & { acknowledged: boolean }> {
    return this.#json("/queue", { method: "POST", body: JSON.stringify(ids) });
  }

  async advance(milliseconds: number): Promise<void> {
    this.#offset += milliseconds;
    this.house.clockOffset = this.#offset;
    await this.#post(`/clock?offset_ms=${this.#offset}`);
  }

  /** A house that never answers is given up after `seconds`; otherwise as deployed, since a busy machine is slow. */
  async patience(seconds: number): Promise<void> {
    await this.#post(`/patience?seconds=${seconds}`);
  }

  /** `put in/`: operations starting so fail from now on. */
  async fail(...operations: string[]): Promise<void> {
    await this.#json("/faults", { method: "POST", body: JSON.stringify(operations) });
  }

  objects(prefix = ""): Promise<Stored[]> {
    return this.#json(`/objects?prefix=${encodeURIComponent(prefix)}`);
  }

  async keys(prefix = ""): Promise<string[]> {
    return (await this.objects(prefix)).map(({ key }) => key);
  }

  async body(key: string): Promise<Buffer> {
    return Buffer.from(await (await this.#fetch(`/object?key=${encodeURIComponent(key)}`)).arrayBuffer());
  }

  async store(key: string, body: string, metadata: Record<string, string> = {}): Promise<void> {
    const query = new URLSearchParams({ key, metadata: JSON.stringify(metadata) });
    await this.#fetch(`/object?${query}`, { method: "PUT", body });
  }

  call<T>(name: string, argument: unknown, key = ""): Promise<T> {
    const query = new URLSearchParams({ function: name, key });
    return this.#json(`/call?${query}`, { method: "POST", body: JSON.stringify(argument) });
  }

  #post(path: string): Promise<Outcome> {
    return this.#json(path, { method: "POST" });
  }

  async #json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await (await this.#fetch(path, init)).json()) as T;
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), init);
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response;
  }
}
