import { stat } from "node:fs/promises";
import { PATHS } from "../../model/paths.ts";
import type { BirdLook } from "../bird/look.ts";
import type { Difference } from "./differences.ts";

/** Has BIRD check its configuration file whenever that changed: a broken one works on until BIRD's next start, and then nothing is announced. */
export class BirdConf {
  private readonly path: string;
  private checked: string | undefined;
  private found: Difference[] = [];

  constructor(path: string = PATHS.bird) {
    this.path = path;
  }

  /** @throws AgentError when BIRD is silent or gone */
  async check(bird: BirdLook): Promise<readonly Difference[]> {
    const state = await this.state();
    if (state !== this.checked || this.found.length > 0) this.found = await this.ask(bird);
    this.checked = state;
    return this.found;
  }

  private async ask(bird: BirdLook): Promise<Difference[]> {
    const { code, lines } = await bird.check();
    if (code !== PARSE_ERROR) return [];
    const reason = lines.at(-1) ?? "";
    return [{ about: "bird.conf", problem: `BIRD could not read it at its next start: ${reason}` }];
  }

  /** What changes whenever the file does; the same for one that may not be looked at. */
  private async state(): Promise<string> {
    try {
      const { ino, size, mtimeMs } = await stat(this.path);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return "";
    }
  }
}

/** BIRD: 'Configuration file error'. */
const PARSE_ERROR = 8002;
