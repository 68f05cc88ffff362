/** `node dev/node.mjs ARGUMENTS…` = `node ARGUMENTS…` with a Node new enough. */

import { spawnSync } from "node:child_process";
import { continueOnNewerNode } from "./newer-node.mjs";

const [script, ...args] = process.argv.slice(2);
if (!continueOnNewerNode(script, args)) {
  process.exit(spawnSync(process.execPath, [script, ...args], { stdio: "inherit" }).status ?? 1);
}
