import { hash, randomBytes } from 'node:crypto'

/** 256 random bits from the system's CSPRNG, as 43 characters of base64url. */
export function randomId(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 of a text, as 43 characters of base64url. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}
