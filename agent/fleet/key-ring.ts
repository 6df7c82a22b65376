import { createSecretKey, type KeyObject } from "node:crypto";
import type { PeerKeys } from "../../model/key-change.ts";
import type { Keys } from "./message.ts";

/** Milliseconds that a key which the site no longer has is still accepted: its peers have heard it by another one by then. */
const GRACE = 5000;

/**
 * Milliseconds that the former keys still sign too and are accepted, when the site has none of them any more: whoever changed the keys did not
 * know them, as after a lost state, and the other sites still have them. Longer than it takes to change all sites, wave by wave.
 */
const ABRUPT_GRACE = 30 * 60_000;

/** The keys of this site's messages, and for a while those that it had before. */
export class KeyRing {
  private own: Keys | undefined;
  private former: { readonly keys: readonly KeyObject[]; readonly sign: boolean; readonly until: number } = {
    keys: [],
    sign: false,
    until: 0,
  };

  /** @param now by the own clock, as everywhere here */
  change(keys: PeerKeys | undefined, now: number): void {
    const next = keys && keysOf(keys);
    const own = this.own ?? [];
    const gone = own.filter((key) => next?.some((other) => other.equals(key)) !== true);
    const sign = next !== undefined && gone.length === own.length;
    if (gone.length > 0) this.former = { keys: gone, sign, until: now + (sign ? ABRUPT_GRACE : GRACE) };
    this.own = next;
  }

  /** Those that sign, the newest first; undefined when there are none. */
  signing(now: number): Keys | undefined {
    return this.own && [...this.own, ...(this.former.sign ? this.formerKeys(now) : [])];
  }

  /** Those by which a message may be signed. */
  accepted(now: number): readonly KeyObject[] {
    return [...(this.own ?? []), ...this.formerKeys(now)];
  }

  private formerKeys(now: number): readonly KeyObject[] {
    return now < this.former.until ? this.former.keys : [];
  }
}

const keyOf = (text: string): KeyObject => createSecretKey(text, "base64");

function keysOf({ key, next }: PeerKeys): Keys {
  return [keyOf(key), ...(next === undefined ? [] : [keyOf(next)])];
}
