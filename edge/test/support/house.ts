/** A house that checks every signature, answers by script and remembers what it was told. */

import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// Real keys are base64url: one in 64 begins with "-".
export const SIGNING_KEY = "-signing-secret";
export const RECIPIENT_KEY = "-recipient-secret";

/** `unproven`: without `Machiya-Taken`; `misproven`: with that of another message. */
export type Flawed = `${200 | 201}-${"unproven" | "misproven"}`;
export type Reply = number | "timeout" | "reset" | Flawed | { status: number; body: string };

export interface Offer {
  readonly id: string;
  readonly envelope: { v: number; from: string; to: string; at: string; size: number };
  readonly body: Buffer;
  readonly headers: IncomingMessage["headers"];
}

export interface Report {
  held: number;
  held_more: boolean;
  oldest: string | null;
  held_ids: string[];
  dead_count: number;
  dead: { id: string; from: string; to: string; at: string; died_at: string; size: number; reason: string }[];
  accepted: string[];
  errors: { at: string; code: string; detail: string }[];
  recipients: { etag: string | null; confirmed_at: string | null; complete: boolean };
  orders_done: { order_id: string; result: string }[];
}

export interface Order {
  order_id: string;
  action: "retry" | "discard";
  delivery_id: string;
}

type Answered = Exclude<Reply, "timeout" | "reset">;

const PROBLEMS: Record<number, string> = { 413: "message_too_large", 422: "unknown_recipient" };

