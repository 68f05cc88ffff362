import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Edge, NEXT_SWEEP } from "./support/edge.ts";
import type { Order, Report } from "./support/house.ts";
import { vectors } from "./support/vectors.ts";

interface Answers {
  cases: { name: string; status: number; body: string; taken: boolean; alarm?: string }[];
}

const { report_answers } = vectors<{ report_answers: Answers }>("edge-behaviours");

let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

function lastReport(): Report {
  const report = edge.house.reports.at(-1);
  assert.ok(report);
  return report;
}

const id = (index: number) => `01a20aa4-49bd-7${index.toString(16).padStart(3, "0")}-8d4a-c6cd9586b3ea`;
const envelope = (to: string) => JSON.stringify({ v: 1, from: "", to, at: "2026-11-23T10:00:00.123Z", size: 1 });

async function deadLetters(count: number): Promise<void> {
  const metadata = { envelope: envelope("m@x.jp"), reason: "refused: no", died_at: "2026-11-23T11:00:00.000Z" };
  for (let index = 0; index < count; index += 1) await edge.store(`dead/${id(index)}`, "x", metadata);
}

function orders(action: Order["action"], ids: string[]): void {
  edge.house.ordersFor = () =>
    ids.map((delivery_id) => ({ order_id: `${action} ${delivery_id}`, action, delivery_id })).slice(0, 20);
}

describe("the report", () => {
  it("of an edge with nothing", async () => {
    await edge.sweep();
    const { at, ...report } = lastReport() as Report & { at: string };
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    assert.deepEqual(report, {
      v: 1, edge: "worker", held: 0, held_more: false, oldest: null, held_ids: [], dead_count: 0, dead: [],
      accepted: [], errors: [], recipients: { etag: null, confirmed_at: null, complete: false }, orders_done: [],
    }); // biome-ignore format: a document is easier to compare on few lines
  });

  it("tells what is held, oldest first, without what has just been taken", async () => {
    Object.assign(edge.house.script, { "a@x.jp": [429], "c@x.jp": [409] });
    for (const to of ["a@x.jp", "b@x.jp", "c@x.jp"]) {
      await edge.accept(to);
      await edge.advance(5);
    }
    const held = (await edge.keys("in/")).map((key) => key.slice(3));
    await edge.sweep();
    const report = lastReport();
    assert.deepEqual([report.held, report.held_more, report.held_ids], [2, false, [held[0], held[2]]]);
    assert.equal(report.oldest, edge.house.offersTo("a@x.jp")[0]?.envelope.at);
  });

  it("tells the dead with their reason", async () => {
    edge.house.script["a@x.jp"] = [422];
    await edge.accept("a@x.jp", "12345");
    await edge.sweep();
    const { dead, dead_count } = lastReport();
    const [offer] = edge.house.offers;
    assert.equal(dead_count, 1);
    assert.ok(Math.abs(Date.parse(dead[0]?.died_at ?? "") - Date.now()) < 60_000);
    assert.deepEqual(dead, [
      {
        id: offer?.id,
        ...without(offer?.envelope),
        died_at: dead[0]?.died_at,
        reason: "unknown_recipient: answer 422",
      },
    ]);
  });

  for (const [what, body, reason] of [
    ["no problem document", "<html>", "http_413"],
    ["an endless document", `{"code":"${"x".repeat(20_000)}"}`, "http_413"],
    ["a code alone", '{"code":"message_too_large"}', "message_too_large"],
    ["JSON of another kind", "null", "http_413"],
  ] as const) {
    it(`gives a reason for ${what}`, async () => {
      edge.house.script["a@x.jp"] = [{ status: 413, body }];
      await edge.accept("a@x.jp");
      await edge.sweep();
      assert.equal(lastReport().dead[0]?.reason, reason);
    });
  }

  it("keeps receipts and errors until a report has arrived", async () => {
    edge.house.script["a@x.jp"] = [418, 201];
    await edge.accept("a@x.jp");
    const receipts = (await edge.keys("log/")).map((key) => key.slice(4));
    edge.house.reportStatus = 503;
    await edge.sweep();
    assert.equal((await edge.keys("log/")).length, 1);
    edge.house.reportStatus = 200;
    await edge.sweep();
    assert.deepEqual(lastReport().accepted, receipts);
    assert.deepEqual(
      lastReport().errors.map(({ code }) => code),
      ["unexpected_status", "report_failed"],
    );
    assert.deepEqual(await edge.keys("log/"), []);
    await edge.sweep();
    assert.deepEqual([lastReport().accepted, lastReport().errors], [[], []]);
  });

  it("carries the same error once, and at most twenty", async () => {
    edge.house.script["a@x.jp"] = [418];
    edge.house.reportStatus = 500;
    await edge.accept("a@x.jp");
    for (let sweep = 0; sweep < 3; sweep += 1) await edge.sweep();
    const { errors: stored } = JSON.parse((await edge.body("state/sweep.json")).toString()) as Report;
    assert.deepEqual(
      stored.map(({ code }) => code),
      ["unexpected_status", "report_failed"],
    );
    for (let message = 0; message < 25; message += 1) {
      edge.house.script[`m${message}@x.jp`] = [418];
      await edge.accept(`m${message}@x.jp`);
    }
    await edge.sweep();
    await edge.sweep();
    edge.house.reportStatus = 200;
    await edge.sweep();
    const { errors } = lastReport();
    assert.equal(errors.length, 20);
    assert.equal(new Set(errors.map(({ detail }) => detail)).size, 20);
  });

  it("says more than 1 000 held, names 500, and stays below 256 KiB with 120 dead of the longest kind", async () => {
    const longest = envelope('"'.repeat(700));
    const metadata = { envelope: longest, reason: "\u0001".repeat(300), died_at: "2026-11-23T11:00:00.000Z" };
    for (let index = 0; index < 120; index += 1) await edge.store(`dead/${id(index)}`, "x", metadata);
    for (let index = 0; index < 1030; index += 1)
      await edge.store(`in/${id(index)}`, "x", { envelope: envelope("m@x.jp") });
    edge.house.script["m@x.jp"] = [429];
    await edge.sweep();
    const { held, held_more, held_ids, dead, dead_count } = lastReport();
    assert.deepEqual([held, held_more, held_ids.length, dead_count], [1000, true, 500, 120]);
    assert.ok(dead.length >= 25 && dead.length <= 100, `${dead.length} dead letters`);
    for (let sweep = 0; sweep < 86; sweep += 1) await edge.sweep();
    assert.equal(new Set(edge.house.offers.map((offer) => offer.id)).size, 1030, "beyond the first page, too");
  });
});

