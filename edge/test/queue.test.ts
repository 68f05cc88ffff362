import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Edge } from "./support/edge.ts";

let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

const heldIds = async () => (await edge.keys("in/")).map((key) => key.slice(3));

describe("the queue's consumer", () => {
  it("delivers the message named and no other", async () => {
    await edge.accept("a@x.jp");
    const ids = await heldIds();
    await edge.accept("b@x.jp");
    const { acknowledged } = await edge.queue(ids);
    assert.ok(acknowledged);
    assert.deepEqual(
      edge.house.offers.map(({ envelope }) => envelope.to),
      ["a@x.jp"],
    );
    assert.equal((await heldIds()).length, 1);
  });

  for (const reply of [
    409,
    413,
    422,
    429,
    401,
    500,
    418,
    "200-unproven",
    "201-misproven",
    "reset",
    "timeout",
  ] as const) {
    it(`${reply}: acknowledges and leaves it to the sweep`, async () => {
      if (reply === "timeout") await edge.patience(1);
      edge.house.script["a@x.jp"] = [reply];
      await edge.accept("a@x.jp");
      const { acknowledged } = await edge.queue(await heldIds());
      assert.ok(acknowledged);
      assert.equal((await edge.keys("in/")).length, 1);
      assert.deepEqual(await edge.keys("dead/"), []);
    });
  }

  for (const [reply, offers] of [
    [500, 1],
    [401, 1],
    [429, 3],
    ["200-unproven", 3],
  ] as const) {
    it(`${reply} for the first of three: ${offers} offered`, async () => {
      for (const to of ["a@x.jp", "b@x.jp", "c@x.jp"]) {
        edge.house.script[to] = [reply];
        await edge.accept(to);
        await edge.advance(1);
      }
      await edge.queue(await heldIds());
      assert.equal(edge.house.offers.length, offers);
    });
  }

  it("acknowledges what is gone and what is no id", async () => {
    const { acknowledged, subrequests } = await edge.queue(["01a20aa4-49bd-7000-8d4a-c6cd9586b3ea", "../state", ""]);
    assert.ok(acknowledged);
    assert.deepEqual(subrequests, ["get in/01a20aa4-49bd-7000-8d4a-c6cd9586b3ea"]);
  });

  it("acknowledges even when R2 fails", async () => {
    await edge.accept("a@x.jp");
    await edge.fail("get in/");
    const { acknowledged, outcome } = await edge.queue(await heldIds());
    assert.deepEqual([acknowledged, outcome], [true, "done"]);
  });

  it("at the same time as the sweep: the house says 409 to one of them, and nothing is lost", async () => {
    edge.house.delayMilliseconds = 300;
    edge.house.script["a@x.jp"] = [201, 409];
    await edge.accept("a@x.jp");
    await Promise.all([edge.queue(await heldIds()), edge.sweep()]);
    assert.equal(edge.house.offers.length, 2);
    assert.equal(new Set(edge.house.offers.map(({ id }) => id)).size, 1);
    assert.deepEqual(await edge.keys("in/"), []);
    await edge.sweep();
    assert.deepEqual([edge.house.offers.length, (await edge.keys("dead/")).length], [2, 0]);
  });
});
