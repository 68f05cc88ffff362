/** Starts an entry of the Worker in the real runtime (workerd), with R2 kept in a folder. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

export interface RuntimeOptions {
  readonly entry: "dev/worker.ts" | "src/index.ts";
  readonly bindings: Record<string, string>;
  readonly persist: string;
  readonly port?: number;
  /** Without a queue only the sweep delivers, which makes tests predictable. */
  readonly queue?: boolean;
}

const COMPATIBILITY_DATE = "2026-10-01";
const QUEUE = {
  queueProducers: { QUEUE: "inbound" },
  queueConsumers: { inbound: { maxBatchTimeout: 0, maxRetries: 0 } },
};

export async function startRuntime(options: RuntimeOptions): Promise<Miniflare> {
  const runtime = new Miniflare({
    ...convertV4MiniflareOptions({
      name: "machiya-edge",
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundle(options.entry) }],
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ["global_fetch_strictly_public"],
      bindings: options.bindings,
      r2Buckets: { SPOOL: "spool" },
      ...(options.queue ? QUEUE : {}),
      host: "127.0.0.1",
      port: options.port ?? 0,
      cf: false,
      unsafeTriggerHandlers: true,
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: () => undefined,
    }),
    resourcePersistencePath: options.persist,
    telemetry: { enabled: false },
  });
  await runtime.ready;
  return runtime;
}

async function bundle(entry: string): Promise<string> {
  const path = fileURLToPath(new URL(`../${entry}`, import.meta.url));
  const result = await build({ entryPoints: [path], bundle: true, format: "esm", target: "es2024", write: false });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`${entry} gave no bundle`);
  return output.text;
}
