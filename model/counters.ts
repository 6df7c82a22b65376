/** The name of nftables' counter of an address: packets from outside, whatever becomes of them. Replacing the table sets it to zero. */
export function counterName(address: string): string {
  return `to_${address.replaceAll(/[.:]/g, "_")}`;
}