export class House {
  readonly offers: Offer[] = [];
  readonly reports: Report[] = [];
  /** Whatever was not as the protocol says; every test ends with none. */
  readonly faults: string[] = [];
  /** By recipient: the answers to successive offers, the last one repeated; 201 where there is none. */
  script: Record<string, Reply[]> = {};
  delayMilliseconds = 0;
  ordersFor: (house: House) => Order[] = () => [];
  reportStatus = 200;
  reportReply: { status: number; body: string } | null = null;
  table = "";
  etag: string | null = '"1"';
  tableReply: { status: number; body: string } | null = null;
  readonly tableRequests: (string | undefined)[] = [];
  clockOffset = 0;
  readonly #done = new Set<string>();
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Afterwards connections are refused. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  }

  /** Until nobody is connected: what was under way has been noted, or is lost. */
  async quiet(): Promise<void> {
    const connections = () =>
      new Promise<number>((resolve) =>
        this.#server ? this.#server.getConnections((_error, count) => resolve(count)) : resolve(0),
      );
    while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** As new, at the same address. */
  reset(): void {
    for (const list of [this.offers, this.reports, this.faults, this.tableRequests]) list.length = 0;
    this.#done.clear();
    const fresh = new House();
    const { script, ordersFor, table, etag } = fresh;
    Object.assign(this, { script, ordersFor, table, etag });
    Object.assign(this, {
      delayMilliseconds: 0,
      reportStatus: 200,
      reportReply: null,
      tableReply: null,
      clockOffset: 0,
    });
  }

  offersTo(recipient: string): Offer[] {
    return this.offers.filter((offer) => offer.envelope.to === recipient);
  }

  /** An order stands until the edge has reported it done. */
  isDone(orderId: string): boolean {
    return this.#done.has(orderId);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = request.url?.match(/^\/v1\/inbound\/(.+)$/)?.[1] ?? "-";
    const envelope = header(request, "machiya-envelope");
    const decoded = JSON.parse(envelope === "-" ? "{}" : Buffer.from(envelope, "base64url").toString("ascii"));
    const reply = id === "-" ? null : this.#reply(decoded.to);
    if (reply === "reset") {
      this.offers.push({ id, envelope: decoded, body: Buffer.alloc(0), headers: request.headers });
      request.once("data", () => request.socket.destroy());
      return;
    }
    const body = await read(request);
    this.#check(request, id, body, envelope);
    if (reply === null) return this.#answerOther(request, response, body);
    this.offers.push({ id, envelope: decoded, body, headers: request.headers });
    if (reply === "timeout") return;
    await new Promise((resolve) => setTimeout(resolve, this.delayMilliseconds));
    this.#answerOffer(request, response, id, reply);
  }

  #answerOffer(request: IncomingMessage, response: ServerResponse, id: string, reply: Answered): void {
    const [status, flaw] = typeof reply === "string" ? reply.split("-") : [];
    const md5 = header(request, "machiya-content-md5");
    if (flaw !== "unproven") response.setHeader("Machiya-Taken", takenProof(flaw ?? id, md5));
    this.#send(response, typeof reply === "string" ? Number(status) : reply);
  }

  #reply(recipient: string): Reply {
    const replies = this.script[recipient] ?? [201];
    return replies[Math.min(this.offersTo(recipient).length, replies.length - 1)] ?? 201;
  }

  #send(response: ServerResponse, reply: number | { status: number; body: string }): void {
    const status = typeof reply === "number" ? reply : reply.status;
    const problem = JSON.stringify({ code: PROBLEMS[status] ?? "problem", detail: `answer ${status}` });
    const headers = { "Content-Type": "application/problem+json", Location: "http://127.0.0.1:1/elsewhere" };
    response.writeHead(status, headers).end(typeof reply === "number" ? problem : reply.body);
  }

  #check(request: IncomingMessage, id: string, body: Buffer, envelope: string): void {
    const md5 = createHash("md5").update(body).digest("hex");
    const timestamp = header(request, "machiya-timestamp");
    const lines = ["MACHIYA-HMAC-SHA256-V1", request.method, request.url, timestamp, id, md5, body.length, envelope];
    const expected = `v1=${createHmac("sha256", SIGNING_KEY).update(lines.join("\n")).digest("hex")}`;
    const skew = Math.abs(Number(timestamp) - (Date.now() + this.clockOffset) / 1000);
    if (header(request, "machiya-signature") !== expected) this.faults.push(`signature of ${request.url}`);
    if (header(request, "machiya-content-md5") !== md5) this.faults.push(`md5 of ${request.url}`);
    if (header(request, "machiya-size") !== String(body.length)) this.faults.push(`size of ${request.url}`);
    if (skew > 300) this.faults.push(`timestamp of ${request.url}: ${skew}`);
  }

  #answerOther(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (request.url === "/v1/recipients") this.#answerRecipients(request, response);
    else if (this.reportReply !== null) this.#send(response, this.reportReply);
    else if (this.reportStatus !== 200) this.#send(response, this.reportStatus);
    else this.#answerReport(request, response, body);
  }

  #answerReport(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (request.url !== "/v1/edge/report") this.faults.push(`unknown path ${request.url}`);
    if (body.length > 256 * 1024) this.faults.push(`report of ${body.length} bytes`);
    const report = JSON.parse(body.toString()) as Report;
    this.reports.push(report);
    for (const { order_id } of report.orders_done) this.#done.add(order_id);
    const orders = this.ordersFor(this).filter((order) => !this.isDone(order.order_id));
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ v: 1, orders }));
  }

  #answerRecipients(request: IncomingMessage, response: ServerResponse): void {
    const known = request.headers["if-none-match"];
    this.tableRequests.push(known);
    const headers = this.etag === null ? {} : { ETag: this.etag };
    if (this.etag !== null) response.setHeader("ETag", this.etag);
    if (this.tableReply !== null) this.#send(response, this.tableReply);
    else if (this.etag !== null && known === this.etag) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, "Content-Type": "text/plain" }).end(this.table);
  }
}

function takenProof(id: string, md5: string): string {
  return `v1=${createHmac("sha256", SIGNING_KEY).update(`MACHIYA-TAKEN-V1\n${id}\n${md5}`).digest("hex")}`;
}

/** A table as the house would write it. */
export function tableOf(entries: Record<string, string>): string {
  const lines = Object.entries(entries).map(([address, kind]) => `${recipientHash(address)} ${kind}\n`);
  return lines.sort().join("");
}

export function recipientHash(canonical: string): string {
  return createHmac("sha256", RECIPIENT_KEY).update(canonical).digest("hex").slice(0, 32);
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? "");
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
