import { z } from "zod";

/** The Debian packages that a host of ours needs. No version of them changes by itself: they are held, and an apply installs another one. */
export const PACKAGES = ["bird2", "iproute2", "knot", "nftables", "nodejs"] as const;

/** The name of a Debian package that a host of ours needs. */
export type PackageName = (typeof PACKAGES)[number];

/** A version of a Debian package, whole (deb-version(7)). */
export const packageVersion = z
  .string()
  .regex(
    /^(\d+:)?\d[A-Za-z0-9.+~-]*$/,
    "must be a whole Debian version, as 'apt-cache policy bird2' shows it: 2.0.12-7",
  );

/** Upstream's version in one of Debian's, as in 2.0.12 of `2.0.12-7`. */
export function upstreamVersion(version: string): string {
  return version.replace(/^\d+:/, "").replace(/[-+].*/, "");
}
