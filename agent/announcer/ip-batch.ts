import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import type { Clock } from "../clock.ts";

/** Milliseconds between two starts of `ip`. */
const RESTART = 200;

/** How many unread octets tell that `ip` hangs: some seconds' worth of a large site's commands. */
const BACKLOG = 64 * 1024;

/** Commands after which `ip` is replaced by a new one: iproute2 6.1 loses 4 KiB of memory with each that succeeds, 700 MiB a day for a single prefix. So it takes 2 MiB more at most. */
const WORN = 500;

/** Milliseconds that a replaced `ip` may take for what it was still told. */
const LAST_WORDS = 200;

/**
 * Runs `ip`, and deletes all addresses of the interface when its input has ended: that is what happens first of all when the
 * agent dies, and systemd takes longer. What systemd sends to the whole unit meanwhile is for the agent. An `ip` that dies itself is started again by the agent, and nothing is lost.
 */
const SCRIPT = 'trap "" TERM; ip -force -batch -; test $? -ge 128 || exec ip address flush dev "$1"';

/** What `ip` says when an address that is to be deleted is gone already: nothing worth telling. */
const EXPECTED = /Cannot assign requested address|address not found|^Command failed/i;

/** What `ip` says when the interface is not there, or is another one than the one of this name that it knows. */
const NO_INTERFACE = /Cannot find device|No such device|Device not found|Unable to find the interface/i;

/** Who is told what becomes of `ip`. */
export interface IpListener {
  /** What `ip` complains about, once for each complaint in a row. */
  readonly log: (line: string) => void;
  /** `ip` was started anew: what it was told last may have been lost. */
  readonly onRestart: () => void;
  /** The interface is gone: {@link IpBatch.restart} when it is back, as `ip` remembers interfaces by their old numbers. */
  readonly onMissing: () => void;
}

/** One long-lived `ip -batch` that is told commands on its standard input: a change of an address without a new process. */
export class IpBatch {
  private child: ChildProcessWithoutNullStreams | undefined;
  private cancelRestart: () => void = () => {};
  private closed = false;
  private lastComplaint = "";
  /** Commands of the current burst, to be written as one. */
  private pending: string[] = [];
  /** What the child was told so far, in commands. */
  private told = 0;
  /** The child before this one, which still carries out what it was told: nothing may overtake that. */
  private predecessor: ChildProcessWithoutNullStreams | undefined;
  private readonly interfaceName: string;
  private readonly clock: Clock;
  private readonly listener: IpListener;

  /** @param interfaceName all its addresses are deleted when the process ends without {@link IpBatch.close} */
  constructor(interfaceName: string, clock: Clock, listener: IpListener) {
    this.interfaceName = interfaceName;
    this.clock = clock;
    this.listener = listener;
    this.start();
  }

  /** Has a command carried out, as in `addr del 198.19.0.0/31 dev any0`. While `ip` is not running it is lost. */
  write(command: string): void {
    if (this.pending.push(command) === 1) queueMicrotask(() => this.flush());
  }

  /** Starts `ip` anew, at once. */
  restart(): void {
    const child = this.child;
    this.child = undefined;
    if (child !== undefined) killWithChildren(child);
    this.startAgain();
  }

  /** Lets `ip` carry out what it was told, and end; the addresses stay. */
  close(): void {
    this.predecessor = undefined;
    this.flush();
    this.closed = true;
    this.cancelRestart();
    if (this.child !== undefined) endInput(this.child);
  }

  private flush(): void {
    if (this.predecessor !== undefined) return;
    const commands = this.pending;
    this.pending = [];
    if (this.child === undefined || this.closed || commands.length === 0) return;
    this.child.stdin.write(`${commands.join("\n")}\n`);
    if (this.child.stdin.writableLength > BACKLOG) return killWithChildren(this.child);
    this.told += commands.length;
    if (this.told >= WORN) this.replace(this.child);
  }

  /** Goes on with a new child; the old one carries out what it was told, and deletes nothing. */
  private replace(old: ChildProcessWithoutNullStreams): void {
    this.predecessor = old;
    this.start();
    const cancel = this.clock.setTimer(LAST_WORDS, () => killWithChildren(old));
    // Its streams close when `ip` has ended, and not only the shell.
    old.once("close", () => {
      cancel();
      this.predecessor = undefined;
      this.flush();
    });
    endInput(old);
  }

  private startAgain(): void {
    this.cancelRestart();
    if (this.closed) return;
    this.start();
    this.listener.onRestart();
  }

  private start(): void {
    const child = spawn("/bin/sh", ["-c", SCRIPT, "sh", this.interfaceName], { stdio: "pipe", detached: true });
    this.child = child;
    this.told = 0;
    const ended = (how: string): void => {
      if (this.child !== child) return;
      this.child = undefined;
      if (this.closed) return;
      this.listener.log(`ip -batch ${how}: starting it again`);
      this.cancelRestart = this.clock.setTimer(RESTART, () => this.startAgain());
    };
    child.on("error", (error) => ended(error.message));
    child.on("exit", (status, signal) => ended(`ended with ${signal ?? `status ${status}`}`));
    // A write to a child that has just died; its end is told by the events above.
    child.stdin.on("error", () => {});
    child.stdout.resume();
    createInterface(child.stderr).on("line", (line) => {
      if (this.child === child) this.complain(line);
    });
  }

  private complain(line: string): void {
    if (EXPECTED.test(line)) return;
    if (NO_INTERFACE.test(line)) return this.listener.onMissing();
    if (line === this.lastComplaint) return;
    this.lastComplaint = line;
    this.listener.log(`ip: ${line}`);
  }
}

/** Kills the shell alone: `ip` goes on to the end of its input, and nobody deletes the addresses afterwards. */
function endInput(child: ChildProcessWithoutNullStreams): void {
  child.kill("SIGKILL");
  child.stdin.end();
}

/** Kills a child that was started with a process group of its own. */
function killWithChildren({ pid }: ChildProcessWithoutNullStreams): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
