/** What BIRD's grammar took on after 2.0.12 and the rendered configuration makes use of. */
export interface BirdDialect {
  /** `authentication md5;`: without it 2.17 and later warn that they assume MD5. */
  readonly authentication: boolean;
  /** `send hold time` (RFC 9687). */
  readonly sendHoldTime: boolean;
}

/**
 * The dialect of a BIRD version, as in `2.0.12` or `3.1.8`.
 *
 * @throws Error when the text is no version, or one older than 2.0
 */
export function birdDialect(version: string): BirdDialect {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major ?? 0) < 2)
    throw new Error(`BIRD ${version} is not supported: install 2.0 or later, as Debian's bird2`);
  const modern = Number(major) > 2 || Number(minor) >= 17;
  return { authentication: modern, sendHoldTime: modern };
}
