/**
 * Provides Microsoft's design tokens as custom CSS properties: only the tokens that the page's style
 * sheets use, each for light and dark.
 */
import fs from 'node:fs';
import path from 'node:path';
import { webDarkTheme, webLightTheme } from '@fluentui/tokens';

const USED = /var\(--([a-z]+[A-Z]\w*|shadow\d+)\)/g;

/** An esbuild plugin that provides the style sheet `fluent-tokens`. */
export const fluentTokens = (folder) => ({
  name: 'fluent-tokens',
  setup(build) {
    build.onResolve({ filter: /^fluent-tokens$/ }, () => ({
      path: 'fluent-tokens',
      namespace: 'fluent',
    }));
    build.onLoad({ filter: /.*/, namespace: 'fluent' }, () => ({
      contents: styleSheet(folder),
      loader: 'css',
    }));
  },
});

function styleSheet(folder) {
  const sheets = fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.css'));
  const text = sheets.map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
  const names = [...new Set([...text.matchAll(USED)].map(([, name]) => name))].toSorted();
  return `:root{${names.map(declaration).join('')}}`;
}

function declaration(name) {
  const [light, dark] = [webLightTheme[name], webDarkTheme[name]];
  if (light === undefined) throw new Error(`Fluent has no token ${name}.`);
  return `--${name}:${light === dark || name.startsWith('shadow') ? light : `light-dark(${light},${dark})`};`;
}
