/** The repository's text files, and the headings of its documents. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TEXT = /\.(?:ts|js|mjs|json|md|yaml|yml|html|css|bicep|kql)$/;
const FENCED = /^```.*?^```/gms;

export interface TextFile {
  /** Relative to the root, with slashes. */
  path: string;
  text: string;
}

/** Tracked files, and new files that are not ignored. */
export function textFiles(): TextFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => TEXT.test(file) && file !== 'package-lock.json' && exists(file))
    .map((file) => ({ path: file, text: fs.readFileSync(path.join(ROOT, file), 'utf8') }));
}

export const exists = (file: string): boolean => fs.existsSync(path.join(ROOT, file));

export const readText = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** The headings of a Markdown document, without marks. */
export function headingsOf(markdown: string): string[] {
  const lines = markdown.replace(FENCED, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  return [...lines].map(([, title = '']) => title.replaceAll('`', ''));
}

/** The anchor that GitHub derives from a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

/** A text without comment marks and line breaks. */
export const unwrapped = (text: string): string =>
  text.replace(/[ \t]*\r?\n[ \t]*(?:(?:\*(?!\/)|\/\/|#+)[ \t]*)?/g, ' ');
