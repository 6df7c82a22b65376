import { HEARTBEAT_TABLE, WORD_SET } from "../../model/paths.ts";
import { messageOf } from "../error.ts";
import type { Run } from "../exec.ts";
import type { Admitted } from "./word.ts";

/** Milliseconds that `nft` may take. */
const TIMEOUT_MS = 5000;

/** The set of the firewall by which the kernel knows what comes from peers (`render/firewall-heartbeats.ts`). Without it, they share the strangers' limit. */
export class WordSet {
  private readonly run: Run;
  private readonly log: (line: string) => void;
  private underWay = false;
  private next: readonly Admitted[] | undefined;
  private complaint = "";

  /** @param log told, once in a row, why the set cannot be filled */
  constructor(run: Run, log: (line: string) => void) {
    this.run = run;
    this.log = log;
  }

  /** Adds words; each leaves by itself when its time is over. Never fails. */
  admit(words: readonly Admitted[]): void {
    this.next = words;
    if (!this.underWay) void this.add();
  }

  private async add(): Promise<void> {
    this.underWay = true;
    for (let words = this.next; words !== undefined; words = this.next) {
      this.next = undefined;
      const problem = words.length === 0 ? "" : await this.problemOf(words);
      if (problem !== "" && problem !== this.complaint)
        this.log(`the firewall does not know the heartbeats of peers, and a flood may silence them: ${problem}`);
      this.complaint = problem;
    }
    this.underWay = false;
  }

  /** By standard input: arguments are for everybody's eyes. */
  private async problemOf(words: readonly Admitted[]): Promise<string> {
    const elements = words.map(({ word, lasts }) => `${word} timeout ${Math.max(1, Math.ceil(lasts / 1000))}s`);
    const input = `add element ${HEARTBEAT_TABLE} ${WORD_SET} { ${elements.join(", ")} }\n`;
    try {
      const finished = await this.run(["nft", "-f", "-"], { timeout: TIMEOUT_MS, input });
      // The words themselves, which nft repeats, are for no log.
      return finished.status === 0 ? "" : (/Error: .*/.exec(finished.stderr)?.[0] ?? "nft failed");
    } catch (error) {
      return messageOf(error);
    }
  }
}
