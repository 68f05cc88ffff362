/** The envelope: stored as R2 metadata, sent as a header. */

import { momentOf } from "./uuid7.ts";

export interface Envelope {
  readonly v: 1;
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly size: number;
}

/**
 * R2 keeps 2 048 bytes of metadata in all; a dead letter adds its reason and times. Two addresses of 254 octets – the
 * longest RFC 5321 allows – fit even when every character is escaped.
 */
export const ENVELOPE_BYTES = 1600;

/** Pure ASCII, since both R2 metadata and HTTP headers are safest that way. */
export function envelopeJson(envelope: Envelope): string {
  const { v, from, to, at, size } = envelope;
  return JSON.stringify({ v, from, to, at, size }).replace(/[\u007f-\uffff]/g, escapeUnit);
}

export function envelopeHeader(json: string): string {
  return btoa(json).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Reads a stored envelope for the report; one that cannot be read must not hide the letter it belongs to. */
export function readEnvelope(json: string | undefined, id: string, size: number): Envelope {
  const unknown: Envelope = { v: 1, from: "", to: "", at: new Date(momentOf(id)).toISOString(), size };
  try {
    return { ...unknown, ...(JSON.parse(json ?? "") as Partial<Envelope>) };
  } catch {
    return unknown;
  }
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
