import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Edge } from "./support/edge.ts";
import { vectors } from "./support/vectors.ts";

interface AddressCase {
  name: string;
  address: string;
  canonical: string | null;
  untagged?: string;
  catch_all?: string;
}

interface SignatureCase {
  name: string;
  key: string;
  method: string;
  path: string;
  timestamp: number;
  delivery_id: string | null;
  envelope: object | null;
  envelope_header: string;
  md5: string;
  size: number;
  text: string;
  signature: string;
}

interface TakenCase {
  name: string;
  key: string;
  delivery_id: string;
  md5: string;
  taken: string;
}

const addresses = vectors<{ hash_key: string; cases: AddressCase[] }>("canonical-addresses");
const signatures = vectors<{ cases: SignatureCase[]; taken: TakenCase[] }>("signatures");
let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
after(() => edge.stop());

describe("canonical addresses", () => {
  for (const { name, address, canonical, untagged, catch_all } of addresses.cases) {
    it(name, async () => {
      const expected = canonical === null ? null : { full: canonical, untagged, catchAll: catch_all };
      assert.deepEqual(await edge.call("canonicalise", address), expected);
    });
  }

  it("a tag inside quotes is none", async () => {
    const { untagged } = await edge.call<{ untagged: string }>("canonicalise", '"a+b"@example.jp');
    assert.equal(untagged, '"a+b"@example.jp');
  });

  for (const address of [
    "a@x/y.例え",
    "a@u:p@例え.jp",
    "a@例え.jp:80",
    "a..b@example.jp",
    `${"a".repeat(65)}@example.jp`,
  ]) {
    it(`no canonical form: ${address}`, async () => assert.equal(await edge.call("canonicalise", address), null));
  }

  it("the hash is the first half of the HMAC", async () => {
    for (const { canonical } of addresses.cases.filter((entry) => entry.canonical !== null)) {
      const expected = createHmac("sha256", addresses.hash_key)
        .update(canonical ?? "")
        .digest("hex")
        .slice(0, 32);
      assert.equal(await edge.call("hash", canonical, addresses.hash_key), expected);
    }
  });
});

describe("signatures", () => {
  for (const vector of signatures.cases) {
    it(vector.name, async () => {
      const { method, path, timestamp, md5, size } = vector;
      const envelope = vector.envelope === null ? "-" : await edge.call<string>("envelope", vector.envelope);
      const signable = { method, path, timestamp, md5, size, envelope, deliveryId: vector.delivery_id ?? "-" };
      assert.equal(envelope, vector.envelope_header);
      assert.equal(await edge.call("text", signable), vector.text);
      assert.deepEqual(await edge.call("headers", signable, vector.key), {
        "Machiya-Timestamp": String(timestamp),
        "Machiya-Content-MD5": md5,
        "Machiya-Size": String(size),
        "Machiya-Envelope": vector.envelope_header,
        "Machiya-Signature": vector.signature,
      });
    });
  }
});

describe("proofs of receipt", () => {
  for (const { name, key, delivery_id, md5, taken } of signatures.taken) {
    it(name, async () => assert.equal(await edge.call("taken", [delivery_id, md5], key), taken));
  }
});

describe("delivery ids", () => {
  it("are canonical UUIDv7 whose order is the order of time", async () => {
    const moments = [0, 1, 2 ** 32 - 1, 2 ** 32, Date.now(), 2 ** 48 - 1];
    const ids = await Promise.all(moments.map((moment) => edge.call<string>("id", moment)));
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual([...ids].sort(), ids);
    assert.deepEqual(await Promise.all(ids.map((id) => edge.call("moment", id))), moments);
  });

  it("differ within one millisecond", async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => edge.call<string>("id", 1)));
    assert.equal(new Set(ids).size, 100);
  });
});
