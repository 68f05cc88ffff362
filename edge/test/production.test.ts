import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Miniflare } from "miniflare";
import { startRuntime } from "../dev/runtime.ts";
import { House, RECIPIENT_KEY, SIGNING_KEY, tableOf } from "./support/house.ts";

const MESSAGE = "Message-ID: <1@example.com>\r\nFrom: a@example.com\r\nTo: taro@x.jp\r\nSubject: x\r\n\r\nhello\r\n";
const ACCESS = { ACCESS_CLIENT_ID: "client", ACCESS_CLIENT_SECRET: "secret" };
let house: House;
let runtime: Miniflare;
let folder: string;

before(async () => {
  house = await new House().open();
  folder = await mkdtemp(join(tmpdir(), "machiya-edge-"));
  const bindings = { HOUSE_URL: house.url, SIGNING_KEY, RECIPIENT_KEY, ...ACCESS };
  runtime = await startRuntime({ entry: "src/index.ts", bindings, persist: folder, queue: true });
});
after(async () => {
  await house.close();
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

async function trigger(path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(new URL(`/cdn-cgi/local/${path}`, await runtime.ready), init);
  return `${response.status} ${await response.text()}`;
}

const send = (to: string) => trigger(`email?from=a@example.com&to=${to}`, { method: "POST", body: MESSAGE });

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 2400 && !(await condition()); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(await condition());
}

async function keys(prefix: string): Promise<string[]> {
  const bucket = await runtime.getR2Bucket("SPOOL");
  return (await bucket.list({ prefix })).objects.map(({ key }) => key);
}

describe("the Worker as it is deployed, called by the runtime itself", () => {
  it("accepts an e-mail event, and the queue delivers it without a sweep", async () => {
    assert.match(await send("taro@x.jp"), /^200 /);
    await until(async () => house.offers.length === 1 && (await keys("in/")).length === 0);
    assert.equal(house.offers[0]?.envelope.to, "taro@x.jp");
    assert.ok(house.offers[0]?.body.includes("\r\n\r\nhello\r\n"));
  });

  it("sends the service token of Access where it is set", async () => {
    const headers = house.offers[0]?.headers;
    assert.deepEqual([headers?.["cf-access-client-id"], headers?.["cf-access-client-secret"]], ["client", "secret"]);
  });

  it("sweeps on a cron event what the queue left, reports and pulls recipients", async () => {
    house.script["busy@x.jp"] = [409, 201];
    house.table = tableOf({ "taro@x.jp": "a" });
    assert.match(await send("busy@x.jp"), /^200 /);
    await until(async () => house.offersTo("busy@x.jp").length === 1);
    assert.match(await trigger("scheduled?cron=*+*+*+*+*"), /^200 /);
    assert.equal(house.offersTo("busy@x.jp").length, 2);
    assert.deepEqual(await keys("in/"), []);
    assert.equal(house.reports.length, 1);
    assert.equal((await keys("rcpt/")).length, 1);
  });

  it("refuses an unknown recipient at SMTP time", async () => {
    assert.match(await send("nobody@x.jp"), /no such mailbox/);
    assert.deepEqual(await keys("in/"), []);
    assert.deepEqual(house.faults, []);
  });
});
