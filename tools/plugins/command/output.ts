import { StringDecoder } from "node:string_decoder";
import { z } from "zod";
import type { Context } from "./context.ts";

/** The two streams of a command. */
export type Stream = "stdout" | "stderr";

export const loggingSchema = z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]);

/** Which streams are shown while the command runs; both if unset. */
export type Logging = z.infer<typeof loggingSchema>;

/** What a command has written. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Collects what a command writes and shows it line by line as it comes, as far as `logging` says. */
export interface Capture {
  write: (stream: Stream, chunk: Buffer) => void;
  /** Ends with the last line shown; both streams without their last line break. */
  end: () => Promise<Output>;
  /** The command's failure as the official plugin words it: the reason, the command, all that it wrote. */
  failure: (reason: string, command: string) => Error;
}

/** Starts to collect a command's output. */
export function capture(logging: Logging | undefined, { log }: Context): Capture {
  const chunks: Record<Stream | "both", Buffer[]> = { stdout: [], stderr: [], both: [] };
  const text = (name: keyof typeof chunks) => Buffer.concat(chunks[name]).toString();
  const decoder = new StringDecoder();
  let line = "";
  let shown = Promise.resolve();
  const show = (message: string) => {
    shown = shown.then(() => log("status", message));
  };
  return {
    write: (stream, chunk) => {
      chunks[stream].push(chunk);
      chunks.both.push(chunk);
      if (!isLogged(stream, logging)) return;
      const lines = (line + decoder.write(chunk)).split("\n");
      line = lines.pop() ?? "";
      lines.forEach(show);
    },
    end: async () => {
      if (line !== "") show(line);
      await shown;
      return { stdout: trimmed(text("stdout")), stderr: trimmed(text("stderr")) };
    },
    failure: (reason, command) => new Error(`${reason}: running ${JSON.stringify(command)}:\n${text("both")}`),
  };
}

function isLogged(stream: Stream, logging: Logging = "stdoutAndStderr"): boolean {
  return logging === "stdoutAndStderr" || logging === stream;
}

function trimmed(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
