import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import type { Clock } from "../clock.ts";

/** Milliseconds between two starts of `ip`. */
const RESTART = 200;

/** How many unread octets tell that `ip` hangs: some seconds' worth of a large site's commands. */
const BACKLOG = 64 * 1024;

/** What `ip` says when an address that is to be deleted is gone already: nothing worth telling. */
const EXPECTED = /Cannot assign requested address|address not found|^Command failed/i;

/** One long-lived `ip -batch` that is told commands on its standard input: a change of an address without a new process. */
export class IpBatch {
  private child: ChildProcessWithoutNullStreams | undefined;
  private cancelRestart: (() => void) | undefined;
  private closed = false;
  private lastComplaint = "";
  private readonly clock: Clock;
  private readonly log: (line: string) => void;
  private readonly onRestart: () => void;

  /**
   * @param log told what `ip` complains about, once for each complaint in a row
   * @param onRestart called when `ip` has been started anew: what it was told last may have been lost
   */
  constructor(clock: Clock, log: (line: string) => void, onRestart: () => void) {
    this.clock = clock;
    this.log = log;
    this.onRestart = onRestart;
    this.start();
  }

  /** Has a command carried out, as in `addr del 198.19.0.0/31 dev any0`. While `ip` is not running it is lost. */
  write(command: string): void {
    if (this.child === undefined) return;
    this.child.stdin.write(`${command}\n`);
    if (this.child.stdin.writableLength > BACKLOG) this.child.kill("SIGKILL");
  }

  /** Lets `ip` carry out what it was told, and end. */
  close(): void {
    this.closed = true;
    this.cancelRestart?.();
    this.child?.stdin.end();
  }

  private start(): void {
    const child = spawn("ip", ["-force", "-batch", "-"], { stdio: "pipe" });
    this.child = child;
    const ended = (how: string): void => {
      if (this.child !== child) return;
      this.child = undefined;
      if (this.closed) return;
      this.log(`ip -batch ${how}: starting it again`);
      this.cancelRestart = this.clock.setTimer(RESTART, () => {
        this.start();
        this.onRestart();
      });
    };
    child.on("error", (error) => ended(error.message));
    child.on("exit", (status, signal) => ended(`ended with ${signal ?? `status ${status}`}`));
    // A write to a child that has just died; its end is told by the events above.
    child.stdin.on("error", () => {});
    child.stdout.resume();
    createInterface(child.stderr).on("line", (line) => this.complain(line));
  }

  private complain(line: string): void {
    if (EXPECTED.test(line) || line === this.lastComplaint) return;
    this.lastComplaint = line;
    this.log(`ip: ${line}`);
  }
}
