/**
 * The Worker on this machine, for other programs' tests (README, "Run it locally"):
 *   SIGNING_KEY=K RECIPIENT_KEY=R node dev/serve.mjs --port P --house URL --persist DIR [--queue] [--var NAME=VALUE …]
 * The keys come from the environment: an argument shows in the list of processes, and one that begins with "-" is no value.
 */

import { parseArgs } from "node:util";
import { continueOnNewerNode } from "./newer-node.mjs";

const text = { type: "string" };
const { values } = parseArgs({
  options: {
    port: { ...text, default: "0" },
    house: text,
    persist: text,
    queue: { type: "boolean", default: false },
    var: { ...text, multiple: true, default: [] },
  },
});

if (!continueOnNewerNode(import.meta.filename)) await serve();

async function serve() {
  const missing = [
    ...["house", "persist"].filter((name) => !values[name]).map((name) => `--${name}`),
    ...["SIGNING_KEY", "RECIPIENT_KEY"].filter((name) => !process.env[name]),
  ];
  if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
  const { startRuntime } = await import("./runtime.ts");
  const bindings = {
    HOUSE_URL: values.house,
    SIGNING_KEY: process.env.SIGNING_KEY,
    RECIPIENT_KEY: process.env.RECIPIENT_KEY,
    ...Object.fromEntries(values.var.map((pair) => pair.split(/=(.*)/s, 2))),
  };
  const { persist, queue } = values;
  const runtime = await startRuntime({ entry: "dev/worker.ts", bindings, persist, port: Number(values.port), queue });
  for (const signal of ["SIGTERM", "SIGINT", "disconnect"]) {
    // The runtime's own listeners would end the process at once, with an error.
    process.removeAllListeners(signal);
    process.once(signal, () => runtime.dispose().finally(() => process.exit(0)));
  }
  console.log(JSON.stringify({ ready: true, url: String(await runtime.ready) }));
}
