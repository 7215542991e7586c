/**
 * Texts compressed by DEFLATE (RFC 1951) with a dictionary: names and words that nearly every event
 * repeats. The name of the cell is the version of the dictionary, so that a stored text is
 * readable for ever (docs/adr/0009-events-compressed-with-a-dictionary.md).
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { OKTA_1 } from './dictionaries/okta-1.ts';

/** The dictionaries, by the names of their cells. A dictionary is never changed or removed. */
const DICTIONARIES: Record<string, string> = { rawOkta1: OKTA_1 };
const CURRENT = 'rawOkta1';

const bytes = new Map<string, Buffer>();

/** Undefined for an unknown dictionary. */
function dictionaryOf(cell: string): Buffer | undefined {
  const known = bytes.get(cell);
  if (known) return known;
  const text = Object.hasOwn(DICTIONARIES, cell) ? DICTIONARIES[cell] : undefined;
  if (text === undefined) return undefined;
  const made = Buffer.from(text, 'latin1');
  bytes.set(cell, made);
  return made;
}

/** Most events fit; a buffer stays in memory until its row is written. */
const CHUNK_BYTES = 1024;
/** Higher levels take more CPU time than they save bytes. */
const LEVEL = 5;

export interface DeflatedText {
  cell: string;
  bytes: Uint8Array;
}

/**
 * Undefined when the text does not become shorter, and for a text that UTF-8 cannot hold: half of a
 * surrogate pair.
 */
export function deflatedText(text: string): DeflatedText | undefined {
  if (!text.isWellFormed()) return undefined;
  const dictionary = dictionaryOf(CURRENT) as Buffer;
  const options = { dictionary, level: LEVEL, chunkSize: CHUNK_BYTES };
  const deflated = deflateRawSync(text, options);
  return deflated.length < text.length ? { cell: CURRENT, bytes: deflated } : undefined;
}

/** Undefined when the text was compressed with a dictionary of a later version. */
export function inflatedText({ cell, bytes }: DeflatedText): string | undefined {
  const dictionary = dictionaryOf(cell);
  return dictionary && inflateRawSync(bytes, { dictionary }).toString('utf8');
}
