import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Edge, HOUR, MINUTE } from "./support/edge.ts";
import { recipientHash, tableOf } from "./support/house.ts";
import { vectors } from "./support/vectors.ts";

interface Table {
  entries: Record<string, string>;
  cases: { name: string; to: string; accept: boolean; table?: "missing" | "stale" | "incomplete" | "failing" }[];
}

interface Answers {
  cases: { name: string; status: number; etag: string | null; body: string; adopted: boolean; alarm?: string }[];
}

const { recipients, recipients_answers } = vectors<{ recipients: Table; recipients_answers: Answers }>(
  "edge-behaviours",
);
const STATE = "state/recipients.json";
const UNKNOWN = "550 5.1.1 no such mailbox";
const DISABLED = "550 5.2.1 mailbox disabled";
let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

async function publish(entries: Record<string, string>, etag: string): Promise<void> {
  Object.assign(edge.house, { table: tableOf(entries), etag });
  await edge.advance(6 * MINUTE);
  await edge.sweep();
}

async function known(): Promise<Record<string, string | undefined>> {
  const entries = await edge.objects("rcpt/");
  return Object.fromEntries(entries.map(({ key, metadata }) => [key.slice(5), metadata["kind"]]));
}

function expected(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([address, kind]) => [recipientHash(address), kind]));
}

async function refusal(to: string): Promise<string | null> {
  return (await edge.email("x", to)).reason;
}

async function state(): Promise<{ etag: string; confirmed_at: string; complete: boolean }> {
  return JSON.parse((await edge.body(STATE)).toString());
}

/** Brings the table into the state of the case. */
async function prepare(table: string | undefined): Promise<void> {
  if (table !== "missing") await publish(recipients.entries, '"1"');
  if (table === "stale") await edge.advance(24 * HOUR + MINUTE);
  if (table === "incomplete") await edge.store(STATE, JSON.stringify({ ...(await state()), complete: false }));
  if (table === "failing") await edge.fail("head rcpt/");
}

describe("decisions at RCPT time", () => {
  for (const { name, to, accept, table } of recipients.cases) {
    it(name, async () => {
      await prepare(table);
      const reason = await refusal(to);
      const disabled = Object.entries(recipients.entries).some(
        ([address, kind]) => kind === "x" && address.split("@")[0] === to.split(/[+@]/)[0],
      );
      assert.equal(reason, accept ? null : disabled ? DISABLED : UNKNOWN);
      assert.equal((await edge.keys("in/")).length, accept ? 1 : 0);
    });
  }

  it("a table confirmed 23 hours ago is trusted", async () => {
    await prepare("complete");
    await edge.advance(23 * HOUR);
    assert.equal(await refusal("nobody@example.jp"), UNKNOWN);
  });

  it("a state that cannot be read accepts", async () => {
    await prepare("complete");
    await edge.store(STATE, "{");
    assert.equal(await refusal("nobody@example.jp"), null);
  });

  it("a look-up of an address costs at most four operations", async () => {
    await prepare("complete");
    const { subrequests } = await edge.email("x", "nobody+tag@example.jp");
    assert.deepEqual(
      subrequests.map((request) => request.split(/[ /]/, 2).join(" ")),
      ["get state", ...Array(3).fill("head rcpt")],
    );
  });
});

