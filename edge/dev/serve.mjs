/**
 * The Worker on this machine, for other programs' tests (README, "Run it locally"):
 *   node dev/serve.mjs --port P --house URL --signing-key K --recipient-key R --persist DIR [--queue] [--var NAME=VALUE …]
 */

import { parseArgs } from "node:util";
import { continueOnNewerNode } from "./newer-node.mjs";

const text = { type: "string" };
const { values } = parseArgs({
  options: {
    port: { ...text, default: "0" },
    house: text,
    "signing-key": text,
    "recipient-key": text,
    persist: text,
    queue: { type: "boolean", default: false },
    var: { ...text, multiple: true, default: [] },
  },
});

if (!continueOnNewerNode(import.meta.filename)) await serve();

async function serve() {
  const missing = ["house", "signing-key", "recipient-key", "persist"].filter((name) => !values[name]);
  if (missing.length > 0) throw new Error(`missing: ${missing.map((name) => `--${name}`).join(", ")}`);
  const { startRuntime } = await import("./runtime.ts");
  const bindings = {
    HOUSE_URL: values.house,
    SIGNING_KEY: values["signing-key"],
    RECIPIENT_KEY: values["recipient-key"],
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
