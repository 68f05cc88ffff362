import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { DAY, Edge, MINUTE, NEXT_SWEEP } from "./support/edge.ts";

let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

const offersIn = (subrequests: string[]) => subrequests.filter((request) => request === "fetch PUT").length;

describe("an ill house", () => {
  it("refusing connections is left alone for 1, 2, 4, 8, 15, 15 minutes", async () => {
    await edge.house.close();
    await edge.accept("a@x.jp");
    const attempts: number[] = [];
    for (let minute = 0; minute < 50; minute += 1) {
      const { subrequests } = await edge.sweep();
      if (offersIn(subrequests) > 0) attempts.push(minute);
      else assert.deepEqual(subrequests, ["get state/sweep.json"]);
      await edge.advance(MINUTE);
    }
    const gaps = attempts.slice(1).map((minute, index) => minute - (attempts[index] ?? 0));
    assert.deepEqual(gaps, [1, 2, 4, 8, 15, 15]);
  });

  it("well again starts at one minute again", async () => {
    edge.house.script["a@x.jp"] = [503, 503, 201];
    edge.house.script["b@x.jp"] = [503, 201];
    await edge.accept("a@x.jp");
    for (let sweep = 0; sweep < 3; sweep += 1) {
      await edge.sweep();
      await edge.advance(NEXT_SWEEP);
    }
    await edge.accept("b@x.jp");
    await edge.sweep();
    await edge.advance(MINUTE);
    await edge.sweep();
    assert.deepEqual(await edge.keys("in/"), []);
    assert.ok(edge.house.reports.some(({ errors }) => errors.some(({ code }) => code === "house_ill")));
  });

  it("slow but within the time-out is well", async () => {
    edge.house.delayMilliseconds = 600;
    await edge.accept("a@x.jp");
    await edge.sweep();
    assert.deepEqual(await edge.keys("in/"), []);
  });

  it("resetting in the middle of 5 MB gets the same bytes again", async () => {
    const body = Buffer.alloc(5_000_000, "0123456789");
    edge.house.script["a@x.jp"] = ["reset", 201];
    await edge.accept("a@x.jp", body);
    await edge.sweep();
    assert.equal((await edge.keys("in/")).length, 1);
    await edge.advance(NEXT_SWEEP);
    await edge.sweep();
    assert.deepEqual(await edge.keys("in/"), []);
    assert.ok(edge.house.offers[1]?.body.equals(body));
    assert.equal(edge.house.offers[0]?.id, edge.house.offers[1]?.id);
  });

  it("made ill by one message is offered the others after five runs", async () => {
    edge.house.script["bad@x.jp"] = [500];
    await edge.accept("bad@x.jp");
    await edge.advance(1);
    await edge.accept("good@x.jp");
    for (let sweep = 0; sweep < 6; sweep += 1) {
      await edge.sweep();
      await edge.advance(NEXT_SWEEP);
    }
    assert.equal(edge.house.offersTo("good@x.jp").length, 1);
    assert.equal((await edge.keys("in/")).length, 1);
  });

  it("with a batch of expired messages loses none and stays within the budget", async () => {
    edge.house.script = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}@x.jp`, [503]]));
    for (let index = 0; index < 30; index += 1) await edge.accept(`m${index}@x.jp`);
    await edge.advance(15 * DAY);
    for (let sweep = 0; sweep < 4; sweep += 1) {
      await edge.sweep();
      await edge.advance(NEXT_SWEEP);
    }
    const dead = await edge.objects("dead/");
    assert.deepEqual(await edge.keys("in/"), []);
    assert.equal(dead.length, 30);
    assert.ok(dead.every(({ metadata }) => metadata["reason"] === "hold_expired"));
  });
});

describe("the cursor", () => {
  it("gives every message its turn behind a batch that is refused for now", async () => {
    for (let index = 0; index < 12; index += 1) edge.house.script[`full${index}@x.jp`] = [429];
    for (let index = 0; index < 12; index += 1) await edge.accept(`full${index}@x.jp`);
    await edge.advance(10);
    for (let index = 0; index < 5; index += 1) await edge.accept(`m${index}@x.jp`);
    await edge.sweep();
    await edge.sweep();
    assert.equal((await edge.keys("in/")).length, 12);
  });

  it("passes one unauthorized message, so that a firewall's refusal of it stops no other for good", async () => {
    edge.house.script["waf@x.jp"] = [403];
    await edge.accept("waf@x.jp");
    await edge.advance(1);
    await edge.accept("good@x.jp");
    await edge.sweep();
    await edge.sweep();
    assert.equal((await edge.keys("in/")).length, 1);
    assert.equal(edge.house.offersTo("good@x.jp").length, 1);
  });

  it("offers each message at most once a run", async () => {
    edge.house.script["a@x.jp"] = [429];
    await edge.accept("a@x.jp");
    await edge.sweep();
    assert.equal(edge.house.offers.length, 1);
  });
});

describe("the budget of fifty subrequests", () => {
  const batch = Array.from({ length: 24 }, (_, index) => `m${index}@x.jp`);
  for (const reply of [201, 413, 418, 429] as const) {
    it(`suffices for a batch answered ${reply}, with a new table at the same time`, async () => {
      edge.house.script = Object.fromEntries(batch.map((to) => [to, [reply]]));
      edge.house.table = Array.from({ length: 100 }, (_, index) => `${index.toString(16).padStart(32, "0")} a\n`).join(
        "",
      );
      for (const to of batch) await edge.accept(to);
      const { subrequests } = await edge.sweep();
      const offers = offersIn(subrequests);
      assert.ok(reply === 413 ? offers >= 8 : offers === 12, `${offers} offers`);
      assert.ok(subrequests.includes("fetch POST") && subrequests.includes("fetch GET"));
      for (let sweep = 0; sweep < 12; sweep += 1) await edge.sweep();
      assert.equal((await edge.keys("rcpt/")).length, 100);
    });
  }

  it("is the default batch of twelve, in key order", async () => {
    for (const to of batch) {
      await edge.accept(to);
      await edge.advance(1);
    }
    await edge.sweep();
    assert.deepEqual(
      edge.house.offers.map(({ envelope }) => envelope.to),
      batch.slice(0, 12),
    );
    await edge.sweep();
    assert.deepEqual(
      edge.house.offers.map(({ envelope }) => envelope.to),
      batch,
    );
  });
});

describe("R2 failing during a sweep", () => {
  it("keeps a message that cannot be read, and goes on", async () => {
    await edge.accept("a@x.jp");
    await edge.advance(1);
    await edge.accept("b@x.jp");
    const [first] = await edge.keys("in/");
    await edge.fail(`get ${first}`);
    await edge.sweep();
    assert.deepEqual(await edge.keys("in/"), [first]);
    await edge.fail();
    await edge.sweep();
    assert.deepEqual(
      edge.house.offers.map(({ envelope }) => envelope.to),
      ["b@x.jp", "a@x.jp"],
    );
    assert.ok(edge.house.reports.some(({ errors }) => errors.some(({ code }) => code === "spool_failed")));
  });

  it("keeps a message that cannot be buried", async () => {
    edge.house.script["a@x.jp"] = [422];
    await edge.accept("a@x.jp");
    await edge.fail("put dead/");
    await edge.sweep();
    assert.equal((await edge.keys("in/")).length, 1);
    await edge.fail();
    await edge.sweep();
    assert.deepEqual([(await edge.keys("in/")).length, (await edge.keys("dead/")).length], [0, 1]);
  });

  it("offers a message again that could not be deleted", async () => {
    edge.house.script["a@x.jp"] = [201, 200];
    await edge.accept("a@x.jp");
    await edge.fail("delete");
    await edge.sweep();
    assert.equal((await edge.keys("in/")).length, 1);
    await edge.fail();
    await edge.sweep();
    assert.deepEqual(await edge.keys("in/"), []);
  });
});

describe("overlapping runs", () => {
  it("do not overlap: the second one leaves at once", async () => {
    edge.house.delayMilliseconds = 500;
    await edge.accept("a@x.jp");
    const first = edge.sweep();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await edge.store("state/probe", "");
    await edge.sweep();
    await first;
    assert.equal(edge.house.offers.length, 1);
  });

  it("a run that died holds up the others for at most five minutes", async () => {
    const lease = Date.now() + 5 * MINUTE;
    await edge.store("state/sweep.json", JSON.stringify({ lease_until: lease }));
    await edge.accept("a@x.jp");
    await edge.sweep();
    assert.equal(edge.house.offers.length, 0);
    await edge.advance(5 * MINUTE);
    await edge.sweep();
    assert.equal(edge.house.offers.length, 1);
  });

  it("a lease or back-off written under a wrong clock holds up nothing", async () => {
    const never = Date.now() + 365 * DAY;
    await edge.store("state/sweep.json", JSON.stringify({ lease_until: never, not_before: never }));
    await edge.accept("a@x.jp");
    await edge.sweep();
    assert.equal(edge.house.offers.length, 1);
  });
});
