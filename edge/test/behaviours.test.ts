import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { DAY, Edge, NEXT_SWEEP } from "./support/edge.ts";
import type { Order, Reply } from "./support/house.ts";
import { vectors } from "./support/vectors.ts";

type Place = "gone" | "held" | "dead";

interface Case {
  name: string;
  house: Record<string, Reply[]>;
  sweeps: number;
  age_days?: number;
  orders?: Record<string, Order["action"]>;
  end: Record<string, Place>;
  offers: Record<string, number>;
  alarm?: string;
}

const { cases } = vectors<{ cases: Case[] }>("edge-behaviours");
let edge: Edge;
before(async () => {
  edge = await Edge.start();
});
beforeEach(() => edge.reset());
afterEach(() => assert.deepEqual(edge.house.faults, []));
after(() => edge.stop());

const recipient = (name: string) => `${name}@example.jp`;
const idOf = (name: string) => edge.house.offersTo(recipient(name))[0]?.id ?? "";

async function run(given: Case): Promise<void> {
  if (Object.values(given.house).flat().includes("timeout")) await edge.patience(1);
  for (const [name, replies] of Object.entries(given.house)) {
    edge.house.script[recipient(name)] = replies;
    await edge.accept(recipient(name));
    await edge.advance(1);
  }
  const orders = Object.entries(given.orders ?? {});
  edge.house.ordersFor = () =>
    orders.map(([name, action]) => ({ order_id: `order-${name}`, action, delivery_id: idOf(name) }));
  await edge.advance((given.age_days ?? 0) * DAY);
  for (let sweep = 0; sweep < given.sweeps; sweep += 1) {
    await edge.sweep();
    await edge.advance(NEXT_SWEEP);
  }
}

async function placeOf(name: string): Promise<Place> {
  const objects = [...(await edge.objects("in/")), ...(await edge.objects("dead/"))];
  const found = objects.filter(({ metadata }) => JSON.parse(metadata["envelope"] ?? "{}").to === recipient(name));
  assert.ok(found.length <= 1, `${name} is in two places`);
  if (found[0] === undefined) return "gone";
  return found[0].key.startsWith("in/") ? "held" : "dead";
}

describe("edge behaviours", () => {
  for (const given of cases) {
    it(given.name, async () => {
      await run(given);
      for (const [name, place] of Object.entries(given.end)) assert.equal(await placeOf(name), place, name);
      for (const [name, count] of Object.entries(given.offers)) {
        assert.equal(edge.house.offersTo(recipient(name)).length, count, `offers of ${name}`);
      }
      const codes = edge.house.reports.flatMap(({ errors }) => errors.map(({ code }) => code));
      if (given.alarm !== undefined) assert.ok(codes.includes(given.alarm), `reported: ${codes}`);
    });
  }
});