describe("the answer to the report", () => {
  for (const { name, status, body, taken, alarm } of report_answers.cases) {
    it(`${name}: receipts ${taken ? "dropped" : "kept"}`, async () => {
      edge.house.script["a@x.jp"] = [429];
      await edge.accept("a@x.jp");
      const receipts = (await edge.keys("log/")).map((key) => key.slice(4));
      edge.house.reportReply = { status, body };
      await edge.sweep();
      assert.equal((await edge.keys("log/")).length, taken ? 0 : 1);
      edge.house.reportReply = null;
      await edge.sweep();
      assert.deepEqual(lastReport().accepted, taken ? [] : receipts);
      assert.deepEqual(
        lastReport().errors.map(({ code }) => code),
        alarm === undefined ? [] : [alarm],
      );
    });
  }
});

describe("orders", () => {
  it("are reported done once, with their results", async () => {
    await deadLetters(2);
    orders("discard", [id(0), id(9)]);
    await edge.sweep();
    assert.deepEqual(await edge.keys("dead/"), [`dead/${id(1)}`]);
    await edge.sweep();
    assert.deepEqual(lastReport().orders_done, [
      { order_id: `discard ${id(0)}`, result: "discarded" },
      { order_id: `discard ${id(9)}`, result: "not_found" },
    ]);
    await edge.sweep();
    assert.deepEqual(lastReport().orders_done, []);
  });

  it("retry brings the same bytes and envelope back, and the hold counts anew", async () => {
    edge.house.script["a@x.jp"] = [422, 429, 429, 201];
    await edge.accept("a@x.jp", "\x00body\n");
    await edge.sweep();
    const day = 24 * 60 * 60_000;
    await edge.advance(20 * day);
    orders("retry", [edge.house.offers[0]?.id ?? ""]);
    await edge.sweep();
    await edge.advance(13 * day);
    for (let sweep = 0; sweep < 3; sweep += 1) await edge.sweep();
    const offers = edge.house.offersTo("a@x.jp");
    assert.equal(offers.length, 4);
    assert.deepEqual(offers[3]?.body, Buffer.from("\x00body\n"));
    assert.deepEqual(offers[3]?.envelope, offers[0]?.envelope);
    assert.deepEqual(await edge.keys("in/"), []);
    assert.deepEqual(await edge.keys("dead/"), []);
  });

  it("retried and still refused after the hold dies again, as expired", async () => {
    edge.house.script["a@x.jp"] = [422, 429];
    await edge.accept("a@x.jp");
    await edge.sweep();
    orders("retry", [edge.house.offers[0]?.id ?? ""]);
    await edge.sweep();
    await edge.advance(15 * 24 * 60 * 60_000);
    edge.house.ordersFor = () => [];
    await edge.sweep();
    const [dead] = await edge.objects("dead/");
    assert.equal(dead?.metadata["reason"], "hold_expired");
  });

  it("twenty at once are carried out within the budget, over several runs", async () => {
    await deadLetters(20);
    const ids = Array.from({ length: 20 }, (_, index) => id(index));
    orders("retry", ids);
    for (let sweep = 0; sweep < 6; sweep += 1) await edge.sweep();
    assert.deepEqual(await edge.keys("dead/"), []);
    assert.deepEqual(new Set(edge.house.offers.map((offer) => offer.id)), new Set(ids));
    const done = edge.house.reports.flatMap(({ orders_done }) => orders_done);
    assert.deepEqual(new Set(done.map(({ result }) => result)), new Set(["retried"]));
  });

  it("a repeated retry finds the message held already", async () => {
    await deadLetters(1);
    edge.house.script["m@x.jp"] = [429];
    orders("retry", [id(0)]);
    edge.house.isDone = () => false;
    for (let sweep = 0; sweep < 3; sweep += 1) await edge.sweep();
    Reflect.deleteProperty(edge.house, "isDone");
    assert.deepEqual(await edge.keys("in/"), [`in/${id(0)}`]);
    assert.deepEqual(
      lastReport().orders_done.map(({ result }) => result),
      ["retried"],
    );
  });

  it("an order that fails is carried out when it is repeated", async () => {
    await deadLetters(1);
    orders("retry", [id(0)]);
    await edge.fail("put in/");
    await edge.sweep();
    assert.deepEqual(await edge.keys("dead/"), [`dead/${id(0)}`]);
    await edge.fail();
    await edge.sweep();
    await edge.advance(NEXT_SWEEP);
    await edge.sweep();
    assert.equal(edge.house.offers.length, 1);
  });
});

function without(value: { v: number } | undefined): object {
  const { v: _version, ...rest } = value ?? { v: 1 };
  return rest;
}
