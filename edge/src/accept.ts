/** `email()`: a message is accepted once R2 has it. */

import { ENVELOPE_BYTES, envelopeJson } from "./envelope.ts";
import { refusalOf } from "./recipients.ts";
import type { Env } from "./settings.ts";
import { HELD, RECEIPT, type Spool } from "./spool.ts";
import { newDeliveryId } from "./uuid7.ts";

export type IncomingMessage = Pick<ForwardableEmailMessage, "from" | "to" | "raw" | "rawSize" | "setReject">;

const MESSAGE_BYTES = 25 * 1024 * 1024;

/** Throws when R2 fails: Cloudflare then answers with a temporary error and the sender tries again. */
export async function accept(
  message: IncomingMessage,
  env: Env,
  spool: Spool,
  now: number,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const { from, to, rawSize: size } = message;
  const envelope = envelopeJson({ v: 1, from, to, at: new Date(now).toISOString(), size });
  const refusal = sizeRefusal(size, envelope) ?? (await refusalOf(spool, env.RECIPIENT_KEY, to, now));
  if (refusal !== null) return message.setReject(refusal);
  const id = newDeliveryId(now);
  // Streamed, not buffered: concurrent 25 MiB messages share one isolate of 128 MB. The price is no second attempt at
  // the put here; the sender's server makes it.
  await spool.putStream(HELD + id, message.raw, size, { envelope });
  waitUntil(followUp(id, env, spool));
}

function sizeRefusal(size: number, envelope: string): string | null {
  if (size > MESSAGE_BYTES) return "552 5.3.4 message larger than 25 MiB";
  return envelope.length > ENVELOPE_BYTES ? "553 5.1.3 envelope addresses too long" : null;
}

/** Neither is needed for the delivery, so neither may make the sender wait or try again. */
async function followUp(id: string, env: Env, spool: Spool): Promise<void> {
  const results = await Promise.allSettled([spool.put(RECEIPT + id, ""), env.QUEUE?.send({ id })]);
  for (const result of results) {
    if (result.status === "rejected") {
      console.warn(JSON.stringify({ event: "edge.follow_up_failed", id, detail: String(result.reason) }));
    }
  }
}
