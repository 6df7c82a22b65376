import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";

/**
 * Node has no raw sockets. Debian always has Perl (`perl-base` is essential), so one small child holds them for all checks together:
 * it sends what it reads and tells what it receives, one message a line, in hexadecimal digits. It knows nothing of echoes, ends with
 * its standard input, and lets the kernel drop what is neither an echo reply nor an ICMP error.
 *
 * In: `ADDRESS HEX`. Out: `SENDER HEX`, the ICMP message alone; or `ADDRESS !REASON` when one could not be sent.
 */
const PERL = String.raw`
use strict; use warnings; use Socket qw(:DEFAULT AF_INET6 inet_ntop inet_pton pack_sockaddr_in6 unpack_sockaddr_in6);
$| = 1;
my (%sockets, %failed);
for my $is ([4, AF_INET, 1], [6, AF_INET6, 58]) {
  my ($family, $domain, $protocol) = @$is;
  if (!socket(my $socket, $domain, SOCK_RAW, $protocol)) { $failed{$family} = "$!"; }
  else {
    $sockets{$family} = $socket;
    if ($family == 4) { setsockopt($socket, 255, 1, pack("L", 0xffffffff & ~(1 | 1 << 3 | 1 << 11))); }
    else { setsockopt($socket, 58, 1, pack("L8", 0xffffffff & ~(1 << 1 | 1 << 3), (0xffffffff) x 3, 0xffffffff & ~(1 << 1), (0xffffffff) x 3)); }
  }
}
my $input = "";
while (1) {
  my $ready = ""; vec($ready, fileno($_), 1) = 1 for (*STDIN, values %sockets);
  next if select($ready, undef, undef, undef) < 1;
  for my $family (keys %sockets) {
    next unless vec($ready, fileno($sockets{$family}), 1);
    my $from = recv($sockets{$family}, my $message, 2048, MSG_DONTWAIT);
    next unless defined $from;
    $message = substr($message, 4 * (15 & ord $message)) if $family == 4;
    my $sender = $family == 4 ? inet_ntoa((unpack_sockaddr_in($from))[1]) : inet_ntop(AF_INET6, (unpack_sockaddr_in6($from))[1]);
    print "$sender ", unpack("H*", $message), "\n";
  }
  next unless vec($ready, fileno(STDIN), 1);
  sysread(STDIN, $input, 65536, length $input) or exit;
  while ($input =~ s/^(\S+) (\S+)\n//) {
    my ($address, $message) = ($1, pack("H*", $2));
    my $family = $address =~ /:/ ? 6 : 4;
    if (!$sockets{$family}) { print "$address !$failed{$family}\n"; next; }
    my $to = $family == 4 ? pack_sockaddr_in(0, inet_aton($address)) : pack_sockaddr_in6(0, inet_pton(AF_INET6, $address));
    defined send($sockets{$family}, $message, 0, $to) or print "$address !$!\n";
  }
}
`;

/** What comes in: an ICMP message and who sent it, or why one could not be sent to an address. */
export type IcmpEvent =
  { readonly sender: string; readonly message: Buffer } | { readonly address: string; readonly problem: string };

/** A raw ICMP socket, for both families. Starts its child when something is sent, and again after it died. */
export class IcmpSocket {
  private readonly onEvent: (event: IcmpEvent) => void;
  private readonly onEnd: (problem: string) => void;
  private child: ChildProcess | undefined;

  /** @param onEnd the child ended: what was sent gets no answer */
  constructor(onEvent: (event: IcmpEvent) => void, onEnd: (problem: string) => void) {
    this.onEvent = onEvent;
    this.onEnd = onEnd;
  }

  /** Sends a whole ICMP message to a valid address. For IPv4 its checksum must be right; for IPv6 the kernel sets it. */
  send(address: string, message: Buffer): void {
    this.child ??= this.start();
    this.child.stdin?.write(`${address} ${message.toString("hex")}\n`);
  }

  private start(): ChildProcess {
    const child = spawn("perl", ["-e", PERL], { stdio: ["pipe", "pipe", "pipe"] });
    let complaint = "";
    const ended = (problem: string): void => {
      if (this.child !== child) return;
      this.child = undefined;
      this.onEnd(problem);
    };
    child.on("error", (error) => ended(error.message));
    child.on("close", () => ended(complaint.split("\n")[0] || "perl ended"));
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(0, 200)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = parse(line);
      if (event !== undefined) this.onEvent(event);
    });
    // It must not keep the process alive that it works for.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
    return child;
  }
}

function parse(line: string): IcmpEvent | undefined {
  const space = line.indexOf(" ");
  const address = line.slice(0, space);
  const rest = line.slice(space + 1);
  if (space < 0) return undefined;
  if (rest.startsWith("!")) return { address, problem: rest.slice(1) };
  return { sender: address, message: Buffer.from(rest, "hex") };
}
