import type { VultrApi } from "../../clients/vultr/api.ts";
import { VultrError } from "../../clients/vultr/error.ts";

/** Milliseconds after which a list shows what was made when the API did not answer properly. */
export const LIST_DELAY_MS = 5000;

/** How often a create is sent that the API did not answer. */
const TRIES = 3;

/**
 * Makes a thing that has no mark of its own, and makes it once: when the API has not answered, what has come into the
 * list meanwhile and is the same is taken for it.
 */
export async function createOnce<Thing extends { readonly id: string }>({
  api,
  signal,
  list,
  isSame,
  create,
}: {
  readonly api: VultrApi;
  readonly signal: AbortSignal;
  readonly list: () => Promise<readonly Thing[]>;
  readonly isSame: (thing: Thing) => boolean;
  readonly create: () => Promise<Thing>;
}): Promise<Thing> {
  const before = new Set((await list()).map(({ id }) => id));
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (!isPerhapsDone(error)) throw error;
      await api.clock.sleep(LIST_DELAY_MS, signal);
      const made = (await list()).find((thing) => !before.has(thing.id) && isSame(thing));
      if (made !== undefined) return made;
      if (attempt === TRIES) throw error;
    }
  }
}

/** Whether a request failed in a way that leaves open whether it was carried out, and may be looked into. */
export function isPerhapsDone(error: unknown): error is VultrError {
  return error instanceof VultrError && error.perhapsDone && error.kind !== "cancelled";
}
