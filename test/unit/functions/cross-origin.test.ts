import { describe, expect, it } from 'vitest';
import { crossOriginProblem } from '../../../functions/http/cross-origin.ts';

const PUBLIC = 'https://okta.contoso.com';
const OWN = 'https://contoso-okta.azurewebsites.net';

const outcome = (headers: Record<string, string>, method = 'POST') => {
  const url = new URL(`${OWN}/api/connectors/contoso/disable`);
  return crossOriginProblem({ method, url, headers: new Headers(headers) }, PUBLIC)?.code ?? 'ok';
};

describe('a change', () => {
  it.each<[string, Record<string, string>, string]>([
    ['from a program', {}, 'ok'],
    ['from our own page', { 'sec-fetch-site': 'same-origin', origin: OWN }, 'ok'],
    ['typed by a person', { 'sec-fetch-site': 'none' }, 'ok'],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 'CrossOriginRefused'],
    ['from a sister site', { 'sec-fetch-site': 'same-site' }, 'CrossOriginRefused'],
    [
      'from another site that names our origin',
      { 'sec-fetch-site': 'cross-site', origin: OWN },
      'CrossOriginRefused',
    ],
    [
      'from a place that no browser names',
      { 'sec-fetch-site': 'same-origin, cross-site' },
      'CrossOriginRefused',
    ],
    ['from our own page, over http', { origin: OWN.replace('https', 'http') }, 'ok'],
    ['from our public address', { origin: PUBLIC }, 'ok'],
    ['from another origin', { origin: 'https://evil.example' }, 'CrossOriginRefused'],
    ['from another port', { origin: `${OWN}:8443` }, 'CrossOriginRefused'],
    ['from a name that starts like ours', { origin: `${OWN}.evil.example` }, 'CrossOriginRefused'],
    ['from a page without an origin', { origin: 'null' }, 'CrossOriginRefused'],
    ['from an invalid origin', { origin: 'evil' }, 'CrossOriginRefused'],
  ])('%s', (_, headers, expected) => expect(outcome(headers)).toBe(expected));

  it.each(['PUT', 'PATCH', 'DELETE'])('by %s is refused in the same way', (method) =>
    expect(outcome({ 'sec-fetch-site': 'cross-site' }, method)).toBe('CrossOriginRefused'),
  );
});

it.each(['GET', 'HEAD', 'OPTIONS'])(
  '%s changes nothing and is accepted from any origin',
  (method) => expect(outcome({ 'sec-fetch-site': 'cross-site' }, method)).toBe('ok'),
);
