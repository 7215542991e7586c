/** The table of docs/errors.md, from the build: code, what happened, what to do. */
declare module 'error-catalogue' {
  export const CATALOGUE: readonly (readonly [string, string, string])[];
}

/** Style sheets are bundled by the build. */
declare module '*.css';
