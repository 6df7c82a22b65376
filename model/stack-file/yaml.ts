import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { DateValue, hasLeadingZero, plainScalar, type ScalarValue } from "./scalar.ts";
import { YamlError, parseYaml, type Mistake, type ParsedYaml, type Place } from "./syntax.ts";

/** Something that Pulumi takes, and we do not. */
export interface Objection extends Mistake {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** `misread`: not what a person reads there. `secret`: encrypted. */
  readonly kind: "misread" | "secret";
}

/** What a text says: JSON, but for a {@link DateValue}. */
export interface YamlContent {
  readonly value: unknown;
  readonly objections: readonly Objection[];
}

/**
 * Reads a YAML text as Pulumi does: with merge keys (`<<`), scalars by {@link plainScalar}, and the first document alone.
 *
 * @throws YamlError for what Pulumi refuses as well
 */
export function readYaml(text: string): YamlContent {
  const { document, place } = parseYaml(text);
  if (document === undefined) return { value: null, objections: [] };
  const reader = new Reader(document, place);
  return { value: reader.read(document.contents), objections: reader.objections };
}

/** A file whose values are nearly all copies by aliases is refused, as Pulumi does: it could grow without end. */
const ALIASED_SHARE = 0.99;
/** How many values a file may have before that. */
const ALWAYS = { aliased: 100, all: 1000 } as const;

/** Levels of maps and lists in each other. */
const DEEPEST = 500;

/** Where a node stands. */
interface Where {
  readonly path: readonly string[];
  /** Whether in brackets. */
  readonly inFlow: boolean;
}

class Reader {
  readonly objections: Objection[] = [];
  readonly #place: (node: Node) => Place;
  readonly #targets = new Map<Alias, Node>();
  readonly #open = new Set<Alias>();
  #count = 0;
  #aliased = 0;

  constructor(document: Document.Parsed, place: ParsedYaml["place"]) {
    this.#place = (node) => place(node.range?.[0] ?? 0);
    const anchors = new Map<string, Node>();
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) {
          const target = anchors.get(node.source);
          if (target === undefined)
            throw this.#error(node, `there is no anchor '&${node.source}' before it. Define it, or correct its name`);
          this.#targets.set(node, target);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  read(node: Node | null, where: Where = { path: [], inFlow: false }): unknown {
    if (node === null) return null;
    this.#limit(node, where);
    if (isAlias(node)) return this.#follow(node, (target) => this.read(target, where));
    const inFlow = where.inFlow || ("flow" in node && node.flow);
    if (isMap(node)) return this.#map(node, { ...where, inFlow });
    if (isSeq(node))
      return node.items.map((item, index) =>
        this.read(item as Node | null, { path: [...where.path, String(index)], inFlow }),
      );
    const scalar = node as Scalar<string>;
    const value = this.#scalar(scalar, where);
    this.#report(scalar, where.path, misreading(scalar, value));
    return value;
  }

  #limit(node: Node, { path }: Where): void {
    this.#count += 1;
    if (this.#open.size > 0) this.#aliased += 1;
    const isFree = this.#aliased <= ALWAYS.aliased || this.#count <= ALWAYS.all;
    if (!isFree && this.#aliased / this.#count > ALIASED_SHARE)
      throw this.#error(node, "aliases make the file too large. Write out some of them");
    if (path.length > DEEPEST) throw this.#error(node, `more than ${DEEPEST} levels. Correct it`);
  }

  #follow<T>(alias: Alias, use: (target: Node) => T): T {
    if (this.#open.has(alias)) throw this.#error(alias, `'&${alias.source}' contains itself. Remove the alias`);
    this.#open.add(alias);
    const result = use(this.#targets.get(alias)!);
    this.#open.delete(alias);
    return result;
  }

  #map(map: YAMLMap, where: Where): Record<string, unknown> {
    const result = new Map<string, unknown>();
    this.#addTo(result, map, where);
    const value = Object.fromEntries(result);
    if (isSecret(value))
      this.objections.push({
        path: where.path,
        ...this.#place(map),
        kind: "secret",
        problem: "a secret cannot be used here, as it decides which resources there are. Write it in plain text",
      });
    return value;
  }

  /** Adds a map's own keys, then the keys that it merges. A key that is already there wins. */
  #addTo(result: Map<string, unknown>, map: YAMLMap, where: Where): void {
    this.#refuseTwice(map);
    const merged: Node[] = [];
    for (const { key, value } of map.items as { key: Node | null; value: Node | null }[]) {
      if (isMerge(key)) merged.push(value ?? key);
      else {
        const name = this.#key(key ?? map, where);
        if (!result.has(name)) result.set(name, this.read(value, { ...where, path: [...where.path, name] }));
      }
    }
    for (const node of merged) this.#merge(result, node, where);
  }

