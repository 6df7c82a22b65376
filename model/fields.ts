import { z } from "zod";
import { unusableAsn } from "./asn.ts";
import { canonicalAddress, parsePrefix, type Prefix } from "./ip.ts";

/** An IP address, made canonical. */
export const address = z
  .string()
  .meta({ pattern: "^[0-9A-Fa-f.:]+$", patternErrorMessage: "must be an IP address" })
  .transform((text, context) => {
    const canonical = canonicalAddress(text);
    if (canonical !== undefined) return canonical;
    context.addIssue({ code: "custom", message: `'${text}' is no IP address` });
    return z.NEVER;
  });

/** A prefix, without host bits. */
export const prefix = z
  .string()
  .meta({
    pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$",
    patternErrorMessage: "must be a prefix, as in 203.0.113.0/24 or 2001:db8:53::/48",
  })
  .transform((text, context): Prefix => {
    const parsed = parsePrefix(text);
    if (!("error" in parsed)) return parsed;
    context.addIssue({
      code: "custom",
      message:
        parsed.error === "syntax"
          ? `'${text}' is no prefix: write it as in 203.0.113.0/24 or 2001:db8:53::/48`
          : `'${text}' has host bits set: did you mean ${parsed.meant}?`,
    });
    return z.NEVER;
  });

const COMMUNITY = /^\d{1,10}(:\d{1,10}){1,2}$/;

/** A community `a:b` (RFC 1997) or `a:b:c` (RFC 8092), its numbers in their plain form. */
export const community = z
  .string()
  .meta({ pattern: COMMUNITY.source, patternErrorMessage: "must be a community, as in 20473:64609" })
  .transform((text, context) => {
    const parts = COMMUNITY.test(text) ? text.split(":").map(Number) : [];
    const most = parts.length === 2 ? 65535 : 4294967295;
    if (parts.length > 0 && parts.every((part) => part <= most)) return parts.join(":");
    context.addIssue({
      code: "custom",
      message: `'${text}' is no community: write two numbers up to 65535, as in 20473:64609, or three up to 4294967295`,
    });
    return z.NEVER;
  });

/** An AS number that can originate a prefix. */
export const asn = z
  .int({ error: "must be an AS number from 1 to 4294967294" })
  .min(0)
  .max(4294967295)
  .superRefine((value, context) => {
    const reason = unusableAsn(value);
    if (reason !== undefined) context.addIssue({ code: "custom", message: `${reason}: it cannot originate a prefix` });
  });

/** A port of TCP or UDP. */
export const port = z.int().min(1).max(65535);

/** A site, service or client is named like a DNS label, so that the name can stand in DNS, BIRD and file names. */
export const name = z.string().regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, {
  error: (issue) => `'${String(issue.input)}' is no name: use 1 to 30 of a-z, 0-9 and -, starting with a letter`,
});

/** A domain name, in lower case and without the final dot. */
export const zoneName = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/, {
    error: (issue) =>
      `'${String(issue.input)}' is no zone name: write it in lower case and without the final dot, as in example.net`,
  });

/** Text whose characters are bytes (ISO 8859-1), so that YAML's "\xff" is the byte 255. */
export const bytes = z.string().refine((text) => /^[\0-\xff]*$/.test(text), {
  error: 'must be made of single bytes: write others as they are sent, as in "\\xc3\\xa4"',
});

const UNIT_TYPES = "service|socket|mount|automount|swap|target|path|timer|slice|scope|device";

/** A systemd unit with its type (systemd.unit(5)). */
export const unitName = z
  .string()
  .max(255)
  .regex(new RegExp(String.raw`^[A-Za-z0-9:_.\\@-]+\.(${UNIT_TYPES})$`), {
    error: (issue) => `'${String(issue.input)}' is no systemd unit: write it with its type, as in nginx.service`,
  });
