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
  /** How often it still applies. */
  times: number;
  /** Applies to each second request only: what is tried again works. */
  alternating?: boolean;
}

/** Lets the proxies go by these rules; rules may be added and removed at any time. */
export function goBy(rules: Rule[], ...proxies: ServiceProxy[]): void {
  const seenBy = new Map<Rule, number>();
  const judge = (when: Rule['when']) => (seen: SeenRequest) => {
    for (const rule of rules) {
      if (rule.when !== when || rule.times <= 0 || !isAbout(seen, rule)) continue;
      const count = (seenBy.get(rule) ?? 0) + 1;
      seenBy.set(rule, count);
      if (rule.alternating && count % 2 === 1) continue;
      rule.times--;
      return rule.verdict;
    }
    return 'pass';
  };
  for (const proxy of proxies) proxy.watcher = { before: judge('before'), after: judge('after') };
}

function isAbout(seen: SeenRequest, { id, effect }: Rule): boolean {
  const read = seen.method === 'GET' && seen.path.startsWith('/secrets/');
  if (read) return seen.path.startsWith(`/secrets/okta-${id}-`) && effect.test('vault GET secret');
  return effect.test(effectOf(seen, id) ?? '');
}
