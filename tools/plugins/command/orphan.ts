import type { CommandProvider } from "./provider.ts";

/** How long (ms) the official plugin may take to notice that its engine was killed: Pulumi's Go SDK asks the engine every 5 min. */
const HEALTH_CHECK_MS = 5 * 60_000;

/**
 * Lives on as the official plugin does when `pulumi` is killed by force: calls that are not on a host yet are given up at once, as their
 * caller is gone; what runs on a host goes on; the process ends within five minutes, or when the last of it has ended.
 */
export function surviveParent(provider: CommandProvider): void {
  const parent = process.ppid;
  const orphaned = (): boolean => process.ppid !== parent;
  const watching = setInterval(() => {
    if (!orphaned()) return;
    clearInterval(watching);
    void provider.cancel();
  }, 1000);
  const health = setInterval(() => {
    if (!orphaned()) return;
    clearInterval(health);
    void provider.idle().then(() => process.exit(1));
  }, HEALTH_CHECK_MS);
  watching.unref();
  health.unref();
}
