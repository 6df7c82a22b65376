import { hostname, userInfo } from "node:os";

/** Who runs this, as others find it at the site. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}
