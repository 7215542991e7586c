/** The version of the app (package.json). */
export const VERSION = '0.1.0';
