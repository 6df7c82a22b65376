/**
 * The files of a site, as pure functions of the configuration and the host: no Pulumi, no I/O.
 *
 * @module render
 */
export { renderBird } from "./bird.ts";
export { FIRST_USER } from "./cloud-init.ts";
export { renderFirewall } from "./firewall.ts";
export { renderKnot } from "./knot.ts";
export { renderManifest, type SiteRendering } from "./manifest.ts";
export { renderSecrets } from "./secrets.ts";
