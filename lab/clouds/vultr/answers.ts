/** What the API answers. */
export interface Answer {
  readonly status: number;
  /** Undefined: none. A text goes out as HTML. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the API refuses, thrown by whatever handles it. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The API's form of an error. */
export function failure(status: number, error: string): Answer {
  return { status, body: { error, status } };
}

/** An answer without a body, as to a change that was made. */
export const DONE: Answer = { status: 204 };

/** One page of a list. @param key the list's name in the body */
export function page<T>(
  key: string,
  items: readonly T[],
  numberOf: (item: T, index: number) => number,
  shown: (item: T) => object,
  { query, pageSize }: { query: URLSearchParams; pageSize: number },
): Answer {
  const asked = Number(query.get("per_page") ?? 100);
  if (!Number.isInteger(asked) || asked < 1 || asked > 500) throw new Refusal(400, "Invalid per_page.");
  const size = Math.min(asked, pageSize);
  const after = positionOf(query.get("cursor") ?? "");
  const rest = items
    .map((item, index) => ({ item, number: numberOf(item, index) }))
    .filter((each) => each.number > after);
  const own = rest.slice(0, size);
  const last = own.at(-1);
  const next = last !== undefined && rest.length > size ? cursorOf(last.number) : "";
  return {
    status: 200,
    body: { [key]: own.map(({ item }) => shown(item)), meta: { total: items.length, links: { next, prev: "" } } },
  };
}

const CURSOR = "next__";

function cursorOf(number: number): string {
  return Buffer.from(`${CURSOR}${number}`).toString("base64");
}

function positionOf(cursor: string): number {
  if (cursor === "") return -1;
  const number = Number(Buffer.from(cursor, "base64").toString().slice(CURSOR.length));
  if (!Number.isInteger(number)) throw new Refusal(400, "Invalid cursor.");
  return number;
}
