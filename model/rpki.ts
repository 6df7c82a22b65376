import { z } from "zod";
import { asn } from "./fields.ts";

const source = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const problem = sourceProblem(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

function sourceProblem(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return "has a control character";
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return `'${text}' is neither a file nor an http or https URL`;
  const { username, password } = new URL(text);
  return username + password === ""
    ? undefined
    : "has a user or a password, and would show it in every message: use a source that asks for none, or a file";
}

/** By which ROAs a run is judged before anything is touched. */
export const rpkiSchema = z.strictObject({
  vrps: source.meta({
    description:
      "Validated ROA payloads, the JSON of rpki-client, Routinator or StayRTR: a URL, or a file relative to the program's folder",
    example: "https://rpki.example.net/vrps.json",
  }),
  origin: asn.optional().meta({
    description:
      "The AS number from which other networks see the prefixes, where the provider puts its own in place of a private one",
    absent: "`asn`",
  }),
});
