/** One thing that can be asked whether it works. */
export interface Check {
  /** What is asked, for logs and status, as in `dns/udp 203.0.113.53:53 example.net SOA`. */
  readonly label: string;
  /**
   * Asks once. Gives up early when the signal fires.
   *
   * @throws Error whose message says what was wrong, when the answer was not the wanted one; {@link Silence} when there is nothing to say
   */
  probe(signal: AbortSignal): Promise<void>;
  /** Others are asked what they find: while none answers in time, that says nothing. Default: no answer is a failure. */
  readonly mayBeSilent?: boolean;
  /** Gives back what it keeps from probe to probe. After that it is not asked any more. Default: it keeps nothing. */
  close?(): void;
}

/** A probe that says nothing of what it asks: neither that it works nor that it does not. */
export class Silence extends Error {}

/** What one probe found, and how long it took in milliseconds. */
export type ProbeResult =
  | { readonly ok: true; readonly took: number }
  | {
      readonly ok: false;
      readonly took: number;
      readonly cause: string;
      /** Nobody listens: the kernel refused. Default false. */
      readonly refused?: boolean;
    };

/** An address and port as people write them: `203.0.113.53:53`, `[2001:db8::53]:53`. */
export function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
