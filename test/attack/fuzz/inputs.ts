import fc from 'fast-check'

/** Texts that parsers, tables, headers and regular expressions stumble over. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '\0',
    '\r\nSet-Cookie: x=y',
    '%',
    '%zz',
    '%00',
    '%0d%0aX: y',
    '%ff%fe',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'null',
    'undefined',
    '-1',
    '1e999',
    '[]',
    '{"$gt":""}',
    'a=b&c=d',
    '"',
    ';,=',
    '.again',
    '\u00fc\u20ac',
    '\ud800',
  ),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.integer({ min: 1, max: 9000 }).map(length => 'a'.repeat(length)),
)

/** A text that was right, and is so no more: cut, doubled, with something in its middle. */
export const mutation: fc.Arbitrary<(right: string) => string> = fc.oneof(
  fc.constant((right: string) => right),
  fc.double({ min: 0, max: 1, noNaN: true }).map(at => (right: string) => right.slice(0, at * right.length)),
  fc.constant((right: string) => right + right),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), hostileText).map(([at, text]) => (right: string) => {
    const place = Math.floor(at * right.length)
    return right.slice(0, place) + text + right.slice(place + 1)
  }),
)

/** Any value of JSON, the ones that are easily taken for another more often. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1e308, [], {}, [null], { toString: 1 }, { length: 1 }),
  hostileText,
  fc.jsonValue({ maxDepth: 2 }),
)
