/**
 * Encrypts small values that must be read again (access key secrets, webhook secrets, personal columns).
 * `context` says what the value is and whose (`webhook-secret:whk_…`); it is authenticated, not stored,
 * so that a sealed value copied into another row does not open there.
 */
export interface SecretBox {
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** @throws AppError secret_unreadable when the value was altered, or sealed for another context or key. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}
