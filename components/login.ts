import type * as pulumi from "@pulumi/pulumi";
import { keyIn, type SshKeys } from "../model/ssh-keys.ts";
import { publicHalf } from "./authorized-keys.ts";
import { outputError } from "./output-error.ts";
import { agentKeys } from "./ssh-agent.ts";

/** By what a run logs in to hosts, and whether it could and can again: a run that would lock itself out is refused. */
export class Login {
  private readonly privateKey: pulumi.Output<string> | undefined;
  private readonly given: Promise<ReadonlyMap<string, SshKeys>>;
  private agent: Promise<readonly string[] | undefined> | undefined;
  /** One for all sites: the engine shows an error once. */
  private refused: pulumi.RunError | undefined;

  /**
   * @param privateKey the stack's own; undefined to use the SSH agent
   * @param given the keys that each host got before this run, by the name of the resource that gave them
   */
  constructor(privateKey: pulumi.Output<string> | undefined, given: Promise<ReadonlyMap<string, SshKeys>>) {
    this.privateKey = privateKey;
    this.given = given;
  }

  /** The private key for a host, secret, once it is {@link known} there; undefined to use the SSH agent. */
  keyFor(site: string, sshKeys: string): pulumi.Output<string> | undefined {
    return this.privateKey?.apply((key) => this.known(site, sshKeys, key));
  }

  /**
   * Returns the stack's private key.
   *
   * @param sshKeys the name of the resource that gives the host its keys
   * @throws RunError when the host lets in nobody but the keys that it got, and this is none of them
   */
  async known(site: string, sshKeys: string, key: string): Promise<string> {
    const before = (await this.given).get(sshKeys);
    if (before?.only !== true || lets(before.keys, [keyIn(publicHalf(key)) ?? ""])) return key;
    throw this.refusal(
      `This run could not log in to the host of site '${site}': it does not let in the key of anycast:sshPrivateKey. ` +
        "Let it in first, with the key before: name its public half in management.sshKeys and run pulumi up (docs/keys.md)",
    );
  }

  /**
   * Returns the keys that a host gets.
   *
   * @throws RunError when the SSH agent, by which the run logs in, could not do so again
   */
  async checked(site: string, sshKeys: string, next: SshKeys): Promise<SshKeys> {
    if (this.privateKey !== undefined) return next;
    const own = await (this.agent ??= agentKeys());
    if (own === undefined || lets(next.keys, own)) return next;
    const before = (await this.given).get(sshKeys);
    if (!next.only && !lets(before?.keys ?? [], own)) return next;
    throw this.refusal(
      `After this run the host of site '${site}' would let in no key of your SSH agent, by which the run logs in. ` +
        "Name the public half of one of them (ssh-add -L) in management.sshKeys",
    );
  }

  private refusal(message: string): pulumi.RunError {
    return (this.refused ??= outputError(message));
  }
}

function lets(lines: readonly string[], keys: readonly string[]): boolean {
  return lines.some((line) => keys.includes(keyIn(line) ?? ""));
}
