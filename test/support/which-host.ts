/** The host that the tests run on: the development host, or Core Tools (`npm run test:core-tools`). */

export const onCoreTools = process.env.TEST_HOST === 'core-tools';
