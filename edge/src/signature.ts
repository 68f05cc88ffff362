/** Signing of requests to the house, and keyed hashes of addresses. */

export interface Signable {
  readonly method: string;
  readonly path: string;
  readonly timestamp: number;
  readonly deliveryId: string;
  readonly md5: string;
  readonly size: number;
  readonly envelope: string;
}

export const NOTHING = "-";
export const EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e";
const VERSION = "MACHIYA-HMAC-SHA256-V1";
const TAKEN_VERSION = "MACHIYA-TAKEN-V1";
const HASH_CHARACTERS = 32;

export function signingText(request: Signable): string {
  const { method, path, timestamp, deliveryId, md5, size, envelope } = request;
  return [VERSION, method, path, timestamp, deliveryId, md5, size, envelope].join("\n");
}

export async function signedHeaders(key: string, request: Signable): Promise<Record<string, string>> {
  return {
    "Machiya-Timestamp": String(request.timestamp),
    "Machiya-Content-MD5": request.md5,
    "Machiya-Size": String(request.size),
    "Machiya-Envelope": request.envelope,
    "Machiya-Signature": `v1=${await hmac(key, signingText(request))}`,
  };
}

/** The value of `Machiya-Taken`: only a holder of the key can say that it has this message. */
export async function takenProof(key: string, deliveryId: string, md5: string): Promise<string> {
  return `v1=${await hmac(key, [TAKEN_VERSION, deliveryId, md5].join("\n"))}`;
}

/** The name under which the edge knows an address; without the key it tells nobody which address that is. */
export async function recipientHash(key: string, canonical: string): Promise<string> {
  return (await hmac(key, canonical)).slice(0, HASH_CHARACTERS);
}

export async function md5Hex(body: Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest("MD5", body));
}

export function hex(buffer: ArrayBuffer): string {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function hmac(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}
