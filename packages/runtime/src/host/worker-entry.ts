/**
 * The only file that is loaded by its path: what Piscina runs on a worker thread. Imports the host's main
 * code, which is a parameter, and runs it until it ends. Owns nothing; must stay this small, because a
 * failure in here has nobody to report to.
 */
import { HostContext, type RunHost } from './host-context.ts';
import type { HostTask } from './host-messages.ts';

/**
 * Runs one host. Resolves when the pool asked it to end and it did. A host that ends in any other way takes
 * its thread with it: its timers and waits must not go on beside its successor.
 */
export default async function runWorker(task: HostTask): Promise<void> {
  const context = new HostContext(task);
  try {
    await context.went;
    const main = (await import(task.main)) as { readonly runHost?: RunHost };
    if (typeof main.runHost !== 'function') throw new TypeError(`${task.main} exports no function runHost`);
    await main.runHost(context);
  } catch (error) {
    context.fail(error);
    process.exit(1);
  }
  if (!context.stopAsked) process.exit(0);
  context.close();
}
