import { expect, test } from "vitest";
import { remoteError } from "./remote-error.ts";

const where = { site: "fra", address: "192.0.2.7", work: "apply" };

test.each([
  [
    "another host key",
    "ssh: handshake failed: ssh: host key mismatch",
    /^Site 'fra' \(192\.0\.2\.7\): apply failed: ssh: handshake failed: ssh: host key mismatch\. The host has another host key than the pinned one/,
  ],
  [
    "no key that it accepts",
    "after 5 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
    /accepts none of the keys offered\. Check anycast:sshPrivateKey/,
  ],
  [
    "no host",
    "after 5 failed attempts: dial tcp 192.0.2.7:22: i/o timeout",
    /: after 5 failed attempts: dial tcp .*timeout\. SSH does not reach the host/,
  ],
  [
    "a connection that broke",
    'wait: remote command exited without exit status or exit signal: running "sudo -n sh /x/job":\n',
    /The connection was lost\. .*Run 'pulumi up' again\.$/s,
  ],
  [
    "what the agent complains of, without the command and without its name twice",
    'Process exited with status 1: running "sudo -n sh -c \\"x\\"":\nanycast-agent: fra: Knot refuses the zone: line 3\n',
    /^Site 'fra' \(192\.0\.2\.7\): apply failed: Knot refuses the zone: line 3$/,
  ],
  [
    "several lines",
    "Process exited with status 1: running \"sh -s\":\nsite fra (Vultr): cloud-init ended in state 'error'\nlog\n",
    /^Site 'fra' \(192\.0\.2\.7\): apply failed: site fra \(Vultr\): .*\nlog$/,
  ],
  [
    "nothing said",
    'Process exited with status 143 from signal TERM: running "sh -s":\n',
    /apply failed: Process exited with status 143 from signal TERM: running "sh -s":$/,
  ],
])("%s: site and address in front, and what to do where that is known", (_name, failure, expected) => {
  expect(remoteError(where, failure)).toMatch(expected);
});

test("a complaint of the host is not taken for one of SSH", () => {
  const failure = 'Process exited with status 1: running "sh -s":\ninstall: apt-get update: connection reset';
  expect(remoteError(where, failure)).toMatch(/: connection reset$/);
});

test("an address that is not known yet is left out", () => {
  expect(remoteError({ ...where, address: undefined }, "x")).toBe("Site 'fra': apply failed: x");
});
