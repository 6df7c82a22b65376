/** Where a message came from, and an answer gets. */
export interface Sender {
  readonly address: string;
  readonly port: number;
}

/** What carries messages between sites. Nothing is known of whether they arrive. */
export interface Transport {
  send(message: Buffer, address: string, port: number): void;
  close(): void;
}

/** Listens on own addresses, and sends from them. Never fails: what cannot be had now is tried again. */
export type OpenTransport = (
  addresses: readonly string[],
  port: number,
  receive: (message: Buffer, from: Sender) => void,
) => Transport;
