import { didYouMean } from "../../model/nearest.ts";
import type { Fields, PropertyType } from "./sdk-types.ts";

/** What is wrong with a property. */
export interface InputProblem {
  /** As in `tags[0]` or `bgpConfig.asn`. */
  readonly path: string;
  readonly reason: string;
}

/**
 * What an SDK's types have against some inputs: unknown names, wrong types, missing ones.
 *
 * @param inputs without marks of secrecy
 * @param isUnknown whether a value is only known later
 */
export function inputProblems(
  inputs: Readonly<Record<string, unknown>>,
  fields: Fields,
  isUnknown: (value: unknown) => boolean,
): InputProblem[] {
  return objectProblems(inputs, fields, "", isUnknown);
}

type Values = Readonly<Record<string, unknown>>;

function objectProblems(
  value: Values,
  fields: Fields,
  path: string,
  isUnknown: (each: unknown) => boolean,
): InputProblem[] {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const missing = Object.entries(fields).filter(([name, { required }]) => required && isAbsent(value[name]));
  const given = Object.entries(value).filter(([name, each]) => name !== "__defaults" && !isAbsent(each));
  return [
    ...missing.map(([name]) => ({ path: at(name), reason: "is missing" })),
    ...given.flatMap(([name, each]) => {
      const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined;
      if (type !== undefined) return valueProblems(each, type, at(name), isUnknown);
      const known = didYouMean(name, Object.keys(fields));
      return [{ path: at(name), reason: `is not known to the provider${known}` }];
    }),
  ];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function valueProblems(
  value: unknown,
  type: PropertyType,
  path: string,
  isUnknown: (each: unknown) => boolean,
): InputProblem[] {
  if (isUnknown(value)) return [];
  const wrong = { path, reason: `has to be ${type.kind === "map" ? "an object" : ARTICLE[type.kind]}` };
  switch (type.kind) {
    case "any":
      return [];
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.kind ? [] : [wrong];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((each, index) => valueProblems(each, type.of, `${path}[${index}]`, isUnknown))
        : [wrong];
    case "map":
      return isValues(value)
        ? Object.entries(value).flatMap(([key, each]) => valueProblems(each, type.of, `${path}.${key}`, isUnknown))
        : [wrong];
    case "object":
      return isValues(value) ? objectProblems(value, type.fields, path, isUnknown) : [wrong];
  }
}

const ARTICLE = {
  any: "anything",
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  array: "a list",
  object: "an object",
} as const;

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
