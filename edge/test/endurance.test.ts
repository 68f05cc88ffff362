import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Edge, MINUTE } from "./support/edge.ts";

const MESSAGES = 200;
const SWEEPS = 864;
const STEP = 5 * MINUTE;
const POISONED = "m0@x.jp";
let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
after(() => edge.stop());

describe("three days without a house", () => {
  it("hold every message, and try again only as often as the back-off allows", async () => {
    edge.house.script[POISONED] = [429];
    for (let index = 0; index < MESSAGES; index += 1) await edge.accept(`m${index}@x.jp`, `body ${index}\n`);
    await edge.house.close();
    let attempts = 0;
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const { subrequests } = await edge.sweep();
      attempts += subrequests.filter((request) => request === "fetch PUT").length;
      await edge.advance(STEP);
    }
    assert.equal((await edge.keys("in/")).length, MESSAGES);
    assert.deepEqual(await edge.keys("dead/"), []);
    // One at most every 15 minutes once the back-off is full, but no fewer than every second step beyond that.
    assert.ok(attempts > SWEEPS / 5 && attempts <= SWEEPS / 3 + 5, `${attempts} attempts`);
  });

  it("then every message but the poisoned one is delivered exactly once, in few sweeps", async () => {
    await edge.house.open();
    let sweeps = 0;
    for (; (await edge.keys("in/")).length > 1; sweeps += 1) {
      await edge.sweep();
      await edge.advance(STEP);
      assert.ok(sweeps < 40);
    }
    const [poisoned] = await edge.objects("in/");
    assert.equal(JSON.parse(poisoned?.metadata["envelope"] ?? "").to, POISONED);
    const good = edge.house.offers.filter(({ envelope }) => envelope.to !== POISONED);
    assert.equal(good.length, MESSAGES - 1);
    assert.equal(new Set(good.map(({ id }) => id)).size, MESSAGES - 1);
    for (const { envelope, body } of good) assert.equal(body.toString(), `body ${envelope.to.slice(1, -5)}\n`);
    assert.deepEqual(edge.house.faults, []);
  });

  it("and the poisoned one as soon as the house takes it", async () => {
    edge.house.script = {};
    const before = edge.house.offersTo(POISONED).length;
    await edge.sweep();
    assert.equal(edge.house.offersTo(POISONED).length, before + 1);
    assert.deepEqual(await edge.keys("in/"), []);
  });
});
