/** The addresses that an `ip -batch` file puts on `lo`, as in `203.0.113.53/32`. */
export function addressesOf(batch: string): string[] {
  return matches(batch, /^addr(?:ess)? (?:add|replace) (\S+) dev lo\b/gm);
}

/** The tables that an nftables file makes, as in `inet anycast`. */
export function tablesOf(firewall: string): string[] {
  return [...new Set(matches(firewall, /^(?:add )?table (\w+ \w+)/gm))];
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, match = ""]) => match);
}
