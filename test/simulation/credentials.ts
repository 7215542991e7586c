/**
 * The tokens of an org: a caller creates a token, gives it to the connector, and revokes the old
 * tokens once no other change can restore them.
 */
import type { Cloud } from './cloud.ts';
import type { Process } from './scheduler.ts';

export class Credentials {
  readonly #cloud: Cloud;
  #current: string;
  readonly #underWay = new Set<Process>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#current = cloud.okta.newToken();
  }

  async using(
    process: Process,
    fresh: boolean,
    use: (token: string) => Promise<boolean>,
  ): Promise<void> {
    const token = this.next(fresh);
    const runner = Object.create(process) as Process;
    this.#underWay.add(runner);
    const used = await use(token).catch(() => false);
    this.#underWay.delete(runner);
    if (used) this.refuseOld();
  }

  next(fresh: boolean): string {
    return fresh ? this.#cloud.okta.newToken() : this.#current;
  }

  /** Revokes every token except the token in use, unless another token may still come into use. */
  refuseOld(): void {
    const { tables, vault, okta, tally, lateChanges } = this.#cloud;
    if (lateChanges > 0) return;
    for (const { alive } of this.#underWay) if (alive) return;
    for (const { cells } of tables.deliveries.everything())
      if (cells.secretName !== undefined && cells.state !== 'done') return;
    const inUse: string[] = [];
    for (const { cells } of tables.connectors.everything()) {
      if (cells.state === 'registering') return;
      if (cells.state !== 'active') continue;
      const token = vault.valueOf(String(cells.secretName), String(cells.secretVersion));
      if (token) inUse.push(token);
    }
    const [current] = inUse;
    if (current === undefined || okta.org.options.tokens.length === inUse.length) return;
    this.#current = current;
    okta.keepTokens(inUse);
    tally.count('old token refused');
  }
}
