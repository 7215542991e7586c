/**
 * Routing like the real host (docs/azure.md, "Order of routes"): functions are sorted by name and the
 * first match wins; case and a trailing slash are ignored; `%2F` stays encoded in parameters. The only
 * supported constraint is `maxlength` (docs/azure.md, "The root of the app").
 */
import type { RegisteredFunction } from './base/functions.ts';

export interface Route {
  function: RegisteredFunction;
  params: Record<string, string>;
}

interface Pattern {
  function: RegisteredFunction;
  methods: string[];
  matcher: RegExp;
}

export function compileRoutes(functions: RegisteredFunction[], prefix: string): Pattern[] {
  return functions.map((one) => ({
    function: one,
    methods: (one.trigger.methods ?? ['GET', 'POST']).map((method) => method.toUpperCase()),
    matcher: compile([prefix, one.trigger.route ?? one.name].filter((part) => part).join('/')),
  }));
}

const PARAMETER = /^\{(\*?)(\w+)(?::maxlength\((\d+)\))?(\?)?\}$/;

function compile(route: string): RegExp {
  const segments = route.split('/').map((segment) => {
    const [, rest, name, longest, optional] = PARAMETER.exec(segment) ?? [];
    if (name === undefined) return `/${RegExp.escape(segment)}`;
    if (rest) return `(?:/(?<${name}>.*))?`;
    const parameter = `/(?<${name}>[^/]${longest === undefined ? '+' : `{0,${longest}}`})`;
    return optional ? `(?:${parameter})?` : parameter;
  });
  return new RegExp(`^${segments.join('')}/?$`, 'i');
}

export function findRoute(patterns: Pattern[], method: string, path: string): Route | undefined {
  for (const { function: found, methods, matcher } of patterns) {
    const match = methods.includes(method) && matcher.exec(path);
    if (!match) continue;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(match.groups ?? {}))
      if (value !== undefined) params[name] = decodeButSlashes(value);
    return { function: found, params };
  }
  return undefined;
}

function decodeButSlashes(text: string): string {
  return text
    .split(/(%2F)/i)
    .map((part) => {
      try {
        return /^%2F$/i.test(part) ? part : decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join('');
}