describe("synchronisation", () => {
  it("adds, changes and removes", async () => {
    await publish({ "a@x.jp": "a", "b@x.jp": "a", "c@x.jp": "a" }, '"1"');
    assert.deepEqual(await known(), expected({ "a@x.jp": "a", "b@x.jp": "a", "c@x.jp": "a" }));
    await publish({ "a@x.jp": "a", "b@x.jp": "x", "d@x.jp": "a" }, '"2"');
    assert.deepEqual(await known(), expected({ "a@x.jp": "a", "b@x.jp": "x", "d@x.jp": "a" }));
    assert.equal(await refusal("b@x.jp"), DISABLED);
    assert.equal(await refusal("c@x.jp"), UNKNOWN);
    assert.equal(await refusal("d@x.jp"), null);
  });

  it("an unchanged table is confirmed by its ETag, without a write to it", async () => {
    await publish({ "a@x.jp": "a" }, '"1"');
    const before = (await state()).confirmed_at;
    await edge.advance(6 * MINUTE);
    const { subrequests } = await edge.sweep();
    assert.deepEqual(edge.house.tableRequests, [undefined, '"1"']);
    assert.ok(Date.parse((await state()).confirmed_at) >= Date.parse(before) + 6 * MINUTE);
    assert.deepEqual(
      subrequests.filter((request) => request.startsWith("put rcpt")),
      [],
    );
  });

  it("is not asked for again before the interval", async () => {
    await publish({ "a@x.jp": "a" }, '"1"');
    await edge.advance(4 * MINUTE);
    await edge.sweep();
    assert.equal(edge.house.tableRequests.length, 1);
    await edge.advance(MINUTE);
    await edge.sweep();
    assert.equal(edge.house.tableRequests.length, 2);
  });

  it("1 000 addresses come in bounded steps; until the last one everything is accepted", async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`user${index}@x.jp`, "a"]));
    await publish(many, '"1"');
    let sweeps = 1;
    for (; !(await state()).complete; sweeps += 1) {
      assert.equal(await refusal("nobody@x.jp"), null);
      await edge.sweep();
      assert.ok(sweeps < 60);
    }
    assert.deepEqual(await known(), expected(many));
    assert.equal(await refusal("nobody@x.jp"), UNKNOWN);
    assert.equal(await refusal("user999@x.jp"), null);
    assert.ok(sweeps >= 20 && sweeps <= 45, `${sweeps} sweeps`);
    await publish({ "user1@x.jp": "a" }, '"2"');
    assert.deepEqual(await known(), expected({ "user1@x.jp": "a" }));
  });

  it("more than 1 000 removals take more than one step", async () => {
    const hashes = Array.from({ length: 2100 }, (_, index) => index.toString(16).padStart(32, "0"));
    await edge.store("state/recipients-applied.txt", hashes.map((hash) => `${hash} a\n`).join(""));
    await edge.store(STATE, JSON.stringify({ etag: '"1"', confirmed_at: null, complete: true, next: null }));
    for (const hash of [hashes[0], hashes[1999], hashes[2099]]) await edge.store(`rcpt/${hash}`, "", { kind: "a" });
    await publish({ "a@x.jp": "a" }, '"2"');
    assert.equal((await state()).complete, false);
    for (let sweep = 0; sweep < 2; sweep += 1) await edge.sweep();
    assert.equal((await state()).complete, true);
    assert.deepEqual(await known(), expected({ "a@x.jp": "a" }));
  });

  it("a step broken off by R2 is taken up again", async () => {
    await edge.fail("put rcpt/");
    await publish({ "a@x.jp": "a" }, '"1"');
    assert.equal((await state()).complete, false);
    assert.equal(await refusal("nobody@x.jp"), null);
    await edge.fail();
    await edge.sweep();
    assert.equal(await refusal("nobody@x.jp"), UNKNOWN);
    await edge.sweep();
    assert.ok(edge.house.reports.some(({ errors }) => errors.some(({ code }) => code === "recipients_failed")));
  });

  it("a table lost half way is pulled again", async () => {
    await edge.fail("put rcpt/");
    await publish({ "a@x.jp": "a" }, '"1"');
    await edge.fail();
    await edge.store("state/recipients-next.txt", "");
    await edge.sweep();
    assert.equal(await refusal("a@x.jp"), null);
    await edge.sweep();
    assert.deepEqual(await known(), expected({ "a@x.jp": "a" }));
    assert.equal(await refusal("nobody@x.jp"), UNKNOWN);
  });

  for (const [name, body] of [
    ["HTML", "<html>log in</html>\n"],
    ["a table cut short", tableOf({ "a@x.jp": "a", "b@x.jp": "a" }).slice(0, -20)],
    ["a table out of order", [...tableOf({ "a@x.jp": "a", "b@x.jp": "a" }).matchAll(/.+\n/g)].reverse().join("")],
    ["an unknown kind", tableOf({ "a@x.jp": "z" })],
  ] as const) {
    it(`${name} instead of a table changes nothing`, async () => {
      await publish({ "a@x.jp": "a" }, '"1"');
      edge.house.etag = '"2"';
      edge.house.tableReply = null;
      edge.house.table = body;
      await edge.advance(6 * MINUTE);
      await edge.sweep();
      await edge.sweep();
      assert.deepEqual(await known(), expected({ "a@x.jp": "a" }));
      assert.equal((await state()).etag, '"1"');
      assert.ok(edge.house.reports.some(({ errors }) => errors.some(({ code }) => code === "recipients_malformed")));
    });
  }

  it("an empty table never makes the edge refuse everything", async () => {
    await publish({}, '"1"');
    assert.equal(await refusal("nobody@x.jp"), null);
    await publish({ "a@x.jp": "a" }, '"2"');
    await publish({}, '"3"');
    assert.equal(await refusal("a@x.jp"), null);
  });

  it("a table without ETag is not adopted", async () => {
    Object.assign(edge.house, { table: tableOf({ "a@x.jp": "a" }), etag: null });
    await edge.sweep();
    assert.deepEqual(await known(), {});
  });

  for (const [status, code] of [
    [401, "unauthorized"],
    [500, "recipients_failed"],
    [404, "recipients_failed"],
  ] as const) {
    it(`${status} is reported and does not confirm`, async () => {
      await publish({ "a@x.jp": "a" }, '"1"');
      const before = await state();
      edge.house.tableReply = { status, body: "" };
      await edge.advance(6 * MINUTE);
      await edge.sweep();
      await edge.sweep();
      assert.deepEqual(await state(), before);
      assert.ok(edge.house.reports.some(({ errors }) => errors.some((error) => error.code === code)));
    });
  }
});

describe("the answer to the first question for recipients", () => {
  for (const { name, status, etag, body, adopted, alarm } of recipients_answers.cases) {
    it(`${name}: ${adopted ? "adopted" : "not adopted"}`, async () => {
      Object.assign(edge.house, { etag, tableReply: { status, body } });
      await edge.sweep();
      assert.equal(await refusal("nobody@example.jp"), adopted ? UNKNOWN : null);
      assert.equal((await edge.keys("rcpt/")).length, adopted ? body.split("\n").length - 1 : 0);
      await edge.sweep();
      assert.deepEqual(
        edge.house.reports.at(-1)?.errors.map(({ code }) => code),
        alarm === undefined ? [] : [alarm],
      );
    });
  }
});
