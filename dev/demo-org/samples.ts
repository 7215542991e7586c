/**
 * Sample pages of public projects, read in place if present. An independent, simple reader takes
 * the text of each event from its file unchanged, including white space.
 */
import fs from 'node:fs';
import path from 'node:path';

const PAGES = [
  'rapid7/get_logs.json.resp',
  'rapid7/get_logs_next_page.json.resp',
  'rapid7/get_logs_single_event.json.resp',
  'demisto/get_logs_response.json',
  'bindplane/oktaResponseBasic.json',
];
const WRAPPED = [
  'panther-analysis/okta_rule_test_events.json',
  'okta-openapi-logevent-examples.json',
];

export interface SampleEvent {
  text: string;
  publishedMs: number | undefined;
}

/** The events of all sample files in this folder. */
export function readSamples(dir: string): SampleEvent[] {
  const read = (file: string) => fs.readFileSync(path.join(dir, file), 'utf8');
  const pages = PAGES.flatMap((file) => elementsOf(read(file)));
  const wrapped = WRAPPED.flatMap((file) => elementsOf(read(file))).map(eventOf);
  return [...pages, ...wrapped].map((text) => {
    const publishedMs = Date.parse(JSON.parse(text).published);
    return { text, publishedMs: Number.isNaN(publishedMs) ? undefined : publishedMs };
  });
}

/** The texts of an array's elements: each is extended by characters until it is valid JSON. */
export function elementsOf(array: string): string[] {
  const elements: string[] = [];
  let rest = array.trim().slice(1, -1).trim();
  while (rest !== '') {
    const text = shortestValue(rest);
    elements.push(text);
    rest = rest.slice(text.length).replace(/^\s*,?\s*/, '');
  }
  return elements;
}

/** The text of the event in `{"_source":…,"event":{…}}`. */
function eventOf(wrapper: string): string {
  const at = wrapper.indexOf('"event"');
  return shortestValue(wrapper.slice(wrapper.indexOf('{', at)));
}

function shortestValue(text: string): string {
  for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}', end + 1)) {
    const candidate = text.slice(0, end + 1);
    try {
      JSON.parse(candidate);
      return candidate;
    } catch {}
  }
  throw new Error('not a JSON object');
}
