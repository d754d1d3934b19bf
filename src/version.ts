/** The package's version, as in package.json (a test compares them); a bundler can not read that file. */
export const version = '0.1.0'
