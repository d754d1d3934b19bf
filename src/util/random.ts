import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits from the system's CSPRNG, as 43 characters of base64url. */
export function randomId(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 of a text, as 43 characters of base64url. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
