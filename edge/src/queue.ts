/** `queue()`: delivers single messages at once; whatever is not taken is left to the sweep. */

import type { House } from "./house.ts";
import type { DeliveryHint } from "./settings.ts";
import { HELD, type Spool } from "./spool.ts";
import { isDeliveryId } from "./uuid7.ts";

/** Always acknowledges: a retry by the queue would only compete with the sweep, which alone buries and backs off. */
export async function consume(batch: MessageBatch<DeliveryHint>, spool: Spool, house: House): Promise<void> {
  try {
    for (const { body } of batch.messages) {
      if (!(await deliver(body?.id, spool, house))) break;
    }
  } catch (error) {
    console.warn(JSON.stringify({ event: "edge.queue_failed", detail: String(error) }));
  } finally {
    batch.ackAll();
  }
}

/** Says whether it makes sense to offer another one. */
async function deliver(id: unknown, spool: Spool, house: House): Promise<boolean> {
  if (!isDeliveryId(id)) return true;
  const object = await spool.get(HELD + id);
  if (object === null) return true;
  const answer = await house.offer(id, object);
  console.log(JSON.stringify({ event: "edge.offered", id, by: "queue", answer: answer.kind }));
  if (answer.kind === "taken") await spool.delete([HELD + id]);
  return answer.kind !== "ill" && answer.kind !== "unauthorized";
}
