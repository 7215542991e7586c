/**
 * Stores the raw text of an event in the cells of a row, unchanged (docs/azure.md, "Size of a
 * row"): up to 30,000 characters compressed with a dictionary in one cell, or as text when it does
 * not become shorter; compressed in several cells above; and in a blob when it exceeds the size of
 * a row (docs/okta.md, "Large events"). Earlier versions stored every text up to 30,000 characters
 * as text.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { ProblemError } from '../errors.ts';
import type { Blobs } from '../storage/blobs.ts';
import type { Cells } from '../storage/table.ts';
import { deflatedText, inflatedText } from './deflated-text.ts';

/** A property holds 32 Ki characters, or 64 KiB; how the service counts at the edge is not documented. */
const MAX_TEXT_CHARACTERS = 30_000;
const CHUNK_BYTES = 60_000;
/** A row holds 1 MiB in total. */
const MAX_COMPRESSED_BYTES = 14 * CHUNK_BYTES;

/** The cell of a text that is compressed with a dictionary. */
const DEFLATED = /^raw[A-Z][A-Za-z]*\d+$/;

export class RawText {
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** Writes the blob, if the text has one. `blobName` is unique to the content: a repeated write changes nothing. */
  async toCells(raw: string, blobName: string): Promise<Cells> {
    const cells = cellsOf(raw, blobName);
    await this.putBlob(raw, cells);
    return cells;
  }

  /** The blob's name, if the text is in a blob. */
  async putBlob(raw: string, { rawBlob }: Cells): Promise<void> {
    if (typeof rawBlob === 'string') await this.#blobs.put(rawBlob, raw);
  }

  /** Called before the row is deleted: a remaining row is found later, a blob without a row is not. */
  async removeBlob({ rawBlob }: Cells): Promise<void> {
    if (typeof rawBlob === 'string') await this.#blobs.remove(rawBlob);
  }

  /** A text of any size. */
  async toBlob(raw: string, blobName: string): Promise<Cells> {
    await this.#blobs.put(blobName, raw);
    return { rawBlob: blobName };
  }

  async fromCells(cells: Cells): Promise<string> {
    const raw = await this.kept(cells);
    if (raw === undefined) throw new Error('the blob of a row is missing');
    return raw;
  }

  /** Undefined when its blob is missing. */
  async kept(cells: Cells): Promise<string | undefined> {
    if (typeof cells.raw === 'string') return cells.raw;
    if (typeof cells.rawBlob === 'string') return await this.#blobs.get(cells.rawBlob);
    if (cells.raw0 instanceof Uint8Array) return fromChunks(cells);
    return fromDeflated(cells);
  }
}

function fromChunks(cells: Cells): string {
  const chunks: Uint8Array[] = [];
  for (let n = 0; ; n++) {
    const chunk = cells[`raw${n}`];
    if (!(chunk instanceof Uint8Array)) break;
    chunks.push(chunk);
  }
  return gunzipSync(Buffer.concat(chunks)).toString('utf8');
}

function fromDeflated(cells: Cells): string {
  for (const [cell, bytes] of Object.entries(cells)) {
    if (!DEFLATED.test(cell) || !(bytes instanceof Uint8Array)) continue;
    const text = inflatedText({ cell, bytes });
    if (text !== undefined) return text;
  }
  throw new ProblemError({
    code: 'InternalError',
    message:
      'The text of an event was stored in a form that this version of the app does not know.',
    remedy: 'Update the app to the version that stored it.',
  });
}

/** The cells of a text, with `rawBlob` when the blob must still be written. */
export function cellsOf(raw: string, blobName: string): Cells {
  if (raw.length <= MAX_TEXT_CHARACTERS) {
    const deflated = deflatedText(raw);
    return deflated ? { [deflated.cell]: deflated.bytes } : { raw };
  }
  const compressed = gzipSync(raw);
  if (compressed.length > MAX_COMPRESSED_BYTES) return { rawBlob: blobName };
  const cells: Cells = {};
  for (let start = 0, n = 0; start < compressed.length; start += CHUNK_BYTES, n++) {
    cells[`raw${n}`] = compressed.subarray(start, start + CHUNK_BYTES);
  }
  return cells;
}
