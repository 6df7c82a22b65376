import { z } from "zod";
import { connectionSchema } from "./connection.ts";
import type { Context } from "./context.ts";
import { dial } from "./dial.ts";
import { parseProperties, problemsOf } from "./inputs.ts";
import type { ResourceType } from "./resource.ts";
import { openSftp } from "./sftp.ts";
import { copyPath, copyText } from "./upload.ts";
import { sourceOf, type Source } from "./wire.ts";

const sourceSchema = z.unknown().transform((value, { issues }): Source => {
  const source = sourceOf(value);
  if (source && (source.path !== undefined || source.text !== undefined)) return source;
  issues.push({
    code: "custom",
    input: value,
    message: "must be a FileAsset, a StringAsset or a FileArchive",
  });
  return z.NEVER;
});

const inputsSchema = z.object({
  connection: connectionSchema,
  triggers: z.array(z.unknown()).optional(),
  source: sourceSchema,
  remotePath: z.string(),
});
type Inputs = z.infer<typeof inputsSchema>;

/** The engine sends no contents and no path with an old state, only hashes. */
const copiedSchema = z.object({ source: z.unknown().transform(sourceOf), remotePath: z.string() });

/**
 * `command:remote:CopyToRemote`: copies a file, a text or a folder to a host over SFTP. Copies again when the content or
 * `remotePath` changes, not when only the connection does; deletes nothing.
 */
export const copyToRemote: ResourceType = {
  problems: (inputs) => problemsOf(inputsSchema, inputs),
  create: async (inputs, context) => {
    await copy(parseProperties(inputsSchema, inputs), context);
    return {};
  },
  update: async (state, given, context) => {
    const old = parseProperties(copiedSchema, state);
    const inputs = parseProperties(inputsSchema, given);
    if (inputs.source.hash !== old.source?.hash || inputs.remotePath !== old.remotePath) await copy(inputs, context);
    return {};
  },
};

async function copy({ connection, source, remotePath }: Inputs, context: Context): Promise<void> {
  const ssh = await dial(connection, context);
  try {
    const sftp = await openSftp(ssh);
    if (source.path === undefined) await copyText(sftp, source.text ?? "", remotePath);
    else await copyPath(sftp, source.path, remotePath);
  } finally {
    ssh.close();
  }
}
