import { constants } from "node:os";
import type { ClientChannel } from "ssh2";
import { z } from "zod";
import { commandResource, commandShape, previousOutput } from "./command-resource.ts";
import { connectionSchema } from "./connection.ts";
import type { Context } from "./context.ts";
import { dial } from "./dial.ts";
import { capture, type Output } from "./output.ts";
import { openSession, type Session } from "./session.ts";

const inputsSchema = z.object({ ...commandShape, connection: connectionSchema });
type Inputs = z.infer<typeof inputsSchema>;

/** `command:remote:Command`: runs a command on a host over SSH. */
export const remoteCommand = commandResource(inputsSchema, run);

async function run(command: string, inputs: Inputs, previous: Output, context: Context): Promise<Output> {
  const ssh = await dial(inputs.connection, context);
  try {
    const session = await openSession(ssh);
    await setEnvironment(session, inputs, previous, context);
    return await finish(await session.start(command), command, inputs, context);
  } finally {
    ssh.close();
  }
}

/** A variable of the user that the server refuses is an error, one of the previous output only a warning. */
async function setEnvironment(session: Session, inputs: Inputs, previous: Output, { log }: Context): Promise<void> {
  for (const [name, value] of Object.entries(inputs.environment)) {
    if (await session.setEnvironment(name, value)) continue;
    await log("error", refused(name));
    throw new Error(`could not set environment variable ${JSON.stringify(name)}: ssh: setenv failed`);
  }
  for (const [name, value] of Object.entries(previousOutput(inputs, previous))) {
    if (!(await session.setEnvironment(name, value))) await log("warning", refused(name));
  }
}

function refused(name: string): string {
  return (
    `Unable to set '${name}'. This only works if your SSH server is configured to accept these variables via ` +
    `AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the command ` +
    `itself with the variables in the form 'VAR=value command'`
  );
}

async function finish(channel: ClientChannel, command: string, inputs: Inputs, context: Context): Promise<Output> {
  const captured = capture(inputs.logging, context);
  const closed = new Promise<string | undefined>((resolve) => {
    channel.on("close", (code?: number | null, signal?: string) => resolve(failure(code, signal)));
    // A command may end before it has read all of its input.
    channel.on("error", () => {});
  });
  channel.on("data", (chunk: Buffer) => captured.write("stdout", chunk));
  channel.stderr.on("data", (chunk: Buffer) => captured.write("stderr", chunk));
  channel.end(inputs.stdin ?? "");
  const reason = await closed;
  const output = await captured.end();
  if (reason !== undefined) throw captured.failure(reason, command);
  return output;
}

/** Why a command that ended this way failed, as Go's SSH library says it; `undefined` if it did not. */
function failure(code?: number | null, signal?: string): string | undefined {
  if (code === 0) return undefined;
  if (signal !== undefined) {
    const number = constants.signals[signal as NodeJS.Signals] ?? 0;
    return `Process exited with status ${128 + number} from signal ${signal.replace(/^SIG/, "")}`;
  }
  if (typeof code === "number") return `Process exited with status ${code}`;
  return "wait: remote command exited without exit status or exit signal";
}