  #merge(result: Map<string, unknown>, node: Node, where: Where): void {
    const maps = isSeq(node) ? (node.items as (Node | null)[]) : [node];
    for (const each of maps) {
      if (isAlias(each)) this.#follow(each, (target) => this.#mergeMap(result, target, each, where));
      else this.#mergeMap(result, each, each ?? node, where);
    }
  }

  #mergeMap(result: Map<string, unknown>, map: Node | null, named: Node, where: Where): void {
    this.#limit(named, where);
    if (!isMap(map)) throw this.#error(named, "only a map, or a list of maps, can be merged ('<<'). Name one");
    this.#addTo(result, map, where);
  }

  #key(key: Node, where: Where): string {
    if (isAlias(key)) return this.#follow(key, (target) => this.#key(target, where));
    if (!isScalar(key)) throw this.#error(key, "a key has to be a string. Correct it");
    const scalar = key as Scalar<string>;
    if (scalar.type === "PLAIN" && scalar.value === "") throw this.#error(key, "there is no key before ':'. Add it");
    const value = this.#scalar(scalar, where);
    const text = value instanceof DateValue ? value.text : String(value);
    const other =
      text === scalar.value ? undefined : `Pulumi reads the key ${scalar.value} as '${text}'. Put it in quotes`;
    this.#report(scalar, [...where.path, text], misreading(scalar, value) ?? other);
    return text;
  }

  #report(node: Node, path: readonly string[], problem: string | undefined): void {
    if (problem !== undefined) this.objections.push({ path, ...this.#place(node), kind: "misread", problem });
  }

  /** Pulumi compares keys as they are written, without their quotes. */
  #refuseTwice(map: YAMLMap): void {
    const first = new Map<string, number>();
    for (const { key } of map.items as { key: Node | null }[]) {
      if (!isScalar(key)) continue;
      const text = String(key.value);
      const line = first.get(text);
      if (line !== undefined)
        throw this.#error(key, `the key '${text}' is there twice (also in line ${line}). Remove one of them`);
      first.set(text, this.#place(key).line);
    }
  }

  #scalar(scalar: Scalar<string>, { inFlow }: Where): ScalarValue {
    const text = scalar.value;
    const isPlain = scalar.type === "PLAIN";
    if (isPlain && inFlow && /^:|\?/.test(text))
      throw this.#error(scalar, `${text} cannot be in brackets as it is. Put it in quotes`);
    const tag = scalar.tag?.replace("tag:yaml.org,2002:", "!!") ?? "!";
    if (tag === "!") return isPlain ? plainScalar(text) : text;
    const isMeant = KINDS[tag];
    if (isMeant === undefined) return text;
    const value = plainScalar(text);
    if (!isMeant(value)) throw this.#error(scalar, `'${text}' is no ${tag}. Correct it, or remove the tag`);
    return value;
  }

  #error(node: Node, problem: string): YamlError {
    return new YamlError({ ...this.#place(node), problem });
  }
}

/** Whether a value is what `pulumi config set --secret` writes. */
export function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const [entry, ...others] = Object.entries(value);
  return others.length === 0 && entry?.[0] === "secure" && typeof entry[1] === "string";
}

/** What a scalar with one of these tags has to be. Other tags mean a string. */
const KINDS: Readonly<Record<string, (value: ScalarValue) => boolean>> = {
  "!!bool": (value) => typeof value === "boolean",
  "!!int": (value) => Number.isInteger(value),
  "!!float": (value) => typeof value === "number",
  "!!null": (value) => value === null,
  "!!timestamp": (value) => value instanceof DateValue,
};

/** Also in quotes: Pulumi writes the file anew without them, and reads that. */
function isMerge(key: Node | null): key is Scalar<string> {
  return isScalar(key) && key.value === "<<";
}

function misreading(scalar: Scalar<string>, value: ScalarValue): string | undefined {
  if (scalar.type !== "PLAIN") return undefined;
  if (value instanceof DateValue) return `Pulumi reads ${scalar.value} as a date. Put it in quotes`;
  if (typeof value !== "number" || !hasLeadingZero(scalar.value)) return undefined;
  return `${scalar.value} has a leading zero, and Pulumi reads it as ${value}. Remove the zero, or put it in quotes if it is a string`;
}
