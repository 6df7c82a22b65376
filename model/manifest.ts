import { z } from "zod";
import { packageVersion } from "./packages.ts";

const file = z.strictObject({
  content: z.string(),
  /** Octal permissions. Default `0644`. */
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .default("0644"),
  /** `user:group`. Default `root:root`. */
  owner: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$/)
    .default("root:root"),
});

const files = z.record(z.string().startsWith("/"), file);

/**
 * All that a host is to be. As JSON it is the standard input of an apply.
 * A file of ours that is no longer in the manifest is removed by the apply.
 */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  site: z.string(),
  /** The version of the secrets to use, as the `secrets` resource printed it; null when the site has none. */
  secrets: z
    .string()
    .regex(/^[a-f0-9-]{36}$/)
    .nullable(),
  /** Milliseconds that all has to stay well after a change before it is there to stay. Default 0. */
  soak: z.int().nonnegative().default(0),
  /** Debian package → the version to have of it. Default: what is installed stays. */
  packages: z.record(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/), packageVersion).default({}),
  files,
});

/** All that a host is to be: its files by path, and the versions of its packages. */
export type Manifest = z.output<typeof manifestSchema>;
/** A file of a manifest. */
export type ManifestFile = z.output<typeof file>;

/** What travels apart from the manifest: files with secrets in them, stored on the host by version until an apply uses them. */
export const secretsSchema = z.strictObject({ format: z.literal(1), files });

/** The files with secrets in them, which travel apart from the manifest. */
export type Secrets = z.output<typeof secretsSchema>;

/** The software versions of a host, as the `install` resource prints them. */
export const hostVersionsSchema = z.object({
  debian: z.string(),
  bird: z.string(),
  /** Null where no service needs it. */ knot: z.string().nullable(),
  node: z.string(),
});

/** The software versions of a host. */
export type HostVersions = z.output<typeof hostVersionsSchema>;

/** The one JSON object that an apply prints on success. */
export const applyResultSchema = z.object({
  site: z.string(),
  /** SHA-256 of the applied manifest, hex. */
  digest: z.string(),
  /** Paths of the files that were written or removed; empty when the host already was as it should be. */
  changed: z.array(z.string()),
  /** The packages that have another version now, as in `bird2 2.0.12-7 → 2.0.12-8`. */
  packages: z.array(z.string()).default([]),
  versions: hostVersionsSchema.extend({ agent: z.string() }),
  /** What each prefix is after the apply. */
  prefixes: z.record(z.string(), z.enum(["full", "drained", "withdrawn"])),
  /** What an operator should know although the apply went through. */
  warnings: z.array(z.string()),
});

export type ApplyResult = z.output<typeof applyResultSchema>;
