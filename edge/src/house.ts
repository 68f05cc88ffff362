/** Signed requests to the house. */

import { type Answer, answerOf } from "./answer.ts";
import type { Budget } from "./budget.ts";
import { envelopeHeader } from "./envelope.ts";
import type { Env, Platform } from "./settings.ts";
import { readSettings } from "./settings.ts";
import { EMPTY_MD5, hex, md5Hex, NOTHING, type Signable, signedHeaders, takenProof } from "./signature.ts";

/** The slowest line home that still counts as well: 2 Mbit/s. Without it 25 MiB could never arrive over a slow line. */
const SLOWEST_BYTES_PER_MILLISECOND = 250;

type Unsigned = Omit<Signable, "timestamp">;

export class House {
  readonly #env: Env;
  readonly #platform: Platform;
  readonly #budget: Budget;

  constructor(env: Env, platform: Platform, budget: Budget) {
    if (!env.HOUSE_URL || !env.SIGNING_KEY) throw new Error("HOUSE_URL and SIGNING_KEY must be set");
    this.#env = env;
    this.#platform = platform;
    this.#budget = budget;
  }

  /** Offers one held message; no connection, a reset and a time-out all mean: the house is ill. */
  async offer(id: string, object: R2ObjectBody): Promise<Answer> {
    const { md5 } = object.checksums;
    const envelope = object.customMetadata?.["envelope"];
    if (!md5 || !envelope) return { kind: "unexpected", detail: `${id} has no checksum or no envelope` };
    const proof = () => takenProof(this.#env.SIGNING_KEY, id, hex(md5));
    const signable = { deliveryId: id, md5: hex(md5), size: object.size, envelope: envelopeHeader(envelope) };
    const { readable, writable } = new FixedLengthStream(object.size);
    // The house may answer before it has read everything: the answer counts, not the broken pipe.
    object.body.pipeTo(writable).catch(() => undefined);
    try {
      const request = { method: "PUT", path: `/v1/inbound/${id}`, ...signable };
      const response = await this.#send(request, readable, { "Content-Type": "application/octet-stream" });
      return await answerOf(response, proof);
    } catch (error) {
      return { kind: "ill", detail: String(error) };
    }
  }

  recipients(etag: string | null): Promise<Response> {
    const request = { method: "GET", path: "/v1/recipients", md5: EMPTY_MD5, size: 0 };
    const headers: Record<string, string> = etag === null ? {} : { "If-None-Match": etag };
    return this.#send({ ...request, deliveryId: NOTHING, envelope: NOTHING }, null, headers);
  }

  async report(body: Uint8Array): Promise<Response> {
    const request = { method: "POST", path: "/v1/edge/report", md5: await md5Hex(body), size: body.length };
    const headers = { "Content-Type": "application/json" };
    return this.#send({ ...request, deliveryId: NOTHING, envelope: NOTHING }, body, headers);
  }

  async #send(request: Unsigned, body: BodyInit | null, headers: Record<string, string>): Promise<Response> {
    const url = new URL(request.path, this.#env.HOUSE_URL);
    const timestamp = Math.floor(this.#platform.now() / 1000);
    const signed = await signedHeaders(this.#env.SIGNING_KEY, { ...request, timestamp });
    this.#budget.spend();
    return this.#platform.fetch(url, {
      method: request.method,
      headers: { ...headers, ...this.#accessHeaders(), ...signed },
      body,
      // A redirect followed would carry mail to wherever a broken proxy points.
      redirect: "manual",
      signal: AbortSignal.timeout(this.#timeout(request.size)),
    });
  }

  #timeout(bytes: number): number {
    return readSettings(this.#env).fetchTimeoutMilliseconds + Math.ceil(bytes / SLOWEST_BYTES_PER_MILLISECOND);
  }

  #accessHeaders(): Record<string, string> {
    const { ACCESS_CLIENT_ID: id, ACCESS_CLIENT_SECRET: secret } = this.#env;
    return id && secret ? { "CF-Access-Client-Id": id, "CF-Access-Client-Secret": secret } : {};
  }
}
