import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Edge } from "./support/edge.ts";

const LIMIT = 25 * 1024 * 1024;
const TO = "taro@example.jp";
let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

async function delivered(body: string | Uint8Array, to = TO, from?: string) {
  const { outcome } = await edge.email(body, to, from === undefined ? {} : { from });
  assert.equal(outcome, "accepted");
  await edge.sweep();
  const [offer, ...others] = edge.house.offers;
  assert.ok(offer !== undefined && others.length === 0);
  return offer;
}

describe("bytes arrive as they came", () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
  const cases: [string, string | Uint8Array][] = [
    ["NUL and every other byte", everyByte],
    ["eight bits that are no UTF-8", Buffer.from("Subject: \xe4\xf6\r\n\r\n\x83\x5c\xff\r\n", "latin1")],
    ["bare LF and bare CR", "Subject: x\n\nline\rline\n"],
    ["lines of dots", "Subject: x\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n"],
    ["a line of 100 kB", `Subject: x\r\n\r\n${"x".repeat(100_000)}\r\n`],
    ["no Message-ID", "Subject: x\r\n\r\nhello\r\n"],
    ["no headers", "\r\nhello\r\n"],
    ["no headers and no empty line", "hello"],
    ["broken headers", ": no name\r\nno colon\r\nSubject:\r\n folded\r\nX-\x00: y\r\n\r\n"],
    ["no end of line at the end", "Subject: x\r\n\r\nhello"],
    ["nothing at all", ""],
  ];
  for (const [name, body] of cases) {
    it(name, async () => assert.deepEqual((await delivered(body)).body, Buffer.from(body)));
  }

  it("exactly 25 MiB", async () => {
    const body = randomBytes(LIMIT);
    const { body: arrived } = await delivered(body);
    assert.equal(arrived.length, LIMIT);
    assert.equal(digest(arrived), digest(body));
  });
});

describe("envelopes arrive as they came", () => {
  const cases: [string, string, string][] = [
    ["null sender", "", TO],
    ["SMTPUTF8 sender", "用户@例え.jp", TO],
    ["astral characters", "😀@example.com", TO],
    ["IDN recipient", "a@example.com", "info@例え.jp"],
    ["upper case and a tag", "A@Example.COM", "Taro+Shop@Example.JP"],
    ["quotes and backslashes", '"a\\"b"@example.com', TO],
  ];
  for (const [name, from, to] of cases) {
    it(name, async () => {
      const { envelope, body } = await delivered("x", to, from);
      assert.deepEqual(envelope, { v: 1, from, to, at: envelope.at, size: body.length });
      assert.ok(Math.abs(Date.parse(envelope.at) - Date.now()) < 60_000);
    });
  }

  it("the header is ASCII and unpadded", async () => {
    const { headers } = await delivered("x", "info@例え.jp", "ü@example.com");
    assert.match(String(headers["machiya-envelope"]), /^[A-Za-z0-9_-]+$/);
  });

  it("the longest addresses fit the metadata, also of a dead letter with a long reason", async () => {
    const longest = (letter: string) => `${letter.repeat(121)}@example.jp`;
    const body = JSON.stringify({ code: "refused", detail: "理由".repeat(1000) });
    edge.house.script[longest("é")] = [{ status: 422, body }];
    assert.equal((await edge.email("x", longest("é"), { from: longest("ü") })).outcome, "accepted");
    await edge.sweep();
    const [dead] = await edge.objects("dead/");
    assert.equal(JSON.parse(dead?.metadata["envelope"] ?? "").from, longest("ü"));
    assert.match(dead?.metadata["reason"] ?? "", /^refused: (理由)+理?$/);
    const octets = Buffer.byteLength(
      Object.entries(dead?.metadata ?? {})
        .flat()
        .join(""),
    );
    assert.ok(octets <= 2048, `${octets} octets of metadata`);
  });

  it("an envelope beyond what RFC 5321 allows is refused, not cut", async () => {
    const outcome = await edge.email("x", TO, { from: `${"a".repeat(1600)}@example.com` });
    assert.deepEqual([outcome.outcome, outcome.reason], ["rejected", "553 5.1.3 envelope addresses too long"]);
    assert.deepEqual(await edge.keys(), []);
  });
});

describe("what is not accepted", () => {
  it("one byte more than 25 MiB is refused for good", async () => {
    const outcome = await edge.email(Buffer.alloc(LIMIT + 1), TO);
    assert.deepEqual([outcome.outcome, outcome.reason], ["rejected", "552 5.3.4 message larger than 25 MiB"]);
    assert.deepEqual(await edge.keys(), []);
  });

  it("R2 failing throws, so that the sender tries again", async () => {
    await edge.fail("put in/");
    const outcome = await edge.email("x".repeat(100_000), TO);
    assert.equal(outcome.outcome, "exception");
    assert.match(outcome.reason ?? "", /failing on order/);
    assert.deepEqual(await edge.keys(), []);
    await edge.fail();
    assert.deepEqual((await delivered("again")).body, Buffer.from("again"));
  });

  it("a body that stops coming throws within 25 s and leaves nothing", async () => {
    const started = Date.now();
    const { outcome } = await edge.email("", TO, { size: 100, stall: true });
    assert.equal(outcome, "exception");
    assert.ok(Date.now() - started < 25_000);
    assert.deepEqual(await edge.keys(), []);
  });

  for (const [what, size] of [
    ["shorter", 6],
    ["longer", 4],
  ] as const) {
    it(`a stream ${what} than announced throws and leaves nothing`, async () => {
      assert.equal((await edge.email("12345", TO, { size })).outcome, "exception");
      assert.deepEqual(await edge.keys(), []);
    });
  }
});

describe("what follows the acceptance", () => {
  it("is a receipt", async () => {
    await edge.accept(TO);
    const [held] = await edge.keys("in/");
    assert.deepEqual(await edge.keys("log/"), [held?.replace("in/", "log/")]);
  });

  it("a failing receipt changes nothing", async () => {
    await edge.fail("put log/");
    await edge.accept(TO);
    assert.equal((await edge.keys("in/")).length, 1);
    assert.deepEqual(await edge.keys("log/"), []);
  });
});

function digest(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
