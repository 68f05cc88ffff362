/** What the edge knows of a recipient at RCPT time. */

import { canonicalise, lookupOrder } from "./canonical.ts";
import { within } from "./deadline.ts";
import { recipientHash } from "./signature.ts";
import { RECIPIENT, type Spool } from "./spool.ts";
import { readRecipientsState } from "./state.ts";

export type Refusal = "550 5.1.1 no such mailbox" | "550 5.2.1 mailbox disabled";

const TRUST_MILLISECONDS = 24 * 3_600_000;
/** The sender's server and the platform both wait only seconds. */
const LOOKUP_MILLISECONDS = 5_000;

/** `null`: accept. Doubt of any kind accepts, since a refusal is permanent and the house judges anyway. */
export async function refusalOf(spool: Spool, key: string, address: string, now: number): Promise<Refusal | null> {
  try {
    return await within(LOOKUP_MILLISECONDS, "the look-up", lookUp(spool, key, address, now));
  } catch (error) {
    console.error(JSON.stringify({ event: "edge.lookup_failed", detail: String(error) }));
    return null;
  }
}

async function lookUp(spool: Spool, key: string, address: string, now: number): Promise<Refusal | null> {
  const canonical = canonicalise(address);
  if (canonical === null || !(await isTrusted(spool, now))) return null;
  for (const candidate of lookupOrder(canonical)) {
    const entry = await spool.head(RECIPIENT + (await recipientHash(key, candidate)));
    if (entry) return entry.customMetadata?.["kind"] === "x" ? "550 5.2.1 mailbox disabled" : null;
  }
  return "550 5.1.1 no such mailbox";
}

async function isTrusted(spool: Spool, now: number): Promise<boolean> {
  const state = await readRecipientsState(spool);
  return state.complete && now - Date.parse(state.confirmed_at ?? "") <= TRUST_MILLISECONDS;
}
