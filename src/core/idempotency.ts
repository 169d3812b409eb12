import type { Principal } from './principal.ts';

/** A request that carries `Idempotency-Key`. Keys of different tenants or environments never meet. */
export interface IdempotentRequest {
  readonly principal: Principal;
  /** As the caller sent it: 1 to 255 printable ASCII characters. */
  readonly key: string;
  /** `operationId` of the route: one key names one operation. */
  readonly operation: string;
  /** Hex SHA-256 over path, query and body. */
  readonly requestSha256: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  /** May hold personal data: sealed at rest. */
  readonly body: string;
}

export type IdempotencyOutcome =
  | { readonly kind: 'first'; readonly claim: IdempotencyClaim }
  | { readonly kind: 'repeated'; readonly answer: StoredAnswer };

/** The right to carry the request out, held by lease: after a crash the next request may claim it again. */
export interface IdempotencyClaim {
  /** Keeps the answer for 24 hours; a repeated request gets it word for word. */
  finish(answer: StoredAnswer): Promise<void>;
  /** Gives the key free: nothing happened, the caller may try again. */
  abandon(): Promise<void>;
}

export interface IdempotencyStore {
  /** @throws AppError idempotency_key_reused (other request) | idempotency_in_progress (the first one still runs) */
  begin(request: IdempotentRequest): Promise<IdempotencyOutcome>;
}
