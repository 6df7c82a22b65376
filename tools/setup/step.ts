import pc from "picocolors";

/** Tells how a long step is getting on, in one line: normally the last line of the underlying program's output. */
export type Progress = (line: string) => void;

/** One thing that the set-up puts in place. */
export interface Step {
  /** What is put in place, as it is shown: `Debian packages`. */
  title: string;
  /** Whether anything has to be done. Quick, changes nothing. */
  needed(): Promise<boolean>;
  /** Puts it in place, returns a remark for the user if there is one. Throws an Error whose message is for the user. */
  run(progress: Progress): Promise<string | undefined>;
}

/** Where lines go: standard error, so that a program can read what the command prints on standard output. */
export interface Terminal {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** How often a step that is under way says so where there is no terminal, in ms. */
const quietInterval = 15_000;

/**
 * Runs a step if it is needed: shows that it began, how it gets on, and how long it took.
 * Prints nothing when nothing is needed.
 */
export async function runStep(step: Step, out: Terminal = process.stderr): Promise<void> {
  if (!(await step.needed())) return;
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let last = "";
  const live = out.isTTY === true;
  const show = () => {
    const text = `…   ${step.title}  ${elapsed()}  ${last}`;
    out.write(live ? `\r\u001B[K${text.slice(0, (out.columns ?? 80) - 1)}` : `${text.trimEnd()}\n`);
  };
  const timer = setInterval(show, live ? 200 : quietInterval);
  const end = (mark: string, remark?: string) => {
    clearInterval(timer);
    const line = [mark, step.title, elapsed(), ...(remark === undefined ? [] : [`(${remark})`])].join("  ");
    out.write(`${live ? "\r\u001B[K" : ""}${line}\n`);
  };
  if (live) show();
  try {
    const remark = await step.run((line) => {
      last = line.trim();
    });
    end(paint(live, "ok", pc.green), remark);
  } catch (error) {
    end(paint(live, "no", pc.red));
    throw error;
  }
}

function paint(live: boolean, text: string, color: (text: string) => string): string {
  return live ? color(text) : text;
}
