/** What an answer of the house means for the message offered. */

export type Answer =
  | { readonly kind: "taken" }
  | { readonly kind: "unproven"; readonly detail: string }
  | { readonly kind: "later" }
  | { readonly kind: "never"; readonly reason: string }
  | { readonly kind: "unauthorized"; readonly detail: string }
  | { readonly kind: "ill"; readonly detail: string }
  | { readonly kind: "unexpected"; readonly detail: string };

const PROBLEM_BYTES = 8192;

/** `proof`: what `Machiya-Taken` must be; without it a good status is anybody's, such as a proxy's catch-all page. */
export async function answerOf(response: Response, proof: () => Promise<string>): Promise<Answer> {
  const { status } = response;
  if (status === 413 || status === 422) return { kind: "never", reason: await problemOf(response) };
  await response.body?.cancel();
  const detail = `the house answered ${status}`;
  if (status === 200 || status === 201) {
    const isProven = response.headers.get("Machiya-Taken") === (await proof());
    return isProven ? { kind: "taken" } : { kind: "unproven", detail: `${detail} without the house's Machiya-Taken` };
  }
  if (status === 409 || status === 429) return { kind: "later" };
  if (status === 401 || status === 403) return { kind: "unauthorized", detail };
  if (status === 408 || status >= 500) return { kind: "ill", detail };
  return { kind: "unexpected", detail };
}

/** `code: detail` of an RFC 9457 body; whatever else comes back must not keep the letter from being buried. */
async function problemOf(response: Response): Promise<string> {
  const fallback = `http_${response.status}`;
  try {
    const problem = JSON.parse(await textUpTo(response, PROBLEM_BYTES)) as { code?: unknown; detail?: unknown } | null;
    const code = typeof problem?.code === "string" && problem.code !== "" ? problem.code : fallback;
    return typeof problem?.detail === "string" ? `${code}: ${problem.detail}` : code;
  } catch {
    return fallback;
  }
}

async function textUpTo(response: Response, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > limit) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
