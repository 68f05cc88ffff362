/** The runtime's tools need Node ≥ 22; a machine with an older one runs the copy among the dependencies. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NEEDED = 24;

/** Says whether this process merely waits for a newer one that runs `script` with the same arguments. */
export function continueOnNewerNode(script, args = process.argv.slice(2)) {
  if (Number(process.versions.node.split(".")[0]) >= NEEDED) return false;
  const bundled = new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url);
  if (!existsSync(bundled)) throw new Error(`Node ${NEEDED} or newer is needed, this is ${process.version}`);
  const stdio = ["inherit", "inherit", "inherit", "ipc"];
  const child = spawn(fileURLToPath(bundled), [script, ...args], { stdio });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
  return true;
}
