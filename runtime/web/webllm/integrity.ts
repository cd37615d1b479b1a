// SPDX-License-Identifier: Apache-2.0
// Subresource integrity, as WebLLM's records have it. Bundles name the sha256 of each of their files,
// and the engine compares all of them, always; an SRI of model.json makes the whole certain.
import { ArgumentError, IntegrityError } from '../errors.ts';

export type SRIString = `sha${256 | 384 | 512}-${string}`;

const pattern = /^sha(256|384|512)-([A-Za-z0-9+/]+={0,2})$/;
const digestBytes: Record<string, number> = { 256: 32, 384: 48, 512: 64 };

export function isValidSRI(text: string): text is SRIString {
  const [, bits, digest] = text.match(pattern) ?? [];
  return bits !== undefined && digest.length === 4 * Math.ceil(digestBytes[bits] / 3);
}

/** False, or an IntegrityError, where the bytes are not those that the SRI was made of. */
export async function verifyIntegrity(
  bytes: ArrayBuffer | Uint8Array<ArrayBuffer>,
  sri: string,
  address: string,
  onFailure: 'error' | 'warn' = 'error',
): Promise<boolean> {
  if (!isValidSRI(sri)) throw new ArgumentError(`${JSON.stringify(sri)} is no SRI`);
  const [name, expected] = sri.split('-');
  const digest = await crypto.subtle.digest(name.replace('sha', 'SHA-'), bytes);
  const found = btoa(String.fromCharCode(...new Uint8Array(digest)));
  if (found === expected) return true;
  const message = `${address} has the integrity ${name}-${found}, wanted ${sri}`;
  if (onFailure === 'error') throw new IntegrityError(message);
  console.warn(message);
  return false;
}
