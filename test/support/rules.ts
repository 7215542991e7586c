/** Rules for faults between a host and a service, each for one connector. */
import { effectOf } from './effects.ts';
import type { SeenRequest, ServiceProxy, Verdict } from './proxy.ts';

export interface Rule {
  /** The connector. */
  id: string;
  /** The change of the request, as `effectOf` names it; or the kind of a vault request. */
  effect: RegExp;
  when: 'before' | 'after';
  verdict: Verdict;
  /** The maximum number of faults. */
  times: number;
  /** Applies to every second request only: a retry succeeds. */
  alternating?: boolean;
}

/** The present rules, which can be changed at any time. */
export class Rules {
  readonly #rules: (Rule & { seen: number; struck: number })[] = [];

  /** Adds a rule until it is removed or has reached its maximum. */
  spoil(rule: Rule): void {
    this.#rules.push({ ...rule, seen: 0, struck: 0 });
  }

  /** Removes the rules of this connector, or all rules. */
  mend(id?: string): void {
    for (const rule of this.#rules) if (id === undefined || rule.id === id) rule.times = 0;
  }

  hasStruck(id: string): boolean {
    return this.#rules.some((rule) => rule.id === id && rule.struck > 0);
  }

  /** Applies these rules in the proxies. */
  govern(...proxies: ServiceProxy[]): void {
    for (const proxy of proxies)
      proxy.watcher = {
        before: (seen) => this.#judge('before', seen),
        after: (seen) => this.#judge('after', seen),
      };
  }

  #judge(when: Rule['when'], request: SeenRequest): Verdict {
    for (const rule of this.#rules) {
      if (rule.when !== when || rule.struck >= rule.times || !isAbout(request, rule)) continue;
      rule.seen++;
      if (rule.alternating && rule.seen % 2 === 1) continue;
      rule.struck++;
      return rule.verdict;
    }
    return 'pass';
  }
}

function isAbout(seen: SeenRequest, { id, effect }: Rule): boolean {
  const read = seen.method === 'GET' && seen.path.startsWith('/secrets/');
  if (read) return seen.path.startsWith(`/secrets/okta-${id}-`) && effect.test('vault GET secret');
  return effect.test(effectOf(seen, id) ?? '');
}
