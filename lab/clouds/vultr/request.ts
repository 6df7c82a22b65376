import { Refusal, type Answer } from "./answers.ts";
import type { VultrCloud } from "./cloud.ts";

/** What a request brings with it. */
export interface Call {
  readonly cloud: VultrCloud;
  /** The parts of the path that differ, in order: ids. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  /** The JSON body; empty without one. */
  readonly body: Body;
  /** Runs work after the answer; the server waits for it when it ends. */
  readonly afterwards: (work: () => Promise<void>) => void;
}

/** An endpoint. */
export interface Route {
  readonly method: string;
  /** With `*` for an id, as in `/v2/instances/*`. */
  readonly path: string;
  /** Whether it asks for no key. Default: false. */
  readonly isPublic?: boolean;
  readonly answer: (call: Call) => Promise<Answer>;
}

/** The fields of a JSON body, judged as they are read. */
export class Body {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** @throws Refusal for what is no JSON object */
  static parse(text: string): Body {
    if (text === "") return new Body({});
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return new Body({ ...value });
    } catch {
      // Refused below.
    }
    throw new Refusal(400, "Invalid JSON body.");
  }

  text(name: string): string | undefined {
    return this.#read(name, "string");
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, "boolean");
  }

  number(name: string): number | undefined {
    return this.#read(name, "number");
  }

  texts(name: string): string[] | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
    throw new Refusal(400, `Invalid ${name}: an array of strings is expected.`);
  }

  #read(name: string, type: "string"): string | undefined;
  #read(name: string, type: "boolean"): boolean | undefined;
  #read(name: string, type: "number"): number | undefined;
  #read(name: string, type: string): unknown {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== type) throw new Refusal(400, `Invalid ${name}: a ${type} is expected.`);
    return value;
  }
}
