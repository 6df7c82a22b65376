/** The tag of every server that this project makes. */
export const OWN_TAG = "pulumi-anycast";

/** What a server's tags say about where it belongs. */
export interface Belonging {
  /** Pulumi project and stack, as in `anycast.prod`; undefined when no tag says so. */
  readonly stack: string | undefined;
  /** The name of its resource, as in `anycast-ams-host`; undefined when no tag says so. */
  readonly resource: string | undefined;
}

/**
 * The tags of a server, beside those by which the plugin marks it. They name the stack, as an account may have the servers of several;
 * letters, digits, dots and hyphens alone, like the names themselves.
 */
export function serverTags(project: string, stack: string, resource: string): string[] {
  return [OWN_TAG, `stack.${stackId(project, stack)}`, `resource.${resource}`];
}

/** Names a stack in tags and descriptions, as in `anycast.prod`. */
export function stackId(project: string, stack: string): string {
  return `${project}.${stack}`;
}

/**
 * Whether something belongs to a stack.
 *
 * @param stack as {@link stackId} names it
 * @param marks the tags of a server, or the name of what servers share
 */
export function belongsTo(stack: string, marks: readonly string[]): boolean {
  return marks.some((mark) => mark === `stack.${stack}` || mark.startsWith(`${OWN_TAG} ${stack} `));
}

/** Reads what {@link serverTags} wrote. */
export function belongingOf(tags: readonly string[]): Belonging {
  const after = (prefix: string): string | undefined =>
    tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
  return { stack: after("stack."), resource: after("resource.") };
}

/**
 * Names what the servers of a network share, on the account's pages: an account may have several networks, of stacks with the same resources.
 *
 * @param network the name of its resource
 */
export function sharedName(project: string, stack: string, network: string): string {
  return `${OWN_TAG} ${stackId(project, stack)} ${network}`;
}

/** The name of the key of a network at an index of its keys. */
export function keyName(shared: string, index: number): string {
  return `${shared} ${index}`;
}
