/** The Worker's entry points, with the outside world given from without. */

import { accept, type IncomingMessage } from "./accept.ts";
import { Budget } from "./budget.ts";
import { House } from "./house.ts";
import { consume } from "./queue.ts";
import type { DeliveryHint, Env, Platform } from "./settings.ts";
import { Spool } from "./spool.ts";
import { sweep } from "./sweep.ts";

export interface Handlers {
  email(message: IncomingMessage, env: Env, context: ExecutionContext): Promise<void>;
  queue(batch: MessageBatch<DeliveryHint>, env: Env): Promise<void>;
  scheduled(controller: ScheduledController, env: Env): Promise<void>;
}

export function createHandlers(platform: Platform): Handlers {
  return {
    email(message, env, context) {
      const spool = new Spool(env.SPOOL, new Budget());
      return accept(message, env, spool, platform.now(), (promise) => context.waitUntil(promise));
    },
    queue(batch, env) {
      const budget = new Budget();
      return consume(batch, new Spool(env.SPOOL, budget), new House(env, platform, budget));
    },
    scheduled(_controller, env) {
      return sweep(env, platform);
    },
  };
}
