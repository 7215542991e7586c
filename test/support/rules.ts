/** Rules of what goes wrong between a host and a service, each for one connector. */
import { effectOf } from './effects.ts';
import type { SeenRequest, ServiceProxy, Verdict } from './proxy.ts';

export interface Rule {
  /** The connector. */
  id: string;
  /** What the request changes, as `effectOf` names it; or which request of the vault it is. */
  effect: RegExp;
  when: 'before' | 'after';
  verdict: Verdict;
  /** How often it applies at most. */
  times: number;
  /** Applies to each second request only: what is tried again works. */
  alternating?: boolean;
}

/** What goes wrong now. It may be changed at any time. */
export class Rules {
  readonly #rules: (Rule & { seen: number; struck: number })[] = [];

  /** From now on, until it is mended or has struck so many times. */
  spoil(rule: Rule): void {
    this.#rules.push({ ...rule, seen: 0, struck: 0 });
  }

  /** Nothing goes wrong any more for this connector, or for anybody. */
  mend(id?: string): void {
    for (const rule of this.#rules) if (id === undefined || rule.id === id) rule.times = 0;
  }

  hasStruck(id: string): boolean {
    return this.#rules.some((rule) => rule.id === id && rule.struck > 0);
  }

  /** Lets the proxies go by these rules. */
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
