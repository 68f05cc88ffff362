import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { House, RECIPIENT_KEY, SIGNING_KEY } from "./support/house.ts";

const SERVE = fileURLToPath(new URL("../dev/serve.mjs", import.meta.url));
const MESSAGES = 5;
let house: House;
let folder: string;
before(async () => {
  house = await new House().open();
  folder = await mkdtemp(join(tmpdir(), "machiya-edge-"));
});
after(async () => {
  await house.close();
  await rm(folder, { recursive: true });
});

interface Harness {
  process: ChildProcess;
  url: string;
}

async function start(): Promise<Harness> {
  const args = [SERVE, "--house", house.url, "--persist", folder, "--queue"];
  const env = { ...process.env, SIGNING_KEY, RECIPIENT_KEY };
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
  assert.ok(child.stdout);
  const [line] = await once(createInterface(child.stdout), "line");
  const { ready, url } = JSON.parse(String(line)) as { ready: boolean; url: string };
  assert.ok(ready);
  return { process: child, url };
}

/** The runtime first, while it works: nothing gets a chance to tidy up. */
async function kill(harness: Harness): Promise<void> {
  const exited = once(harness.process, "exit");
  const runtimes = await childrenOf(harness.process.pid ?? 0);
  assert.equal(runtimes.length, 1);
  for (const pid of runtimes) process.kill(pid, "SIGKILL");
  harness.process.kill("SIGKILL");
  await exited;
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  const fields = stats.map((stat) => stat.match(/^(\d+) \((.*)\) \S (\d+)/));
  return fields.flatMap((match) =>
    match && Number(match[3]) === parent && match[2] === "workerd" ? [Number(match[1])] : [],
  );
}

async function request<T>({ url }: Harness, path: string, body?: string): Promise<T> {
  return (
    await fetch(new URL(path, url), { method: body === undefined ? "GET" : "POST", body: body ?? null })
  ).json() as T;
}

const held = async (harness: Harness) => (await request<object[]>(harness, "/objects?prefix=in/")).length;

describe("the runtime killed while it delivers", () => {
  let harness: Harness;

  it("has accepted five messages, and hangs in the offer of one", async () => {
    harness = await start();
    for (let index = 0; index < MESSAGES; index += 1) {
      house.script[`m${index}@x.jp`] = ["timeout", 201];
      const path = `/email?from=a@example.com&to=m${index}@x.jp`;
      assert.equal((await request<{ outcome: string }>(harness, path, `body ${index}`)).outcome, "accepted");
    }
    request(harness, "/sweep", "").catch(() => undefined);
    while (house.offers.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("delivers all of them after its start, by sweeps alone", async () => {
    await kill(harness);
    await house.quiet();
    const before = house.offers.length;
    await assert.rejects(request(harness, "/objects"));
    house.script = {};
    harness = await start();
    assert.equal(await held(harness), MESSAGES);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(house.offers.length, before, "the queue's content must be lost for this test to mean anything");
    await request(harness, "/sweep?ignore_backoff=1", "");
    assert.equal(await held(harness), 0);
    const after = house.offers.slice(before);
    const expected = Array.from({ length: MESSAGES }, (_, index) => `body ${index}`);
    assert.deepEqual(
      after.map(({ body }) => body.toString()),
      expected,
    );
    assert.deepEqual(house.faults, []);
  });

  it("ends cleanly on SIGTERM", async () => {
    const exited = once(harness.process, "exit");
    harness.process.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});
