import { refusal, type VultrError } from "./error.ts";

/** One request; `body` is sent as JSON. */
export interface VultrRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** As in `/v2/instances`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Whether a POST does no harm when it is carried out twice; every other method does none. */
  readonly repeatable?: true;
}

/** How one try of a request ended. */
export type Outcome =
  | { readonly kind: "answer"; readonly body: unknown }
  | { readonly kind: "refused"; readonly error: VultrError }
  /** 429: not carried out; to be tried again after so many milliseconds, if the API says after how many. */
  | { readonly kind: "busy"; readonly waitMs: number | undefined }
  /** No answer of the API's. `sent`: it may have been carried out. */
  | { readonly kind: "trouble"; readonly why: string; readonly sent: boolean; readonly permanent: boolean };

/** Milliseconds to wait for an answer. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Failures before anything reached the API. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Sends a request once. Rejects only when `signal` is aborted. */
export async function exchange(
  url: string,
  key: string | undefined,
  { method, path, query = {}, body }: VultrRequest,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const target = new URL(path, url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(target, {
      method,
      headers: {
        accept: "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    return outcomeOf(method, response.status, response.headers.get("retry-after"), await response.text(), key);
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) return trouble(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`, true);
    return connectionTrouble(error as Error);
  }
}

function outcomeOf(
  method: string,
  status: number,
  retryAfter: string | null,
  text: string,
  key: string | undefined,
): Outcome {
  if (status === 429) return { kind: "busy", waitMs: waitOf(retryAfter) };
  const json = parsed(text);
  const said = shortened(json === undefined ? text : saidIn(json), key);
  if (status >= 500) return trouble(`status ${status}${said === "" ? "" : `: ${said}`}`, true);
  if (status >= 400) return { kind: "refused", error: refusal(method, status, said, json !== undefined) };
  if (text.trim() === "") return { kind: "answer", body: {} };
  if (json === undefined) return trouble(`status ${status} with something that is not JSON: ${said}`, true);
  return { kind: "answer", body: json };
}

function trouble(why: string, sent: boolean, permanent = false): Outcome {
  return { kind: "trouble", why, sent, permanent };
}

function connectionTrouble({ message, cause }: Error): Outcome {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const why = cause instanceof Error && cause.message !== "" ? cause.message : message;
  // Certificates do not mend themselves.
  if (/CERT|SELF_SIGNED|ALTNAME|LEAF_SIGNATURE/.test(code)) return trouble(`its certificate: ${why}`, false, true);
  if (/redirect/i.test(why)) return trouble("it redirects to another place", false, true);
  return trouble(why, !NEVER_SENT.has(code));
}

/** Milliseconds of a `Retry-After` header: seconds or a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** An object in JSON; anything else is not the API's. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function saidIn(json: object): string {
  return "error" in json && typeof json.error === "string" ? json.error : "";
}

/** One line without markup, short, and without the key whoever wrote it. */
function shortened(text: string, key: string | undefined): string {
  const line = text
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/gi, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "");
  const harmless = key === undefined || key === "" ? line : line.replaceAll(key, "[key]");
  return harmless.length > 300 ? `${harmless.slice(0, 299)}…` : harmless;
}
