/**
 * The entry for development and tests: the real handlers behind HTTP, with a clock that can be moved on, faults that
 * can be ordered and a count of subrequests. Never deployed.
 */

import { canonicalise } from "../src/canonical.ts";
import { type Envelope, envelopeHeader, envelopeJson } from "../src/envelope.ts";
import { createHandlers } from "../src/handlers.ts";
import type { DeliveryHint, Env } from "../src/settings.ts";
import { recipientHash, type Signable, signedHeaders, signingText, takenProof } from "../src/signature.ts";
import { SWEEP_STATE } from "../src/state.ts";
import { momentOf, newDeliveryId } from "../src/uuid7.ts";

let clockOffset = 0;
let subrequests: string[] = [];
/** `put in/`: the next puts under that prefix fail after having read a part of the body. */
let faults: string[] = [];
/** How many seconds a house may take, where that is not the setting. */
let patience: string | null = null;

const now = () => Date.now() + clockOffset;
const handlers = createHandlers({
  now,
  fetch: (input, init) => {
    subrequests.push(`fetch ${init?.method ?? "GET"}`);
    return fetch(input, init);
  },
});

type Route = (url: URL, request: Request, env: Env, context: ExecutionContext) => Promise<unknown>;

const routes: Record<string, Route> = {
  "POST /email": email,
  "POST /sweep": sweep,
  "POST /queue": queue,
  "GET /objects": objects,
  "GET /object": async (url, _request, env) => (await env.SPOOL.get(url.searchParams.get("key") ?? ""))?.body,
  "PUT /object": (url, request, env) => store(url, request, env),
  "POST /clock": async (url) => (clockOffset = Number(url.searchParams.get("offset_ms"))),
  "POST /patience": async (url) => (patience = url.searchParams.get("seconds")),
  "POST /faults": async (_url, request) => (faults = await request.json()),
  "POST /reset": reset,
  "POST /call": call,
};

export default {
  async fetch(request, env, context): Promise<Response> {
    const url = new URL(request.url);
    const route = routes[`${request.method} ${url.pathname}`];
    if (route === undefined) return new Response("no such route", { status: 404 });
    const result = await route(url, request, env, context);
    return result instanceof ReadableStream ? new Response(result) : Response.json(result ?? null);
  },
  queue: handlers.queue,
  scheduled: handlers.scheduled,
} satisfies ExportedHandler<Env, DeliveryHint>;

async function email(url: URL, request: Request, env: Env, context: ExecutionContext): Promise<object> {
  let reason: string | undefined;
  // Read first: a connection whose request is left half read would be closed before the answer arrives.
  const bytes = await request.arrayBuffer();
  const message = {
    from: url.searchParams.get("from") ?? "",
    to: url.searchParams.get("to") ?? "",
    raw: url.searchParams.has("stall") ? stalling() : new Blob([bytes]).stream(),
    rawSize: Number(url.searchParams.get("size") ?? bytes.byteLength),
    setReject: (text: string) => {
      reason = text;
    },
  };
  const outcome = await attempt((observed) => handlers.email(message, observed, context), env, "accepted");
  return reason === undefined ? outcome : { ...outcome, outcome: "rejected", reason };
}

function sweep(url: URL, _request: Request, env: Env): Promise<object> {
  return attempt(async (observed) => {
    if (url.searchParams.has("ignore_backoff")) await forgetBackOff(env.SPOOL);
    await handlers.scheduled({ scheduledTime: now(), cron: "* * * * *", noRetry: () => undefined }, observed);
  }, env);
}

/** A body that begins and never ends. */
function stalling(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
}

async function forgetBackOff(bucket: R2Bucket): Promise<void> {
  const state = await (await bucket.get(SWEEP_STATE))?.json<object>();
  if (state) await bucket.put(SWEEP_STATE, JSON.stringify({ ...state, not_before: 0, lease_until: 0 }));
}

async function queue(_url: URL, request: Request, env: Env): Promise<object> {
  const ids = await request.json<string[]>();
  let acknowledged = false;
  const ackAll = () => {
    acknowledged = true;
  };
  const messages = ids.map((id) => ({ body: { id } }));
  const batch = { messages, ackAll } as unknown as MessageBatch<DeliveryHint>;
  return { ...(await attempt((observed) => handlers.queue(batch, observed), env)), acknowledged };
}

async function attempt(action: (env: Env) => Promise<void>, env: Env, done = "done"): Promise<Record<string, unknown>> {
  subrequests = [];
  try {
    const settings = patience === null ? {} : { FETCH_TIMEOUT_SECONDS: patience };
    await action({ ...env, ...settings, SPOOL: observe(env.SPOOL) });
    return { outcome: done, reason: null, subrequests };
  } catch (error) {
    return { outcome: "exception", reason: String(error), subrequests };
  }
}

/** Counts every operation and fails the ordered ones. */
function observe(bucket: R2Bucket): R2Bucket {
  return new Proxy(bucket, {
    get: (target, name: keyof R2Bucket) => (first: unknown, body: unknown, options: unknown) => {
      const what = `${name} ${typeof first === "string" ? first : ""}`;
      subrequests.push(what);
      if (faults.some((fault) => what.startsWith(fault))) return fail(body);
      return Reflect.apply(target[name], target, [first, body, options]);
    },
  });
}

async function fail(body: unknown): Promise<never> {
  if (body instanceof ReadableStream) await body.getReader().read();
  throw new Error("R2 is failing on order");
}

async function objects(url: URL, _request: Request, env: Env): Promise<object[]> {
  const prefix = url.searchParams.get("prefix") ?? "";
  const found: object[] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await env.SPOOL.list({ prefix, include: ["customMetadata"], ...(cursor ? { cursor } : {}) });
    found.push(...page.objects.map(({ key, size, customMetadata }) => ({ key, size, metadata: customMetadata ?? {} })));
    cursor = page.truncated ? page.cursor : undefined;
    more = page.truncated;
  }
  return found;
}

async function store(url: URL, request: Request, env: Env): Promise<void> {
  const customMetadata = JSON.parse(url.searchParams.get("metadata") ?? "{}") as Record<string, string>;
  await env.SPOOL.put(url.searchParams.get("key") ?? "", await request.arrayBuffer(), { customMetadata });
}

async function reset(_url: URL, _request: Request, env: Env): Promise<void> {
  [clockOffset, faults, patience] = [0, [], null];
  for (let page = await env.SPOOL.list(); page.objects.length > 0; page = await env.SPOOL.list()) {
    await env.SPOOL.delete(page.objects.map(({ key }) => key));
  }
}

/** Pure functions, so that the vectors are checked in the runtime whose URL parser and WebCrypto they use. */
async function call(url: URL, request: Request): Promise<unknown> {
  const argument = await request.json();
  const key = url.searchParams.get("key") ?? "";
  const functions: Record<string, () => unknown> = {
    canonicalise: () => canonicalise(argument as string),
    hash: () => recipientHash(key, argument as string),
    text: () => signingText(argument as Signable),
    headers: () => signedHeaders(key, argument as Signable),
    taken: () => takenProof(key, ...(argument as [string, string])),
    envelope: () => envelopeHeader(envelopeJson(argument as Envelope)),
    id: () => newDeliveryId(argument as number),
    moment: () => momentOf(argument as string),
  };
  return functions[url.searchParams.get("function") ?? ""]?.();
}
